//! A backup's file: a tar archive with a manifest, the copies of the database's two files, and the key file if it was asked
//! for. It can be looked at, and taken apart, with `tar`.

use konektor_core::time::UnixMs;
use konektor_store::{
    model::Installation,
    sqlite::backup::{Counts, FOLD_FILE, GROUND_FILE},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Name of the manifest, the archive's first entry.
const MANIFEST_FILE: &str = "manifest.json";
/// Name of the key file in an archive, as in the data directory.
pub const KEY_FILE: &str = crate::secrets::KEY_FILE;
/// A manifest is short; what claims to be a longer one is none.
const MANIFEST_MOST_BYTES: u64 = 1 << 20;
/// The version of the format that this server writes; it reads no later one.
const FORMAT: u32 = 1;

/// What an archive says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    format: u32,
    /// Version of the Konektor that made it.
    pub konektor: String,
    /// The moment that it shows, in unix milliseconds.
    pub taken_at_ms: i64,
    /// What is in it.
    pub counts: Counts,
    /// Tells whether a secret key is the one that its credentials are sealed with, and says nothing else of it.
    pub key_check: String,
    /// The files behind the manifest, in order.
    files: Vec<Entry>,
}

/// A file in an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// The moment that it shows.
    pub fn taken_at(&self) -> UnixMs {
        UnixMs(self.taken_at_ms)
    }

    /// Whether the key file is in it.
    pub fn has_key(&self) -> bool {
        self.files.iter().any(|file| file.name == KEY_FILE)
    }
}

/// What tells one secret key from another.
pub fn key_check(secret: &[u8; 32], installation: &Installation) -> String {
    let check = crate::secrets::key_check(secret, installation);
    hex(&check[..8])
}

/// An archive that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system said so.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: String,
        /// What it said.
        error: io::Error,
    },
    /// It is no backup, or not whole.
    #[error("{path} cannot be restored: {reason}")]
    Unusable {
        /// Which file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Writes an archive of the files in `directory` to `path`, for its owner's eyes only, and syncs it.
pub fn write(
    path: &Path,
    directory: &Path,
    key: Option<&[u8; 32]>,
    key_check: String,
    counts: Counts,
    taken_at: UnixMs,
) -> Result<Manifest, ArchiveError> {
    let failed = |error| ArchiveError::Io {
        path: path.display().to_string(),
        error,
    };
    let key = key.map(|key| format!("{}\n", hex(key)));
    let mut files = Vec::new();
    for name in [GROUND_FILE, FOLD_FILE] {
        files.push(describe(name, File::open(directory.join(name)).map_err(failed)?).map_err(failed)?);
    }
    if let Some(key) = &key {
        files.push(describe(KEY_FILE, key.as_bytes()).map_err(failed)?);
    }
    let manifest = Manifest {
        format: FORMAT,
        konektor: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at_ms: taken_at.0,
        counts,
        key_check,
        files,
    };
    let pack = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path)?;
        let mut archive = tar::Builder::new(BufWriter::with_capacity(1 << 20, file));
        let mtime = taken_at.0.div_euclid(1_000).max(0) as u64;
        let mut append = |name: &str, bytes: u64, content: &mut dyn Read| {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes);
            header.set_mode(0o600);
            header.set_mtime(mtime);
            archive.append_data(&mut header, name, content)
        };
        let text = serde_json::to_vec_pretty(&manifest)?;
        append(MANIFEST_FILE, text.len() as u64, &mut text.as_slice())?;
        for entry in &manifest.files {
            match &key {
                Some(key) if entry.name == KEY_FILE => append(KEY_FILE, entry.bytes, &mut key.as_bytes())?,
                _ => append(&entry.name, entry.bytes, &mut File::open(directory.join(&entry.name))?)?,
            }
        }
        let mut out = archive.into_inner()?;
        out.flush()?;
        out.get_ref().sync_all()
    };
    pack().map_err(failed)?;
    Ok(manifest)
}

fn describe(name: &str, content: impl Read) -> io::Result<Entry> {
    let mut hashing = Hashing {
        inner: content,
        hash: Sha256::new(),
    };
    let bytes = io::copy(&mut hashing, &mut io::sink())?;
    Ok(Entry {
        name: name.to_owned(),
        bytes,
        sha256: hex(&hashing.hash.finalize()),
    })
}

/// Reads an archive to its end, and puts its files into `directory` if there is one. Each must be what the manifest says.
pub fn read(path: &Path, directory: Option<&Path>) -> Result<Manifest, ArchiveError> {
    let shown = path.display().to_string();
    let failed = |error| ArchiveError::Io {
        path: shown.clone(),
        error,
    };
    let unusable = |reason: &str| ArchiveError::Unusable {
        path: shown.clone(),
        reason: reason.to_owned(),
    };
    let no_backup = |_| unusable("it is no backup of Konektor, or its beginning is damaged");
    let file = File::open(path).map_err(failed)?;
    let mut archive = tar::Archive::new(BufReader::with_capacity(1 << 20, file));
    let mut entries = archive.entries().map_err(failed)?;
    let first = entries.next().transpose().map_err(no_backup)?;
    let mut first = first.ok_or_else(|| unusable("it is empty"))?;
    if first.path().map_err(no_backup)?.as_ref() != Path::new(MANIFEST_FILE) || first.size() > MANIFEST_MOST_BYTES {
        return Err(unusable("it is no backup of Konektor"));
    }
    let mut text = Vec::new();
    first.read_to_end(&mut text).map_err(no_backup)?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|_| unusable("its manifest cannot be read; a newer Konektor may have made it"))?;
    if manifest.format > FORMAT {
        return Err(unusable("a newer Konektor made it; restore it with that"));
    }
    for expected in &manifest.files {
        // Names come from a list, not from the file: nothing in it can be written to another place.
        let Some(name) = [GROUND_FILE, FOLD_FILE, KEY_FILE]
            .into_iter()
            .find(|name| expected.name == *name)
        else {
            return Err(unusable("its manifest names a file that no backup has"));
        };
        let cut = || unusable("its end is missing");
        let entry = entries.next().ok_or_else(cut)?.map_err(|_| cut())?;
        if entry.path().map_err(no_backup)?.as_ref() != Path::new(name) {
            return Err(unusable("its files are not those of its manifest"));
        }
        let mut content = Hashing {
            inner: entry,
            hash: Sha256::new(),
        };
        let copied = match directory {
            Some(directory) => {
                let to = directory.join(name);
                let mut written = || -> io::Result<u64> {
                    let mut options = OpenOptions::new();
                    let mut file = options.write(true).create_new(true).mode(0o600).open(&to)?;
                    let bytes = io::copy(&mut content, &mut file)?;
                    file.sync_all()?;
                    Ok(bytes)
                };
                written().map_err(|error| ArchiveError::Io {
                    path: to.display().to_string(),
                    error,
                })?
            }
            None => io::copy(&mut content, &mut io::sink()).map_err(failed)?,
        };
        if copied != expected.bytes || hex(&content.hash.finalize()) != expected.sha256 {
            return Err(unusable(&format!("{name} in it is damaged")));
        }
    }
    Ok(manifest)
}

/// Hashes what is read through it.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (from, to) = (directory.path().join("from"), directory.path().join("to"));
        for made in [&from, &to] {
            std::fs::create_dir(made).unwrap();
        }
        std::fs::write(from.join(GROUND_FILE), b"ground").unwrap();
        std::fs::write(from.join(FOLD_FILE), vec![7; 3_000_000]).unwrap();
        let path = directory.path().join("backup.tar");
        let key = [9; 32];
        write(
            &path,
            &from,
            Some(&key),
            "check".to_owned(),
            Counts::default(),
            UnixMs(1_800_000_000_000),
        )
        .unwrap();
        let manifest = read(&path, Some(&to)).unwrap();
        assert!(manifest.has_key());
        assert_eq!(manifest.taken_at(), UnixMs(1_800_000_000_000));
        assert_eq!(std::fs::read(to.join(FOLD_FILE)).unwrap(), vec![7; 3_000_000]);
        assert_eq!(
            std::fs::read_to_string(to.join(KEY_FILE)).unwrap(),
            format!("{}\n", "09".repeat(32))
        );
        assert!(
            write(&path, &from, None, String::new(), Counts::default(), UnixMs(0)).is_err(),
            "it is there"
        );

        let whole = std::fs::read(&path).unwrap();
        for (changed, says) in [
            (whole[..whole.len() / 2].to_vec(), "damaged"),
            (Vec::new(), "empty"),
            (b"no archive at all".repeat(100), "no backup"),
            (
                {
                    let mut flipped = whole.clone();
                    let middle = flipped.len() / 2;
                    flipped[middle] ^= 1;
                    flipped
                },
                "damaged",
            ),
        ] {
            std::fs::write(&path, changed).unwrap();
            let error = read(&path, None).unwrap_err().to_string();
            assert!(error.contains(says) || error.contains("unexpected"), "{says}: {error}");
        }
    }
}
