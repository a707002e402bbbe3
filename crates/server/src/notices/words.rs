//! What letters say, in the language of who reads them.

use jiff::civil::Date;
use konektor_core::{page::Language, routing::Workspace};

/// Everything in a letter that is no number and no name.
pub struct Words {
    pub daily: &'static str,
    pub weekly: &'static str,
    pub leads: &'static str,
    pub clicks: &'static str,
    pub chats: &'static str,
    pub won: &'static str,
    /// Beside a number: what it was before.
    pub before: &'static str,
    pub same: &'static str,
    pub sources: &'static str,
    pub no_source: &'static str,
    pub no_clicks: &'static str,
    pub held: &'static str,
    pub held_text: &'static str,
    pub held_since: &'static str,
    pub events_wait: &'static str,
    pub waiting: &'static str,
    pub waiting_none: &'static str,
    pub waiting_since: &'static str,
    pub no_agent: &'static str,
    pub removed_agent: &'static str,
    pub open_leads: &'static str,
    pub open_platforms: &'static str,
    pub open_reports: &'static str,
    pub why: &'static str,
    pub why_reminder: &'static str,
    pub off: &'static str,
    pub trial: &'static str,
    pub remind_one: &'static str,
    pub remind_many: &'static str,
    pub remind_text: &'static str,
    pub over_text: &'static str,
    pub open_lead: &'static str,
    pub and_more: &'static str,
    months: [&'static str; 12],
    thousands: char,
}

const ENGLISH: Words = Words {
    daily: "Daily digest",
    weekly: "Weekly digest",
    leads: "New leads",
    clicks: "Clicks",
    chats: "Chats started",
    won: "Sales",
    before: "before",
    same: "as before",
    sources: "Where they came from",
    no_source: "Without a source",
    no_clicks: "Nobody came.",
    held: "Ad platforms that wait for you",
    held_text: "Nothing is lost: events wait until the connection is repaired.",
    held_since: "since",
    events_wait: "events wait",
    waiting: "Leads without an answer",
    waiting_none: "Everybody has an answer.",
    waiting_since: "the oldest since",
    no_agent: "Without an agent",
    removed_agent: "A removed agent",
    open_leads: "Open the leads",
    open_platforms: "Repair the connection",
    open_reports: "Open the reports",
    why: "You get this because you are one of those to whom this workspace sends its digest.",
    why_reminder: "You get this because you answer leads in this workspace.",
    off: "Turn these e-mails off",
    trial: "This is a trial. Somebody has asked for it just now.",
    remind_one: "A lead waits for you",
    remind_many: "leads wait for you",
    remind_text: "Nobody has written to them yet.",
    over_text: "Handed over to you, because nobody else has answered",
    open_lead: "Open",
    and_more: "and more",
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    thousands: ',',
};

const INDONESIAN: Words = Words {
    daily: "Ringkasan harian",
    weekly: "Ringkasan mingguan",
    leads: "Lead baru",
    clicks: "Klik",
    chats: "Chat dimulai",
    won: "Penjualan",
    before: "sebelumnya",
    same: "sama seperti sebelumnya",
    sources: "Dari mana datangnya",
    no_source: "Tanpa sumber",
    no_clicks: "Tidak ada yang datang.",
    held: "Platform iklan yang menunggu Anda",
    held_text: "Tidak ada yang hilang: peristiwa menunggu sampai koneksinya diperbaiki.",
    held_since: "sejak",
    events_wait: "peristiwa menunggu",
    waiting: "Lead yang belum dijawab",
    waiting_none: "Semua sudah dijawab.",
    waiting_since: "paling lama sejak",
    no_agent: "Tanpa CS",
    removed_agent: "CS yang sudah dihapus",
    open_leads: "Buka lead",
    open_platforms: "Perbaiki koneksi",
    open_reports: "Buka laporan",
    why: "Anda menerima ini karena ruang kerja ini mengirimkan ringkasannya kepada Anda.",
    why_reminder: "Anda menerima ini karena Anda menjawab lead di ruang kerja ini.",
    off: "Matikan e-mail ini",
    trial: "Ini percobaan. Seseorang baru saja memintanya.",
    remind_one: "Satu lead menunggu Anda",
    remind_many: "lead menunggu Anda",
    remind_text: "Belum ada yang menghubungi mereka.",
    over_text: "Diserahkan kepada Anda karena belum ada yang menjawab",
    open_lead: "Buka",
    and_more: "dan lainnya",
    months: [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    thousands: '.',
};

/// In which language somebody reads: their own, else that of the workspace's country.
pub fn language(own: Option<&str>, workspace: &Workspace) -> Language {
    match own {
        Some("id") => Language::Indonesian,
        Some(_) => Language::English,
        None if workspace.country == "ID" => Language::Indonesian,
        None => Language::English,
    }
}

impl Words {
    /// Those of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Indonesian => &INDONESIAN,
        }
    }

    /// `1,250` or `1.250`.
    pub fn number(&self, n: u64) -> String {
        let digits = n.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.char_indices() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        text
    }

    /// `16 August 2026`, or `10 – 16 August 2026`.
    pub fn days(&self, first: Date, last: Date) -> String {
        let month = |date: Date| self.months[date.month() as usize - 1];
        let end = format!("{} {} {}", last.day(), month(last), last.year());
        match () {
            () if first == last => end,
            () if (first.year(), first.month()) == (last.year(), last.month()) => format!("{} – {end}", first.day()),
            () if first.year() == last.year() => format!("{} {} – {end}", first.day(), month(first)),
            () => format!("{} {} {} – {end}", first.day(), month(first), first.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0", "0")]
    #[case(999, "999", "999")]
    #[case(1_250, "1,250", "1.250")]
    #[case(1_234_567, "1,234,567", "1.234.567")]
    fn numbers_are_written_as_people_write_them(#[case] n: u64, #[case] english: &str, #[case] indonesian: &str) {
        assert_eq!(ENGLISH.number(n), english);
        assert_eq!(INDONESIAN.number(n), indonesian);
    }

    #[test]
    fn days_are_said_as_short_as_can_be() {
        let (august, july, december) = (date(2026, 8, 16), date(2026, 7, 28), date(2025, 12, 29));
        assert_eq!(INDONESIAN.days(august, august), "16 Agustus 2026");
        assert_eq!(ENGLISH.days(date(2026, 8, 10), august), "10 – 16 August 2026");
        assert_eq!(ENGLISH.days(july, date(2026, 8, 3)), "28 July – 3 August 2026");
        assert_eq!(
            ENGLISH.days(december, date(2026, 1, 4)),
            "29 December 2025 – 4 January 2026"
        );
    }
}
