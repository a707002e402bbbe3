//! `konektor restore`

use super::{
    Context, Error,
    backup::{ON_POSTGRES, sync_directory_of},
};
use crate::{
    archive::{self, Manifest},
    privacy::{erase, journal},
    secrets, staging,
    staging::Staging,
};
use clap::Args;
use konektor_store::{
    Address, Store,
    sqlite::{SqliteStore, backup},
};
use serde_json::json;
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

#[derive(Args)]
pub(super) struct Restore {
    /// The file that `konektor backup` wrote.
    file: PathBuf,
    /// Replace the database that is there.
    #[arg(long)]
    replace: bool,
    /// Restore although the secret key here is not the backup's, or there is none: no returning visitor is recognised then, and
    /// the ad platforms' credentials have to be entered again.
    #[arg(long)]
    another_key: bool,
    /// The erase journal of the server that the backup was made of, if it is not in the data directory here (erased.journal).
    #[arg(long)]
    erased: Option<PathBuf>,
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let Address::Sqlite(database) = &context.settings.database else {
            return Err(ON_POSTGRES.into());
        };
        let is_there = backup::files(database).iter().any(|file| file.exists());
        if is_there && !self.replace {
            let words = format!(
                "there is a database already: {}. To replace it by the backup, stop the server and add --replace",
                database.display()
            );
            return Err(words.into());
        }
        refuse_running(database)?;
        if !self.file.is_file() {
            return Err(format!("there is no file {}", self.file.display()).into());
        }
        let mut directory = Staging::make(staging::of_restoration(database))?;
        let manifest = archive::read(&self.file, Some(directory.path()))?;
        let staged = directory.path().join(backup::GROUND_FILE);
        backup::verify(directory.path(), &manifest.counts)?;
        let key = self.check_key(context, &manifest, directory.path())?;
        let previous = is_there.then_some(database.as_path());
        let ready = backup::make_ready(&staged, manifest.taken_at(), previous, context.clock.now())?;

        let erased = self.erase_again(context, &staged).await?;

        refuse_running(database)?;
        // From here on one file may be new and the other one not: until the end, no server starts on them.
        directory.keep(true);
        let [ground, fold] = backup::files(database);
        for (name, to) in [(backup::FOLD_FILE, &fold), (backup::GROUND_FILE, &ground)] {
            put_in_place(&directory.path().join(name), to)?;
        }
        if let Some(key) = key {
            std::fs::create_dir_all(&context.settings.data)?;
            std::fs::rename(key, context.settings.data.join(archive::KEY_FILE))?;
        }
        sync_directory_of(database)?;
        directory.keep(false);
        drop(directory);

        let taken_at = manifest.taken_at().timestamp();
        let mut plain = format!(
            "{}: the database of {} is back, with {} leads and {} clicks. Everybody has to sign in again.",
            database.display(),
            taken_at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            manifest.counts.leads,
            manifest.counts.clicks
        );
        if ready.dropped > 0 {
            plain += &format!(
                " {} events that waited then were probably sent since and are not sent again; see them under Deliveries.",
                ready.dropped
            );
        }
        if erased > 0 {
            plain += &format!(" {erased} leads that were erased since the backup are erased again.");
        }
        context.print(
            &plain,
            json!({
                "taken_at": taken_at.to_string(), "counts": manifest.counts, "verified": true,
                "events_known_as_sent": ready.settled, "events_dropped": ready.dropped, "erased_again": erased,
            }),
        );
        Ok(())
    }

    /// Erases who was erased since the backup was made; how many leads.
    async fn erase_again(&self, context: &Context, staged: &Path) -> Result<usize, Error> {
        let data = &context.settings.data;
        let mut journals = vec![journal::path(data)];
        if let Some(given) = &self.erased {
            if !given.is_file() {
                return Err(format!("there is no file {}", given.display()).into());
            }
            journals.push(given.clone());
        }
        let now = context.clock.now();
        let store = SqliteStore::open(staged, now)?;
        let mut erased = 0;
        for path in &journals {
            erased += erase::catch_up(&store, data, path, now).await?;
        }
        store.close().await?;
        if let Some(given) = &self.erased {
            // For the next restoration.
            let (known, given) = (journal::read(&journals[0])?, journal::read(given)?);
            let new: Vec<_> = given.into_iter().filter(|lead| !known.contains(lead)).collect();
            journal::add(data, &new, now)?;
        }
        Ok(erased)
    }

    /// Refuses a key that is not the backup's. Gives the key file of the backup if it is the one to use.
    fn check_key(&self, context: &Context, manifest: &Manifest, directory: &Path) -> Result<Option<PathBuf>, Error> {
        let settings = &context.settings;
        let here = secrets::find_secret_key(settings.secret_key, &settings.data)?;
        let packed = directory.join(archive::KEY_FILE);
        let (key, used) = match here {
            None if manifest.has_key() => (secrets::find_secret_key(None, directory)?, Some(packed)),
            here => (here, None),
        };
        // A server that never had a key has signed and sealed nothing.
        if self.another_key || manifest.key_check.is_empty() {
            return Ok(used);
        }
        let installation = backup::installation(&directory.join(backup::GROUND_FILE))?;
        let place = settings.data.join(archive::KEY_FILE);
        let place = place.display();
        match key {
            Some(key) if archive::key_check(&key, &installation) == manifest.key_check => Ok(used),
            Some(_) => Err(format!(
                "the secret key here ({place} or KONEKTOR_SECRET_KEY) is not the one of the backup: put the right one there, \
                 or add --another-key and enter the ad platforms' credentials again"
            )
            .into()),
            None => Err(format!(
                "the backup does not hold the secret key: put the file secret.key of the server that it was made of to \
                 {place}, or set KONEKTOR_SECRET_KEY; or add --another-key and enter the ad platforms' credentials again"
            )
            .into()),
        }
    }
}

fn refuse_running(database: &Path) -> Result<(), Error> {
    match backup::close_for_others(database)? {
        true => Ok(()),
        false => Err(format!("{} is in use: stop the server, and try again", database.display()).into()),
    }
}

/// Puts a file in its place. What another one left beside that place belonged to the other one.
fn put_in_place(from: &Path, to: &Path) -> Result<(), Error> {
    for end in ["-wal", "-shm", "-journal"] {
        let mut beside = OsString::from(to.as_os_str());
        beside.push(end);
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    std::fs::rename(from, to).map_err(|e| format!("{} cannot be put in place: {e}", to.display()).into())
}
