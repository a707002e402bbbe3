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
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// Wraps a value that could not be read.
    pub(crate) fn corrupt(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }
}
