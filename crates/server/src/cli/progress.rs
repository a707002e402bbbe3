//! How far something long is, on a terminal; elsewhere nothing, for a log of half-drawn bars helps nobody.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};
use tokio::time::Instant;

const WIDTH: usize = 30;
const EVERY: Duration = Duration::from_millis(100);

pub(in crate::cli) struct Progress {
    /// What is counted.
    what: &'static str,
    total: u64,
    started: Instant,
    drawn: Option<Instant>,
    is_shown: bool,
}

impl Progress {
    pub(in crate::cli) fn of(total: u64, what: &'static str) -> Self {
        Self {
            what,
            total,
            started: Instant::now(),
            drawn: None,
            is_shown: std::io::stderr().is_terminal(),
        }
    }

    /// So many are done.
    pub(in crate::cli) fn set(&mut self, done: u64) {
        let now = Instant::now();
        let is_due = self.drawn.is_none_or(|drawn| now - drawn >= EVERY);
        if self.is_shown && (is_due || done == self.total) {
            self.drawn = Some(now);
            eprint!("\r{}", bar(done, self.total, self.what, now - self.started));
            // A bar that is not drawn is no reason to stop.
            let _ = std::io::stderr().flush();
        }
    }

    /// Leaves the line.
    pub(in crate::cli) fn end(self) {
        if self.is_shown {
            eprintln!();
        }
    }
}

fn bar(done: u64, total: u64, what: &str, taken: Duration) -> String {
    let part = done as f64 / total.max(1) as f64;
    let full = (part * WIDTH as f64) as usize;
    let seconds = taken.as_secs_f64().max(0.001);
    let left = seconds / part.max(1e-9) - seconds;
    let bar = "#".repeat(full) + &"-".repeat(WIDTH - full);
    format!(
        "[{bar}] {done} of {total} {what}, {:.0} a second, {left:.0} s left ",
        done as f64 / seconds
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_says_how_far_it_is_and_how_long_it_takes() {
        let half = "[###############---------------] 50 of 100 leads, 25 a second, 2 s left ";
        assert_eq!(bar(50, 100, "leads", Duration::from_secs(2)), half);
        assert!(bar(100, 100, "leads", Duration::from_secs(4)).starts_with(&format!("[{}]", "#".repeat(WIDTH))));
        assert!(bar(0, 0, "rows", Duration::ZERO).contains("0 of 0"));
    }
}
