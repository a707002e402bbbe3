//! Copying both files as they are at one moment.

use super::{Counts, count, damaged};
use crate::{
    Result, StoreError,
    sqlite::open::{APPLICATION_ID, Files},
};
use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use std::{fs::File, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

/// Name of the copy of what must never be lost.
pub const GROUND_FILE: &str = "konektor.db";
/// Name of the copy of projections and outbox.
pub const FOLD_FILE: &str = "konektor-fold.db";

/// A megabyte at a time, and then others have their turn at the disk.
const PAGES: i32 = 256;
const PAUSE: Duration = Duration::from_millis(2);

/// Copies a database, which may be in use, into the directory `into`, and verifies the copies. Nothing of the original is
/// changed, and nobody waits for it; its log grows in the meantime.
///
/// Both are of one moment: the transaction that reads them begins with the second file, so that the projections are never
/// ahead of the clicks. A click between the two moments is folded again after a restoration, under the same ids.
pub fn copy(database: &Path, into: &Path) -> Result<Counts> {
    let source = open_source(database)?;
    source.execute_batch("BEGIN; SELECT click FROM fold.watermark; SELECT id FROM main.installation;")?;
    let counts = count(&source)?;
    for (schema, name) in [("fold", FOLD_FILE), ("main", GROUND_FILE)] {
        copy_one(&source, schema, &into.join(name))?;
    }
    source.execute_batch("COMMIT")?;
    verify(into, &counts)?;
    Ok(counts)
}

fn open_source(database: &Path) -> Result<Connection> {
    let files = Files::beside(database);
    for file in [&files.ground, &files.fold] {
        if !file.exists() {
            return Err(StoreError::Missing { path: file.clone() });
        }
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(&files.ground, flags)?;
    source.busy_timeout(Duration::from_secs(30))?;
    source.execute("ATTACH DATABASE ?1 AS fold", [files.fold.to_string_lossy()])?;
    source.execute_batch("PRAGMA query_only = ON")?;
    for (schema, path) in [("main", &files.ground), ("fold", &files.fold)] {
        let id: i64 = source
            .query_row(&format!("PRAGMA {schema}.application_id"), [], |row| row.get(0))
            .map_err(|e| damaged(path, e))?;
        if id != APPLICATION_ID {
            return Err(StoreError::NotOurs { path: path.clone() });
        }
    }
    Ok(source)
}

fn copy_one(source: &Connection, schema: &str, to: &Path) -> Result<()> {
    // Made before SQLite opens it, for nobody else's eyes.
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to);
    drop(made.map_err(|e| not_writable(to, e))?);
    let mut target = Connection::open(to)?;
    target.execute_batch("PRAGMA synchronous = OFF")?; // it is synced as a whole below
    let backup = Backup::new_with_names(source, schema, &mut target, "main")?;
    while backup.step(PAGES)? != StepResult::Done {
        std::thread::sleep(PAUSE);
    }
    drop(backup);
    drop(target);
    // The copy says of itself that it has a log, as the original does. Alone it must be whole.
    let target = Connection::open(to)?;
    let mode: String = target.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(StoreError::Pragma {
            pragma: "journal_mode = DELETE",
            found: mode,
        });
    }
    drop(target);
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|e| not_writable(to, e))
}

/// Verifies copies: that SQLite finds each page and index in order, and that as much is there as was counted.
pub fn verify(directory: &Path, expected: &Counts) -> Result<()> {
    let ground = directory.join(GROUND_FILE);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copies = Connection::open_with_flags(&ground, flags).map_err(|e| damaged(&ground, e))?;
    let fold = directory.join(FOLD_FILE);
    copies
        .execute("ATTACH DATABASE ?1 AS fold", [fold.to_string_lossy()])
        .map_err(|e| damaged(&fold, e))?;
    for (schema, path) in [("main", &ground), ("fold", &fold)] {
        let found: String = copies
            .query_row(&format!("PRAGMA {schema}.integrity_check(1)"), [], |row| row.get(0))
            .map_err(|e| damaged(path, e))?;
        if found != "ok" {
            return Err(damaged(path, found));
        }
    }
    let found = count(&copies).map_err(|e| damaged(&ground, e))?;
    if found != *expected {
        return Err(damaged(
            &ground,
            format_args!("it holds {found:?} and should hold {expected:?}"),
        ));
    }
    Ok(())
}

fn not_writable(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::NotWritable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
