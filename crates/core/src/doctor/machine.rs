//! The server itself.

use super::{DAY_MS, Facts, Finding, Kind, MINUTE_MS, Severity, Subject};
use crate::time::UnixMs;

/// A clock that is this wrong dates events wrongly; from the second on, platforms refuse them.
const CLOCK_WARN_MS: i64 = 5_000;
const CLOCK_PROBLEM_MS: i64 = 5 * MINUTE_MS;
/// A log that nobody takes in: the checkpoints keep it at a few MB.
const LOG_BYTES: u64 = 256 * 1024 * 1024;
/// Visits may wait for as long as a database takes to restart.
const SPOOL_MS: i64 = 2 * MINUTE_MS;
/// The country database comes with each release, city databases monthly.
const GEO_DAYS: i64 = 270;
/// How old the last backup may be, and how long an installation may have none.
const BACKUP_DAYS: i64 = 7;

/// What is known of the server; what is not known is left out, and then nothing is said of it.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// The clock beside another.
    pub clock: Option<Clock>,
    /// When the data that places are told by was put together.
    pub geo_built_at: Option<UnixMs>,
    /// The databases' write-ahead logs: name and bytes.
    pub logs: Vec<(String, u64)>,
    /// Visits that were answered without the database.
    pub spool: Option<Spool>,
    /// The last backup.
    pub backup: Backup,
    /// Since when there is something to lose.
    pub in_use_since: Option<UnixMs>,
}

/// Our clock beside another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// How far ours is ahead; negative: behind.
    pub ahead_ms: i64,
    /// When it was looked at.
    pub at: UnixMs,
    /// Whose clock the other one is: a platform's, or the latest click's.
    pub beside: String,
}

/// Visits that wait to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spool {
    /// How many.
    pub visits: u64,
    /// Since when the oldest of them waits, or the database is away.
    pub since: UnixMs,
}

/// When the last backup was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backup {
    /// It cannot be told: somebody else makes them.
    #[default]
    Unknown,
    /// Never.
    Never,
    /// Then.
    At(UnixMs),
}

pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    let found = [clock(facts), geo(facts), spool(facts), backup(facts)];
    findings.extend(found.into_iter().flatten());
    for (name, bytes) in facts.machine.logs.iter().filter(|(_, bytes)| *bytes >= LOG_BYTES) {
        let finding = Finding::new(Kind::LogGrowing, Severity::Warning, Subject::Whole, name)
            .count(*bytes)
            .example(name)
            .detail("mb", (bytes / (1024 * 1024)).to_string());
        findings.push(finding);
    }
}

fn clock(facts: &Facts) -> Option<Finding> {
    let clock = facts.machine.clock.as_ref()?;
    let off = clock.ahead_ms.abs();
    let severity = match off {
        CLOCK_PROBLEM_MS.. => Severity::Problem,
        CLOCK_WARN_MS.. => Severity::Warning,
        _ => return None,
    };
    Some(
        Finding::new(Kind::ClockOff, severity, Subject::Whole, "")
            .count(off as u64)
            .example(&clock.beside)
            .at(Some(clock.at))
            .detail("seconds", (off / 1_000).to_string())
            .detail("direction", if clock.ahead_ms > 0 { "ahead" } else { "behind" }),
    )
}

fn geo(facts: &Facts) -> Option<Finding> {
    let built_at = facts.machine.geo_built_at?;
    let days = facts.now.since(built_at) / DAY_MS;
    (days > GEO_DAYS).then(|| {
        Finding::new(Kind::GeoOld, Severity::Advice, Subject::Whole, "")
            .count(days as u64)
            .since(Some(built_at))
    })
}

fn spool(facts: &Facts) -> Option<Finding> {
    let spool = facts.machine.spool?;
    (facts.now.since(spool.since) > SPOOL_MS).then(|| {
        Finding::new(Kind::SpoolWaiting, Severity::Problem, Subject::Whole, "")
            .count(spool.visits)
            .since(Some(spool.since))
    })
}

fn backup(facts: &Facts) -> Option<Finding> {
    let since = facts.machine.in_use_since?;
    let last = match facts.machine.backup {
        Backup::Unknown => return None,
        Backup::Never => None,
        Backup::At(at) => Some(at),
    };
    let days = facts.now.since(last.unwrap_or(since)) / DAY_MS;
    (days >= BACKUP_DAYS).then(|| {
        Finding::new(Kind::BackupMissing, Severity::Warning, Subject::Whole, "")
            .count(days as u64)
            .since(Some(last.unwrap_or(since)))
            .detail("ever", if last.is_some() { "yes" } else { "no" })
    })
}
