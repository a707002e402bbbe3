//! Opening the two files: what they must be, which settings hold, and bringing the schema up to date.

use super::transaction;
use crate::{Result, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::File,
    path::{Path, PathBuf},
};

mod ground {
    refinery::embed_migrations!("src/migrations/sqlite");
}

mod projections {
    refinery::embed_migrations!("src/migrations/sqlite_fold");
}

/// Marks a file as ours in its header ("KONK"), where `file` and we find it.
pub(super) const APPLICATION_ID: i64 = 0x4B4F_4E4B;
const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// Long enough for a command that is just ending.
const ALONE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(1);

/// The database file and the file of projections and the outbox beside it. Both are to be kept: without the second,
/// nobody knows what ad platforms were told.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) ground: PathBuf,
    pub(super) fold: PathBuf,
}

/// Both files as the system gives them, for what SQLite has no way to do. Closing any descriptor of a file takes all of the
/// process's locks of it away (POSIX), those of SQLite's connections too, and then another process that closes the database takes itself
/// for the last one and deletes the log that is written here. So these are opened once, nobody else opens the files, and they are
/// closed after all connections.
pub(super) struct Descriptors {
    pub(super) ground: File,
    pub(super) fold: File,
}

impl Descriptors {
    pub(super) fn open(files: &Files) -> Result<Self> {
        let open = |path: &Path| File::open(path).map_err(|error| files.not_writable(path, &error));
        Ok(Self {
            ground: open(&files.ground)?,
            fold: open(&files.fold)?,
        })
    }
}

impl Files {
    pub(super) fn beside(ground: &Path) -> Self {
        let stem = ground.file_stem().unwrap_or_default().to_string_lossy();
        let extension = ground
            .extension()
            .map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
        Self {
            ground: ground.to_owned(),
            fold: ground.with_file_name(format!("{stem}-fold{extension}")),
        }
    }

    /// Makes the files if they are not there, refuses those that are not ours or of a newer Konektor, and
    /// migrates.
    pub(super) fn prepare(&self) -> Result<()> {
        if let Some(directory) = self.ground.parent().filter(|d| !d.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory).map_err(|e| self.not_writable(directory, &e))?;
        }
        // All of them in one transaction. One by one, what a migration did and that it was done would be two, and a kill between
        // them would leave a database on which it is tried again, and fails.
        migrate(&self.ground, &ground::migrations::runner().set_grouped(true))?;
        migrate(&self.fold, &projections::migrations::runner().set_grouped(true))
    }

    /// The connection that writes leads and clicks. Nothing is acknowledged before it is synced.
    pub(super) fn open_writer(&self) -> Result<Connection> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        set(&connection, "synchronous", "FULL", "2")?;
        set(&connection, "fold.synchronous", "FULL", "2")?;
        // Checkpoints are done by `checkpoint`, off this connection: done here they would stop the clicks.
        set(&connection, "wal_autocheckpoint", "0", "0")?;
        set(&connection, "cache_size", "-12000", "-12000")?;
        self.can_write(connection)
    }

    /// The connection that writes projections and the outbox. What a power cut takes from the fold is folded again, but what platforms
    /// said is not, and a log that is synced only when it is moved goes to the disk as 16 MB at once, behind which visitors wait. So
    /// each commit is synced, the fold's too.
    pub(super) fn open_folder(&self) -> Result<Connection> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // What leads to the pages of ten million leads: of who comes back the first time, the lead is looked at where the click was read
        // back from the log.
        set(&connection, "main.cache_size", "-8000", "-8000")?;
        set_fold_pace(&connection, false)?;
        self.can_write(connection)
    }

    /// Sees to it that a connection can write both files. SQLite opens a file, or its log, only for reading if it cannot have it
    /// for writing at that moment (too many open files, say), says nothing, and never tries again.
    pub(super) fn can_write(&self, mut connection: Connection) -> Result<Connection> {
        let named = |path: &Path, error: StoreError| match &error {
            StoreError::Sqlite(cause) if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {
                self.not_writable(path, &error)
            }
            _ => error,
        };
        // One lock at a time, so that nobody waits for both.
        let ground = transaction::on_ground(&mut connection).map(drop);
        ground.map_err(|error| named(&self.ground, error))?;
        let fold = transaction::on_fold(&mut connection).map(drop);
        fold.map_err(|error| named(&self.fold, error))?;
        Ok(connection)
    }

    pub(super) fn open_reader(&self) -> Result<Connection> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        set(&connection, "query_only", "ON", "1")?;
        set(&connection, "wal_autocheckpoint", "0", "0")?;
        Ok(connection)
    }

    /// The only connection to both files: fails if anybody else has them open, and keeps others out for as long as it lives.
    pub(super) fn open_alone(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.ground, flags)?;
        connection.busy_timeout(ALONE_TIMEOUT)?;
        // Before the log is first looked at, or it would be shared.
        set(&connection, "locking_mode", "EXCLUSIVE", "Text(\"exclusive\")")?;
        connection.execute("ATTACH DATABASE ?1 AS fold", [self.fold.to_string_lossy()])?;
        set(&connection, "fold.locking_mode", "EXCLUSIVE", "Text(\"exclusive\")")?;
        for schema in ["main", "fold"] {
            connection.execute_batch(&format!("BEGIN IMMEDIATE; PRAGMA {schema}.user_version; COMMIT"))?;
            connection.execute_batch(&format!("PRAGMA {schema}.synchronous = NORMAL"))?;
        }
        set(&connection, "temp_store", "MEMORY", "2")?;
        set(&connection, "foreign_keys", "OFF", "0")?;
        set(&connection, "cache_size", "-64000", "-64000")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// A database in memory with the same tables and nothing in them; the original, attached, is read only.
    pub(super) fn open_copy(&self) -> Result<Connection> {
        let mut connection = Connection::open_in_memory()?;
        ground::migrations::runner().run(&mut connection)?;
        connection.execute("DELETE FROM main.installation", [])?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute("ATTACH DATABASE ?1 AS original", [self.ground.to_string_lossy()])?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection> {
        let connection = Connection::open_with_flags(&self.ground, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.execute("ATTACH DATABASE ?1 AS fold", [self.fold.to_string_lossy()])?;
        set(&connection, "temp_store", "MEMORY", "2")?;
        // What is deleted is written over with zeros, also within pages that stay: see `privacy/scrub`.
        for schema in ["main", "fold"] {
            connection.execute_batch(&format!("PRAGMA {schema}.secure_delete = ON"))?;
        }
        set(&connection, "foreign_keys", "ON", "1")?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }

    fn not_writable(&self, path: &Path, reason: &dyn std::fmt::Display) -> StoreError {
        StoreError::NotWritable {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

fn migrate(path: &Path, runner: &refinery::Runner) -> Result<()> {
    let not_writable = |e: &dyn std::fmt::Display| StoreError::NotWritable {
        path: path.to_owned(),
        reason: e.to_string(),
    };
    let mut connection = Connection::open(path).map_err(|e| not_writable(&e))?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let application: i64 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(|e| not_ours(path, e))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, tables) {
        (APPLICATION_ID, _) => {}
        (0, 0) => {
            connection
                .pragma_update(None, "application_id", APPLICATION_ID)
                .map_err(|e| not_writable(&e))?;
        }
        _ => return Err(StoreError::NotOurs { path: path.to_owned() }),
    }
    if tables > 0 {
        let found = connection
            .query_row(
                "SELECT coalesce(max(version), 0) FROM refinery_schema_history",
                [],
                |row| row.get(0),
            )
            .unwrap_or(0);
        let known = runner
            .get_migrations()
            .iter()
            .map(|m| i64::from(m.version()))
            .max()
            .unwrap_or(0);
        if found > known {
            return Err(StoreError::Newer {
                path: path.to_owned(),
                found,
                known,
            });
        }
    }
    // Write-ahead logging: readers never wait for the writer, and a commit is one sequential write and sync.
    let mode: String = connection
        .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
        .map_err(|e| not_writable(&e))?;
    if mode != "wal" {
        return Err(StoreError::Pragma {
            pragma: "journal_mode = WAL",
            found: mode,
        });
    }
    runner.run(&mut connection)?;
    // A read-only file passes all of the above once it is migrated; it would fail at the first click.
    connection
        .execute_batch("BEGIN IMMEDIATE; PRAGMA user_version = 1; COMMIT")
        .map_err(|e| not_writable(&e))
}

fn not_ours(path: &Path, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotOurs { path: path.to_owned() },
        _ => error.into(),
    }
}

/// How much of its file the fold holds in memory, after how many pages its log is moved, and whether its commits are synced: of a
/// server's memory a part, of a command's that fills a database what helps.
pub(super) fn set_fold_pace(connection: &Connection, is_filling: bool) -> Result<()> {
    let (cache, log, (synchronous, read_back)) = if is_filling {
        ("-500000", "100000", ("NORMAL", "1"))
    } else {
        ("-20000", "4000", ("FULL", "2"))
    };
    set(connection, "fold.cache_size", cache, cache)?;
    set(connection, "wal_autocheckpoint", log, log)?;
    set(connection, "fold.synchronous", synchronous, read_back)
}

/// Sets a pragma and reads it back: a setting that silently did not take would break a promise.
fn set(connection: &Connection, pragma: &'static str, value: &str, read_back: &str) -> Result<()> {
    connection.execute_batch(&format!("PRAGMA {pragma} = {value}"))?;
    let found: rusqlite::types::Value = connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))?;
    let found = match found {
        rusqlite::types::Value::Integer(n) => n.to_string(),
        other => format!("{other:?}"),
    };
    if found == read_back {
        Ok(())
    } else {
        Err(StoreError::Pragma { pragma, found })
    }
}
