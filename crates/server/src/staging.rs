//! A directory in which files are made ready before they take their place: of a backup that is written, of one that is
//! restored. It is for one process at a time, and gone when that is over.

use crate::serve::Error;
use std::{
    ffi::OsString,
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Its name while a restored database has not taken its place, beside that place.
const RESTORING: &str = "konektor-restoring";

/// Where a backup is made ready that is to be the database at `database`.
pub fn of_restoration(database: &Path) -> PathBuf {
    database.with_file_name(RESTORING)
}

/// Where a backup is put together that is to be the file at `file`.
pub fn of_backup(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".partial");
    file.with_file_name(name)
}

/// Refuses a database of which one file may be of a backup and the other one not.
pub fn refuse_half_restored(database: &Path) -> Result<(), Error> {
    let staging = of_restoration(database);
    match staging.exists() {
        true => Err(format!(
            "a restoration is under way or was cut off ({}): wait for its end, or run konektor restore again",
            staging.display()
        )
        .into()),
        false => Ok(()),
    }
}

/// The directory. It is removed with all that is in it when this is dropped, unless it is [`Staging::keep`]ed.
pub struct Staging {
    path: PathBuf,
    keeps: bool,
    _lock: File,
}

impl Staging {
    /// Makes it. What a process that was killed left in it is removed.
    pub fn make(path: PathBuf) -> Result<Self, Error> {
        let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&path)
            .map_err(failed)?;
        let mut options = OpenOptions::new();
        let lock = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("lock"));
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another konektor is at work in {}: wait for its end", path.display()).into());
            }
            Err(TryLockError::Error(error)) => return Err(failed(error).into()),
        }
        for entry in std::fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name() != "lock" {
                std::fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(Self {
            path,
            keeps: false,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it, as a sign that something is half done; or, with `false`, no longer.
    pub fn keep(&mut self, keeps: bool) {
        self.keeps = keeps;
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keeps
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::error!(directory = %self.path.display(), %error, "it could not be removed: remove it by hand");
        }
    }
}
