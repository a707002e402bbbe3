//! What can go wrong with a database, said so that an operator can act on it.

use std::path::PathBuf;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique name is in use.
    #[error("{what} is already in use")]
    Taken {
        /// Which name, such as `the slug "promo"`.
        what: String,
    },
    /// The data directory cannot be written.
    #[error(
        "cannot write to {path}: {reason}; give the user that runs konektor write access, or set KONEKTOR_DATA to another directory"
    )]
    NotWritable {
        /// Which path.
        path: PathBuf,
        /// What the operating system said.
        reason: String,
    },
    /// The file is not one of ours.
    #[error("{path} is not a Konektor database; set KONEKTOR_DATABASE to another path, or move that file away")]
    NotOurs {
        /// Which file.
        path: PathBuf,
    },
    /// A newer Konektor made the schema.
    #[error(
        "{path} was written by a newer Konektor (schema {found}, this one knows {known}); start the newer version, or restore a backup"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// There is no such database.
    #[error("there is no database {path}; set KONEKTOR_DATA or KONEKTOR_DATABASE to where it is")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// A file of a database, or of a copy, is not as it was written.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A setting did not take, so that what was promised would not hold.
    #[error("SQLite refused {pragma}: it says {found}")]
    Pragma {
        /// Which.
        pragma: &'static str,
        /// What it is.
        found: String,
    },
    /// A value in the database is not what it must be.
    #[error("the database holds an unusable {what}: {reason}")]
    Corrupt {
        /// Where.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A migration failed; the file is as it was before it.
    #[error("migrating the database failed: {0}")]
    Migration(#[from] refinery::Error),
    /// SQLite said so.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The batch was given up before it was committed; nothing of it is in the database.
    #[error("the batch was given up: its visitors could not wait any longer")]
    GivenUp,
    /// PostgreSQL said so of a statement: it will say so again.
    #[error("PostgreSQL: {}", with_source(.0))]
    Postgres(tokio_postgres::Error),
    /// PostgreSQL could not be reached, was cut off, or cannot write just now: later it may do the same.
    #[error("PostgreSQL is not there: {reason}")]
    Unavailable {
        /// What was said instead.
        reason: String,
    },
    /// The place of this server was given to another one, because its session had ended. It takes another place with
    /// [`crate::Store::memory`].
    #[error("this server's place in the database was taken by another one")]
    PlaceLost,
    /// The address of the database cannot be used.
    #[error("the address of the database cannot be used: {reason}")]
    Address {
        /// Why not.
        reason: String,
    },
    /// A PostgreSQL setting with which what was promised would not hold.
    #[error("PostgreSQL's setting {setting} is {found}: {advice}")]
    Setting {
        /// Which.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// A transfer into this database was begun and has not ended.
    #[error(
        "{what} is half copied: run konektor migrate-store again, with the same --from and --to, until it says that it is done"
    )]
    HalfCopied {
        /// Which database.
        what: String,
    },
    /// Somebody else has the database open.
    #[error("{what} is in use: stop every konektor that runs on it, and try again")]
    InUse {
        /// Which database.
        what: String,
    },
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Whether what was asked is at fault, and not the database: asking again will not help.
    pub fn is_refusal(&self) -> bool {
        use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
        match self {
            Self::Corrupt { .. } => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(ConstraintViolation | TooBig | TypeMismatch)
            ),
            Self::Postgres(error) => error.code().is_none_or(|code| is_about_what_was_asked(code.code())),
            _ => false,
        }
    }

    /// Wraps a value that could not be read.
    pub(crate) fn corrupt(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }

    /// Whether it is the database that failed, and not what was asked of it: later the same may succeed.
    pub fn is_unavailable(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, ReadOnly, SystemIoFailure};
        match self {
            Self::Unavailable { .. } | Self::PlaceLost | Self::NotWritable { .. } => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure | CannotOpen | ReadOnly)
            ),
            _ => false,
        }
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if !is_outage(code.code()) => Self::Postgres(error),
            // Without a code it was never answered, or a value did not fit its column.
            None if is_about_a_value(&error) => Self::Postgres(error),
            _ => Self::Unavailable {
                reason: with_source(&error),
            },
        }
    }
}

impl From<deadpool_postgres::PoolError> for StoreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => error.into(),
            deadpool_postgres::PoolError::Closed => Self::Closed,
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

/// SQLSTATEs that say nothing about the statement: lost connections (08), rollbacks for the sake of others (40), full
/// disks and too many connections (53), administrators (57), the system (58), and a primary that became a standby.
fn is_outage(sqlstate: &str) -> bool {
    ["08", "40", "53", "57", "58"].contains(&&sqlstate[..2]) || sqlstate == "25006"
}

/// SQLSTATEs of what can never be stored: values (22), constraints (23), limits (54).
fn is_about_what_was_asked(sqlstate: &str) -> bool {
    ["22", "23", "54"].contains(&&sqlstate[..2])
}

fn is_about_a_value(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("error serializing")
        || text.starts_with("error deserializing")
        || text.starts_with("invalid column")
}

/// The driver's own words are only "db error"; what the server said is behind them.
fn with_source(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
