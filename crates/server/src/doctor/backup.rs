//! When the last backup was made: whoever makes one leaves a mark in the data directory.

use crate::config::Settings;
use konektor_core::{doctor::Backup, time::UnixMs};
use konektor_store::Address;
use std::time::UNIX_EPOCH;

/// The mark: touched when a backup was made and verified. Its time is the backup's; what is in it does not matter.
pub const MARK: &str = "last-backup";

/// The last backup. A database server has backups of its own, of which nothing is known here.
pub(super) fn last(settings: &Settings) -> Backup {
    if !matches!(settings.database, Address::Sqlite(_)) {
        return Backup::Unknown;
    }
    let modified = std::fs::metadata(settings.data.join(MARK)).and_then(|file| file.modified());
    let since_epoch = modified.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let ms = since_epoch.and_then(|since| i64::try_from(since.as_millis()).ok());
    ms.map_or(Backup::Never, |ms| Backup::At(UnixMs(ms)))
}
