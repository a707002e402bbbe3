//! A mapping guessed from a payload: by what the tool says a field is, by the words of its question (English and
//! Indonesian), and by what the answer looks like. Evidence is added up; what has too little stays unmapped.

use super::{
    mapping::{Mapping, is_visitor_field},
    payload::{Answer, Payload},
    words::{self, has, is_about_the_form, words},
};
use crate::identity::code::VisitorCode;

/// Evidence that is enough for any of them.
const ENOUGH: i32 = 4;
/// More than everything that could speak for it.
const NEVER: i32 = -100;

/// The mapping that a payload suggests.
pub fn guess(payload: &Payload) -> Mapping {
    let only_questions = payload.names_questions();
    let candidates = payload.answers.iter();
    let mut candidates: Vec<_> = candidates
        .filter(|answer| (answer.is_question || !only_questions) && !is_about_the_form(answer))
        .map(Candidate::new)
        .collect();
    let visitor = payload.answers.iter().find(|answer| is_visitor_field(answer));
    candidates.retain(|candidate| !is_visitor_field(candidate.answer));
    let mut take = |score: fn(&Candidate<'_>) -> i32| {
        let best = best(&candidates, score)?;
        Some(candidates.remove(best).answer)
    };
    let email = take(email);
    let phone = take(phone);
    let consent = take(consent);
    let code = take(code);
    let name = take(name);
    let last = name.filter(|name| is_first_name(name)).and_then(|_| take(last_name));
    let path = |answer: Option<&Answer>| answer.map(|answer| answer.path.clone());
    Mapping {
        name: match (name, last) {
            (Some(first), Some(last)) => Some(format!("{} + {}", first.path, last.path)),
            (name, _) => path(name),
        },
        phone: path(phone),
        email: path(email),
        visitor: path(visitor),
        code: path(code),
        consent: path(consent),
    }
}

/// The first of those with the most evidence.
fn best(candidates: &[Candidate<'_>], score: fn(&Candidate<'_>) -> i32) -> Option<usize> {
    let mut best: Option<(usize, i32)> = None;
    for (n, candidate) in candidates.iter().enumerate() {
        let score = score(candidate);
        if score >= ENOUGH && best.is_none_or(|(_, most)| score > most) {
            best = Some((n, score));
        }
    }
    best.map(|(n, _)| n)
}

struct Candidate<'p> {
    answer: &'p Answer,
    words: Vec<String>,
    kind: String,
    value: &'p str,
}

impl<'p> Candidate<'p> {
    fn new(answer: &'p Answer) -> Self {
        Self {
            answer,
            words: words(&answer.label),
            kind: answer.kind.as_deref().unwrap_or("").to_lowercase(),
            value: answer.value.trim(),
        }
    }

    fn asks(&self, known: &[&str], evidence: i32) -> i32 {
        if has(&self.words, known) { evidence } else { 0 }
    }

    fn is_kind(&self, kinds: &[&str], evidence: i32) -> i32 {
        if kinds.iter().any(|kind| self.kind.contains(kind)) {
            evidence
        } else {
            0
        }
    }

    /// A part of a name that there is as a whole is worse than the whole.
    fn part(&self) -> i32 {
        if self.answer.is_part { -3 } else { 0 }
    }
}

fn email(candidate: &Candidate<'_>) -> i32 {
    let looks = match candidate.value {
        "" => 0,
        value if looks_like_email(value) => 5,
        _ => NEVER,
    };
    candidate.is_kind(&["email"], 6) + candidate.asks(words::EMAIL, 4) + looks
}

fn phone(candidate: &Candidate<'_>) -> i32 {
    let looks = match candidate.value {
        "" => 0,
        value if looks_like_phone(value) => {
            3 + i32::from(value.starts_with(['+', '0']) || value.starts_with("62") || value.starts_with('('))
        }
        _ => NEVER,
    };
    let other = candidate.asks(words::OTHER_NUMBERS, -6);
    // A number that nobody calls a phone's must at least be written as one.
    let asked =
        candidate.is_kind(&["phone", "tel"], 6) + candidate.asks(words::PHONE, 4) + candidate.asks(words::NUMBER, 1);
    asked + looks + other + candidate.part()
}

fn consent(candidate: &Candidate<'_>) -> i32 {
    let asked = candidate.asks(words::CONSENT, 4);
    let says = if has(&words(candidate.value), words::CONSENT) {
        4
    } else {
        0
    };
    let kind = candidate.is_kind(&["checkbox", "acceptance", "boolean", "consent", "gdpr", "legal"], 2);
    // The one with the words rather than one of its boxes.
    asked.max(says) + kind
}

fn code(candidate: &Candidate<'_>) -> i32 {
    let looks = match candidate.value {
        "" => 0,
        value if looks_like_code(value) => 3,
        // One code in fourteen has no digit. It speaks for nothing, as any word of seven letters would.
        value if value.parse::<VisitorCode>().is_ok() => 0,
        _ => NEVER,
    };
    let asked = candidate.asks(words::CODE, 3);
    if asked == 0 {
        return 0;
    }
    // "Kode" alone may be anything's.
    let whose = candidate.asks(words::VISITOR, 3);
    asked + whose + looks - 2 + candidate.asks(words::OTHER_CODES, NEVER)
}

fn name(candidate: &Candidate<'_>) -> i32 {
    let looks = match candidate.value {
        "" => 0,
        value if looks_like_name(value) => 1,
        _ => NEVER,
    };
    let asked = candidate.asks(words::NAME, 4) + candidate.is_kind(&["name"], 3);
    // `first` alone is a part of something that nobody has called a name.
    let first = candidate.asks(words::FIRST, if asked > 0 { 0 } else { 4 });
    let better = candidate.asks(words::FULL, 3) + candidate.asks(words::YOUR, 1) - candidate.asks(words::LAST, 2);
    if asked + first == 0 {
        return 0;
    }
    asked + first + better + looks + candidate.asks(words::OTHER_NAMES, -8) + candidate.part()
}

fn is_first_name(answer: &Answer) -> bool {
    !answer.is_part && has(&words(&answer.label), words::FIRST)
}

fn last_name(candidate: &Candidate<'_>) -> i32 {
    candidate.asks(words::LAST, 4) + candidate.asks(words::OTHER_NAMES, -8)
}

fn looks_like_email(value: &str) -> bool {
    let Some((local, domain)) = value.split_once('@') else {
        return false;
    };
    !local.is_empty() && domain.contains('.') && !value.contains(char::is_whitespace) && !domain.contains('@')
}

fn looks_like_phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_written_so = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/');
    (8..=16).contains(&digits) && value.chars().all(is_written_so)
}

fn looks_like_code(value: &str) -> bool {
    VisitorCode::find_in(value).is_some() && value.chars().count() <= 40
}

fn looks_like_name(value: &str) -> bool {
    value.chars().any(char::is_alphabetic)
        && !value.contains('@')
        && !value.contains("://")
        && value.chars().count() <= 120
}
