//! `konektor backup`

use super::{Context, Error};
use crate::{archive, secrets, staging, staging::Staging};
use clap::Args;
use konektor_store::{Address, sqlite::backup};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What to say where the database has its own means.
pub(super) const ON_POSTGRES: &str = "the database is PostgreSQL, which makes its own backups: use pg_dump, or continuous archiving for a restoration to any moment. docs/backup.md says what belongs to them, and what to do after a restoration";

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write, such as konektor-2026-08-01.tar.
    file: PathBuf,
    /// Put the secret key into it too. Whoever has such a file can sign cookies and use the ad platforms' credentials.
    #[arg(long)]
    with_key: bool,
    /// Replace the file if it is there, once the new one is whole.
    #[arg(long)]
    replace: bool,
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> Result<(), Error> {
        let Address::Sqlite(database) = &context.settings.database else {
            return Err(ON_POSTGRES.into());
        };
        let Self {
            file,
            with_key,
            replace,
        } = self;
        staging::refuse_half_restored(database)?;
        if file.file_name().is_none() || file.is_dir() {
            return Err(format!("{} is a directory: name a file to write", file.display()).into());
        }
        if file.exists() && !replace {
            return Err(format!(
                "{} is there already: choose another name, or add --replace",
                file.display()
            )
            .into());
        }
        let directory = Staging::make(staging::of_backup(&file))?;
        let taken_at = context.clock.now();
        let counts = backup::copy(database, directory.path())?;
        let installation = backup::installation(&directory.path().join(backup::GROUND_FILE))?;
        let key = secrets::find_secret_key(context.settings.secret_key, &context.settings.data)?;
        if with_key && key.is_none() {
            return Err("there is no secret key yet: start the server once".into());
        }
        let check = key
            .map(|key| archive::key_check(&key, &installation))
            .unwrap_or_default();
        let whole = directory.path().join("backup.tar");
        archive::write(
            &whole,
            directory.path(),
            key.as_ref().filter(|_| with_key),
            check,
            counts,
            taken_at,
        )?;
        // Read back as a restoration would: a disk may have kept something else.
        archive::read(&whole, None)?;
        std::fs::rename(&whole, &file).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
        sync_directory_of(&file)?;
        // By its age the doctor sees when the last one was made.
        std::fs::write(context.settings.data.join("last-backup"), "")?;
        let bytes = std::fs::metadata(&file)?.len();
        let key_words = match with_key {
            true => "The secret key is in it: keep it where nobody else can read it.",
            false => "The secret key is not in it: keep secret.key (or KONEKTOR_SECRET_KEY) as well, at another place.",
        };
        let plain = format!(
            "{}: {} leads, {} clicks, {bytes} bytes, verified. {key_words}",
            file.display(),
            counts.leads,
            counts.clicks
        );
        context.print(
            &plain,
            json!({
                "file": file.display().to_string(), "bytes": bytes, "counts": counts, "has_key": with_key, "verified": true,
            }),
        );
        Ok(())
    }
}

/// A name in a directory is on the disk when the directory is.
pub(super) fn sync_directory_of(file: &Path) -> Result<(), Error> {
    let directory = file
        .parent()
        .filter(|d| !d.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    Ok(std::fs::File::open(directory)?.sync_all()?)
}
