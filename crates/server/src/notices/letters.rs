//! Letters: what was collected, put into words and laid out, as plain text and as HTML. Nothing is fetched by them, neither
//! pictures nor fonts; what strangers have typed is escaped by the templates.

use super::words::Words;
use askama::Template;
use konektor_core::{
    digest::{Compared, Facts, Frequency},
    ids::AgentId,
    page::Language,
    routing::Workspace,
    time::{Day, UnixMs},
};

const CSS: &str = include_str!("../../templates/letter.css");
/// Names are shortened to so many characters: a letter is narrow.
const NAME_MAX_CHARS: usize = 60;

/// A letter without its address.
#[derive(Clone, Debug)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// Its plain half.
    pub text: String,
    /// Its HTML half.
    pub html: String,
}

/// All that a digest's letter is written from.
pub struct DigestOf<'a> {
    /// In which language.
    pub language: Language,
    /// Whose.
    pub workspace: &'a Workspace,
    /// A day's or a week's.
    pub frequency: Frequency,
    /// Its first day.
    pub first: Day,
    /// Its last.
    pub last: Day,
    /// What is to be said.
    pub facts: &'a Facts,
    /// What an agent is called; `None` if they were removed.
    pub name_of: &'a dyn Fn(AgentId) -> Option<String>,
    /// The dashboard's address.
    pub base: &'a str,
    /// Where it is turned off.
    pub off: &'a str,
    /// Somebody has asked for it just now.
    pub is_trial: bool,
}

/// A number with what it was before.
struct Figure {
    label: &'static str,
    value: String,
    change: String,
    /// `up`, `down` or `same`, for the colour; the words say it, too.
    tone: &'static str,
}

struct SourceRow {
    name: String,
    leads: String,
    clicks: String,
}

struct HeldRow {
    name: String,
    /// Since when, and how many events wait.
    about: String,
    reason: String,
}

struct WaitingRow {
    name: String,
    leads: String,
    since: String,
}

struct DigestSheet<'a> {
    lang: &'static str,
    css: &'static str,
    words: &'static Words,
    subject: &'a str,
    title: &'static str,
    workspace: &'a str,
    days: String,
    figures: Vec<Figure>,
    sources: Vec<SourceRow>,
    held: Vec<HeldRow>,
    waiting: Vec<WaitingRow>,
    unanswered: String,
    base: &'a str,
    off: &'a str,
    is_trial: bool,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct DigestHtml<'a> {
    s: &'a DigestSheet<'a>,
}

#[derive(Template)]
#[template(path = "digest.txt")]
struct DigestText<'a> {
    s: &'a DigestSheet<'a>,
}

/// Writes a digest.
pub fn digest(of: &DigestOf<'_>) -> Result<Written, askama::Error> {
    let words = Words::of(of.language);
    let facts = of.facts;
    let title = match of.frequency {
        Frequency::Weekly => words.weekly,
        Frequency::Daily | Frequency::Off => words.daily,
    };
    let days = match (of.first.date(), of.last.date()) {
        (Some(first), Some(last)) => words.days(first, last),
        _ => String::new(),
    };
    let clock = |at: UnixMs| clock(at, of.workspace);
    let subject = format!("{title}: {} · {days}", short(&of.workspace.name));
    let figures = [
        (words.leads, facts.leads),
        (words.clicks, facts.clicks),
        (words.chats, facts.chats),
        (words.won, facts.won),
    ];
    let sheet = DigestSheet {
        lang: of.language.as_str(),
        css: CSS,
        words,
        subject: &subject,
        title,
        workspace: &of.workspace.name,
        days,
        figures: figures.map(|(label, compared)| figure(words, label, compared)).into(),
        sources: facts
            .sources
            .iter()
            .map(|source| SourceRow {
                name: match source.name.as_str() {
                    "" => words.no_source.to_owned(),
                    name => short(name),
                },
                leads: words.number(source.leads),
                clicks: words.number(source.clicks),
            })
            .collect(),
        held: facts
            .held
            .iter()
            .map(|held| HeldRow {
                name: short(&held.name),
                about: format!(
                    "{} {} · {} {}",
                    words.held_since,
                    clock(held.since),
                    words.number(held.waiting),
                    words.events_wait
                ),
                reason: held.reason.clone(),
            })
            .collect(),
        waiting: facts
            .waiting
            .iter()
            .map(|waiting| WaitingRow {
                name: match waiting.agent.map(of.name_of) {
                    None => words.no_agent.to_owned(),
                    Some(None) => words.removed_agent.to_owned(),
                    Some(Some(name)) => short(&name),
                },
                leads: words.number(waiting.leads),
                since: clock(waiting.oldest),
            })
            .collect(),
        unanswered: words.number(facts.unanswered()),
        base: of.base,
        off: of.off,
        is_trial: of.is_trial,
    };
    let (html, text) = (DigestHtml { s: &sheet }.render()?, DigestText { s: &sheet }.render()?);
    Ok(Written { text, html, subject })
}

fn figure(words: &Words, label: &'static str, compared: Compared) -> Figure {
    let before = format!("{} {}", words.number(compared.before), words.before);
    let (change, tone) = match compared.percent() {
        _ if compared.now == compared.before => (words.same.to_owned(), "same"),
        Some(percent) if percent > 0 => (format!("+{percent} % · {before}"), "up"),
        Some(percent) => (format!("−{} % · {before}", percent.abs()), "down"),
        None => (before, "up"),
    };
    Figure {
        label,
        value: words.number(compared.now),
        change,
        tone,
    }
}

/// A lead in a reminder.
pub struct ReminderRow {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Since when it waits.
    pub since: UnixMs,
    /// It was another's, who did not answer.
    pub is_over: bool,
}

/// All that a reminder's letter is written from.
pub struct RemindersOf<'a> {
    /// In which language.
    pub language: Language,
    /// Whose.
    pub workspace: &'a Workspace,
    /// The leads, at most those that are named.
    pub leads: &'a [ReminderRow],
    /// How many there are in all.
    pub count: usize,
    /// The dashboard's address.
    pub base: &'a str,
    /// Where it is turned off.
    pub off: &'a str,
}

struct ReminderSheet<'a> {
    lang: &'static str,
    css: &'static str,
    words: &'static Words,
    subject: &'a str,
    workspace: &'a str,
    leads: Vec<ReminderLine<'a>>,
    has_more: bool,
    base: &'a str,
    off: &'a str,
}

struct ReminderLine<'a> {
    name: String,
    code: &'a str,
    since: String,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "reminder.html")]
struct ReminderHtml<'a> {
    s: &'a ReminderSheet<'a>,
}

#[derive(Template)]
#[template(path = "reminder.txt")]
struct ReminderText<'a> {
    s: &'a ReminderSheet<'a>,
}

/// Writes a reminder of leads that wait.
pub fn reminder(of: &RemindersOf<'_>) -> Result<Written, askama::Error> {
    let words = Words::of(of.language);
    let what = match of.count {
        1 => words.remind_one.to_owned(),
        many => format!("{} {}", words.number(many as u64), words.remind_many),
    };
    let subject = format!("{what} · {}", short(&of.workspace.name));
    let sheet = ReminderSheet {
        lang: of.language.as_str(),
        css: CSS,
        words,
        subject: &what,
        workspace: &of.workspace.name,
        leads: of
            .leads
            .iter()
            .map(|lead| ReminderLine {
                name: short(&lead.name),
                code: &lead.code,
                since: clock(lead.since, of.workspace),
                is_over: lead.is_over,
            })
            .collect(),
        has_more: of.count > of.leads.len(),
        base: of.base,
        off: of.off,
    };
    let (html, text) = (
        ReminderHtml { s: &sheet }.render()?,
        ReminderText { s: &sheet }.render()?,
    );
    Ok(Written { text, html, subject })
}

fn clock(at: UnixMs, workspace: &Workspace) -> String {
    at.in_zone(&workspace.time_zone).strftime("%d/%m %H:%M").to_string()
}

fn short(text: &str) -> String {
    // A line break in a subject would be a header of its own; the library refuses it, and nobody would get the letter.
    let mut text = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let start: String = text.by_ref().take(NAME_MAX_CHARS).collect();
    match text.next() {
        Some(_) => format!("{start}…"),
        None => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use konektor_core::{
        attribution::Platform,
        digest::{Held, Source, Waiting},
        identity::code::CodeKey,
        ids::WorkspaceId,
    };

    fn workspace(name: &str) -> Workspace {
        Workspace {
            id: WorkspaceId(1),
            name: name.to_owned(),
            country: "ID".to_owned(),
            time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
            code_key: CodeKey::new([1; 16]),
            is_strict: false,
            taught: Default::default(),
        }
    }

    fn facts() -> Facts {
        Facts {
            leads: Compared {
                now: 1_250,
                before: 1_000,
            },
            clicks: Compared { now: 90, before: 180 },
            chats: Compared { now: 3, before: 3 },
            won: Compared { now: 2, before: 0 },
            sources: vec![Source {
                name: "<script>alert(1)</script>".to_owned(),
                leads: 7,
                clicks: 9,
            }],
            held: vec![Held {
                name: "Meta \"A&B\"".to_owned(),
                platform: Platform::Meta,
                reason: "The token <has> expired.".to_owned(),
                since: UnixMs(1_786_932_000_000),
                waiting: 12,
            }],
            waiting: vec![
                Waiting {
                    agent: Some(AgentId(1)),
                    leads: 4,
                    oldest: UnixMs(1_786_932_000_000),
                },
                Waiting {
                    agent: Some(AgentId(2)),
                    leads: 1,
                    oldest: UnixMs(1_786_932_000_000),
                },
            ],
        }
    }

    fn written(language: Language, facts: &Facts) -> Written {
        let workspace = workspace("Toko <Kopi>\r\nBcc: x@y.id");
        digest(&DigestOf {
            language,
            workspace: &workspace,
            frequency: Frequency::Daily,
            first: Day(20_260_816),
            last: Day(20_260_816),
            facts,
            name_of: &|agent| (agent == AgentId(1)).then(|| "Ayu".to_owned()),
            base: "https://go.example.com",
            off: "https://go.example.com/mail/x",
            is_trial: false,
        })
        .unwrap()
    }

    #[test]
    fn numbers_stand_beside_those_of_before_and_everybody_who_waits_is_named() {
        let Written { subject, text, html } = written(Language::English, &facts());
        assert_eq!(subject, "Daily digest: Toko <Kopi>  Bcc: x@y.id · 16 August 2026");
        for line in [
            "New leads: 1,250 (+25 % · 1,000 before)",
            "Clicks: 90 (−50 % · 180 before)",
            "Chats started: 3 (as before)",
            "Sales: 2 (0 before)",
            "Ayu: 4, the oldest since 17/08 09:00",
            "A removed agent: 1,",
            "Meta \"A&B\" · since 17/08 09:00 · 12 events wait",
            "The token <has> expired.",
            "https://go.example.com/mail/x",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(html.contains("1,250") && html.contains("+25 % · 1,000 before"));
        let indonesian = written(Language::Indonesian, &facts());
        assert!(
            indonesian.text.contains("Lead baru: 1.250 (+25 % · 1.000 sebelumnya)"),
            "{}",
            indonesian.text
        );
        assert!(indonesian.html.contains("<html lang=\"id\""));
    }

    #[test]
    fn what_strangers_typed_is_text_and_nothing_is_fetched() {
        let html = written(Language::English, &facts()).html;
        assert!(!html.contains("<script") && !html.contains("Toko <Kopi>") && !html.contains("<has>"));
        for fetched in ["<img", "<link", "url(", "@import", "src="] {
            assert!(!html.contains(fetched), "{fetched}");
        }
        assert!(html.contains("prefers-color-scheme:dark") && html.contains("name=\"color-scheme\""));
        assert!(html.len() < 20_000, "{} bytes", html.len());
    }

    #[test]
    fn a_quiet_day_says_that_nobody_came_and_nobody_waits() {
        let Written { text, html, .. } = written(Language::Indonesian, &Facts::default());
        for said in ["Tidak ada yang datang.", "Semua sudah dijawab."] {
            assert!(text.contains(said) && html.contains(said), "{text}");
        }
        assert!(!text.contains("Platform iklan"), "what is well is not mentioned");
    }

    #[test]
    fn a_reminder_names_the_leads_and_says_whose_they_were() {
        let workspace = workspace("Toko Kopi");
        let lead = |name: &str, is_over| ReminderRow {
            name: name.to_owned(),
            code: "ABC1234".to_owned(),
            since: UnixMs(1_786_932_000_000),
            is_over,
        };
        let leads = [lead("Rina & Co", false), lead("Visitor [ABC1234]", true)];
        let of = RemindersOf {
            language: Language::English,
            workspace: &workspace,
            leads: &leads,
            count: 5,
            base: "https://go.example.com",
            off: "https://go.example.com/mail/x",
        };
        let Written { subject, text, html } = reminder(&of).unwrap();
        assert_eq!(subject, "5 leads wait for you · Toko Kopi");
        assert!(
            text.contains("https://go.example.com/leads?lead=ABC1234") && text.contains("and more"),
            "{text}"
        );
        assert!(
            html.contains("Rina &#38; Co") && html.contains("Handed over to you"),
            "{html}"
        );
        let one = RemindersOf {
            leads: &leads[..1],
            count: 1,
            ..of
        };
        assert_eq!(reminder(&one).unwrap().subject, "A lead waits for you · Toko Kopi");
    }
}
