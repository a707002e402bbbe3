//! Copies of both files, made while the server runs, and what has to be done to them before they can take the place of the
//! files that they were made of.
//!
//! These are functions of files and not of a store: a copy is made of a database that another process writes, and a restored
//! one must be made ready before anybody opens it.

mod copy;
mod ready;

pub use copy::{FOLD_FILE, GROUND_FILE, copy, verify};
pub use ready::{Ready, make_ready};

use super::{installation, open::Files};
use crate::{Result, StoreError, model::Installation};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// How many there are of what people would miss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Workspaces.
    pub workspaces: u64,
    /// Leads, with those that were removed or merged.
    pub leads: u64,
    /// Clicks.
    pub clicks: u64,
    /// Deliveries to ad platforms.
    pub deliveries: u64,
}

/// The two files of a database: what must never be lost, and what is computed from it with the outbox.
pub fn files(database: &Path) -> [PathBuf; 2] {
    let Files { ground, fold } = Files::beside(database);
    [ground, fold]
}

/// Takes a database for oneself: `false` if another process has it open. Its log is written back, and it is one file.
pub fn close_for_others(database: &Path) -> Result<bool> {
    for file in files(database) {
        if !file.exists() {
            continue;
        }
        let connection = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Somebody who opens it for a moment, to look, is waited for.
        connection.busy_timeout(Duration::from_secs(2))?;
        let mode = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "delete" => {}
            Ok(_) => return Ok(false),
            Err(error) if is_busy(&error) => return Ok(false),
            // What cannot be read is damaged: it has nobody who could work with it.
            Err(_) => {}
        }
    }
    Ok(true)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}

/// Counts in both files, of one moment if a transaction is open.
fn count(connection: &Connection) -> Result<Counts> {
    let of = |table: &str| -> Result<u64> {
        Ok(connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
    };
    Ok(Counts {
        workspaces: of("main.workspaces")?,
        leads: of("main.leads")?,
        clicks: of("main.clicks")?,
        deliveries: of("fold.deliveries")?,
    })
}

fn damaged(path: &Path, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// What the keys of a database's installation are made from; the database is not in use.
pub fn installation(database: &Path) -> Result<Installation> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    installation::read_installation(&connection)
}
