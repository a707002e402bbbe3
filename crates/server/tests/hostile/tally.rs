//! What came back, counted; and what must not come back.

use super::{
    client::{Came, text},
    request::Sent,
};
use std::collections::BTreeMap;

/// Of one connection after the other, or of all.
#[derive(Default)]
pub struct Tally {
    /// By where they went and the answer's status.
    by_area: BTreeMap<(&'static str, u16), usize>,
    /// Broken ones: how many got an answer, and how many none.
    pub broken_answered: usize,
    pub broken_unanswered: usize,
    /// People who were sent on, with a cookie: each is a click.
    pub clicks: usize,
    /// Sent once more, because the connection was closed before their turn.
    pub again: usize,
}

impl Tally {
    /// An answer to a request that is one.
    pub fn answered(&mut self, sent: &Sent, answer: Came) {
        let status = answer.status;
        let is_documented = status == 503 && sent.may_be_told_to_come_again();
        assert!(status < 500 || is_documented, "{status} {}", text(&sent.bytes));
        *self.by_area.entry((sent.area, status)).or_default() += 1;
        self.clicks += usize::from(matches!(status, 302 | 303) && answer.sets_cookie);
    }

    /// All that came after a broken one. Whether an answer has a body cannot be told of it, so status lines are looked for.
    pub fn came_back(&mut self, sent: &Sent, rest: &[u8]) {
        let text_of_rest = String::from_utf8_lossy(rest);
        let lines = text_of_rest.split("HTTP/1.1 ").skip(1);
        let statuses: Vec<u16> = lines.filter_map(|line| line.get(..3)?.parse().ok()).collect();
        for status in &statuses {
            let is_documented = *status == 503 && sent.may_be_told_to_come_again();
            assert!(*status < 500 || is_documented, "{status} {}", text(&sent.bytes));
        }
        // A request that closes the connection follows, and gets a 404 if it is seen.
        match statuses[..] {
            [] | [404] => self.broken_unanswered += 1,
            _ => self.broken_answered += 1,
        }
    }

    pub fn add(&mut self, other: Self) {
        for (key, count) in other.by_area {
            *self.by_area.entry(key).or_default() += count;
        }
        self.broken_answered += other.broken_answered;
        self.broken_unanswered += other.broken_unanswered;
        self.clicks += other.clicks;
        self.again += other.again;
    }

    pub fn requests(&self) -> usize {
        self.by_area.values().sum::<usize>() + self.broken_answered + self.broken_unanswered
    }

    /// How many of an area were answered so.
    pub fn count(&self, area: &str, statuses: std::ops::Range<u16>) -> usize {
        let these = self
            .by_area
            .iter()
            .filter(|((of, status), _)| *of == area && statuses.contains(status));
        these.map(|(_, count)| count).sum()
    }

    /// For people.
    pub fn lines(&self) -> String {
        let mut by_area: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((area, status), count) in &self.by_area {
            by_area.entry(area).or_default().push(format!("{status} × {count}"));
        }
        let lines = by_area
            .iter()
            .map(|(area, statuses)| format!("  {area}: {}\n", statuses.join(", ")));
        lines.collect::<String>()
            + &format!(
                "  broken: {} answered, {} not; {} sent again; {} clicks",
                self.broken_answered, self.broken_unanswered, self.again, self.clicks
            )
    }
}
