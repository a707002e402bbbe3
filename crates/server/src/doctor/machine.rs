//! What only the server knows of itself. On the command line, beside a running server, some of it is not known; then
//! nothing is said of it.

use super::backup;
use crate::app::App;
use konektor_core::{
    doctor::{Clock, Machine, Spool, Traffic},
    evenness::{Beside, Jump},
    time::UnixMs,
};
use konektor_store::Address;
use std::{fs, path::Path};

/// How long an answer's date says something of the clock.
const CLOCK_FRESH_MS: i64 = 24 * 3_600_000;

pub(super) fn machine(app: &App, traffic: &Traffic, in_use_since: Option<UnixMs>, now: UnixMs) -> Machine {
    let degraded = app.degraded.since();
    Machine {
        clock: clock(app, traffic, now),
        geo_built_at: app.geo_built_at.get().copied(),
        logs: logs(&app.settings.database),
        spool: degraded.map(|since| Spool {
            visits: app.degraded.waiting(),
            since,
        }),
        backup: backup::last(&app.settings),
        in_use_since,
    }
}

/// What it is doubted for; else beside the platform that answered last; else beside the latest click, which cannot be later than
/// now.
fn clock(app: &App, traffic: &Traffic, now: UnixMs) -> Option<Clock> {
    // That nobody came for a month is no finding.
    let is_quiet = |jump: &Jump| jump.beside == Beside::NewestClick && jump.by_ms > 0;
    if let Some(jump) = app.watch.doubt().filter(|jump| !is_quiet(jump)) {
        let beside = match jump.beside {
            Beside::Itself => "itself, before it jumped",
            Beside::NewestClick => "the latest click",
            Beside::FirstDay => "the oldest time that it can be",
        };
        return Some(Clock {
            ahead_ms: jump.by_ms,
            at: now,
            beside: beside.to_owned(),
        });
    }
    let beside = app.delivery.transport.clock_beside();
    let fresh = beside.filter(|beside| now.since(beside.at).abs() < CLOCK_FRESH_MS);
    fresh
        .map(|beside| Clock {
            ahead_ms: beside.ahead_ms,
            at: beside.at,
            beside: beside.host,
        })
        .or_else(|| {
            let until = traffic.until.filter(|until| *until > now)?;
            Some(Clock {
                ahead_ms: now.since(until),
                at: now,
                beside: "the latest click".to_owned(),
            })
        })
}

/// The write-ahead logs of an embedded database, with their sizes.
fn logs(database: &Address) -> Vec<(String, u64)> {
    let Address::Sqlite(path) = database else {
        return Vec::new();
    };
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let Ok(entries) = fs::read_dir(directory.unwrap_or(Path::new("."))) else {
        return Vec::new();
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let log = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = name.starts_with(&stem) && name.ends_with("-wal");
        is_ours.then(|| Some((name, entry.metadata().ok()?.len()))).flatten()
    };
    entries.filter_map(|entry| log(entry.ok()?)).collect()
}
