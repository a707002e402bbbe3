//! What came, in a few lines.

use crate::{endpoint::Platform, record::Counts};
use std::fmt;

/// The numbers of all platforms; shown as a line for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// In the order of [`Platform::ALL`].
    pub platforms: Vec<(Platform, Counts)>,
    /// How much was wrong that no platform would have noticed.
    pub violations: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (platform, counts)) in self.platforms.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            line(f, *platform, counts)?;
        }
        match self.violations {
            0 => Ok(()),
            count => write!(f, "\n{count} things sent that should not have been"),
        }
    }
}

fn line(f: &mut fmt::Formatter<'_>, platform: Platform, counts: &Counts) -> fmt::Result {
    write!(
        f,
        "{:<9}{} events counted in {} requests",
        platform.as_str(),
        counts.unique,
        counts.requests
    )?;
    let more = [
        (counts.duplicates, "repeated"),
        (counts.tests, "tests"),
        (counts.refused_later, "refused later"),
        (counts.refused_events, "refused"),
    ];
    for (count, what) in more.into_iter().filter(|(count, _)| *count > 0) {
        write!(f, ", {count} {what}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_a_line_for_each_platform_and_leaves_out_what_did_not_happen() {
        let counts = Counts {
            requests: 3,
            events: 12,
            unique: 10,
            duplicates: 2,
            refused_events: 1,
            ..Counts::default()
        };
        let report = Report {
            platforms: vec![(Platform::Meta, counts), (Platform::Linkedin, Counts::default())],
            violations: 0,
        };
        let expected = "meta     10 events counted in 3 requests, 2 repeated, 1 refused\n\
                        linkedin 0 events counted in 0 requests";
        assert_eq!(report.to_string(), expected);
    }
}
