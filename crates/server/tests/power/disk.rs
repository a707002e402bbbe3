//! What a disk holds after a power cut: everything that was synced, and of the rest whatever chance leaves.

use crate::common::random::Random;
use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// One entry of the journal (`journal.c`).
#[derive(Debug)]
pub enum Entry {
    Write {
        file: u64,
        path: PathBuf,
        at: usize,
        data: Vec<u8>,
    },
    Truncate {
        file: u64,
        path: PathBuf,
        length: usize,
    },
    /// All entries of the file before `covers` are on disk from here on.
    Sync {
        file: u64,
        covers: usize,
    },
    Rename {
        from: PathBuf,
        to: PathBuf,
    },
    Unlink(PathBuf),
    /// A redirect that is about to leave.
    Answer(Vec<u8>),
}

/// Reads a journal, up to an entry that was cut off by the end of its server.
pub fn read_journal(path: &Path) -> Vec<Entry> {
    let bytes = std::fs::read(path).expect("the server kept a journal");
    let mut rest = &bytes[..];
    let mut entries = Vec::new();
    while let Some(entry) = read_entry(&mut rest) {
        entries.push(entry);
    }
    entries
}

fn read_entry(rest: &mut &[u8]) -> Option<Entry> {
    let (kind, mut after) = rest.split_first()?;
    let mut number = || {
        let (number, more) = after.split_first_chunk::<8>()?;
        after = more;
        Some(u64::from_ne_bytes(*number))
    };
    let (file, at, path_length, length) = (number()?, number()? as usize, number()? as usize, number()? as usize);
    let (path, after) = after.split_at_checked(path_length)?;
    let (data, after) = after.split_at_checked(length)?;
    *rest = after;
    let as_path = |bytes: &[u8]| PathBuf::from(std::str::from_utf8(bytes).expect("paths of tests are text"));
    let path = as_path(path);
    Some(match kind {
        b'W' => Entry::Write {
            file,
            path,
            at,
            data: data.to_vec(),
        },
        b'T' => Entry::Truncate { file, path, length: at },
        b'S' => Entry::Sync { file, covers: at },
        b'R' => Entry::Rename {
            from: path,
            to: as_path(data),
        },
        b'U' => Entry::Unlink(path),
        b'A' => Entry::Answer(data.to_vec()),
        other => panic!("{other} is no kind of entry"),
    })
}

/// What became of writes that nobody had synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsynced {
    /// None of them reached the disk: the most that can be lost.
    Lost,
    /// Some did, in any order, whole or in part.
    Chance,
    /// A disk that syncs nothing, for showing that the test would notice.
    EvenSynced,
}

/// The files of a directory. What makes, renames and removes them is taken to be on disk at once.
#[derive(Clone, Default)]
pub struct Disk {
    files: BTreeMap<u64, Vec<u8>>,
    names: BTreeMap<PathBuf, u64>,
}

impl Disk {
    /// As they are now.
    pub fn of(directory: &Path) -> Self {
        let mut disk = Self::default();
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                let below = Self::of(&path);
                disk.files.extend(below.files);
                disk.names.extend(below.names);
            } else {
                let file = path.metadata().expect("it is there").ino();
                disk.files.insert(file, std::fs::read(&path).expect("it can be read"));
                disk.names.insert(path, file);
            }
        }
        disk
    }

    /// As they are after the power went before entry `cut`.
    pub fn after_a_cut(&self, journal: &[Entry], cut: usize, unsynced: Unsynced, random: &mut Random) -> Self {
        let journal = &journal[..cut];
        let mut covered = BTreeMap::new();
        for entry in journal {
            if let (Entry::Sync { file, covers, .. }, true) = (entry, unsynced != Unsynced::EvenSynced) {
                let before = covered.entry(*file).or_insert(0);
                *before = (*covers).max(*before);
            }
        }
        let mut disk = self.clone();
        for (n, entry) in journal.iter().enumerate() {
            let is_safe = |file: &u64| covered.get(file).is_some_and(|covered| n < *covered);
            match entry {
                Entry::Write { file, path, at, data } => {
                    disk.names.insert(path.clone(), *file);
                    let content = disk.files.entry(*file).or_default();
                    let fate = match unsynced {
                        _ if is_safe(file) => 0,
                        Unsynced::Chance => random.below(4),
                        Unsynced::Lost | Unsynced::EvenSynced => 1,
                    };
                    match fate {
                        0 => write(content, *at, data),
                        1 => {}
                        2 => write(content, *at, &data[..random.below(data.len() + 1) / SECTOR * SECTOR]),
                        _ => {
                            for (n, sector) in data.chunks(SECTOR).enumerate() {
                                if random.below(2) == 0 {
                                    write(content, at + n * SECTOR, sector);
                                }
                            }
                        }
                    }
                }
                Entry::Truncate { file, path, length } => {
                    disk.names.insert(path.clone(), *file);
                    let happened = is_safe(file) || unsynced == Unsynced::Chance && random.below(2) == 0;
                    if happened {
                        disk.files.entry(*file).or_default().resize(*length, 0);
                    }
                }
                Entry::Rename { from, to } => {
                    if let Some(file) = disk.names.remove(from) {
                        disk.names.insert(to.clone(), file);
                    }
                }
                Entry::Unlink(path) => {
                    if let Some(file) = disk.names.remove(path) {
                        disk.files.remove(&file);
                    }
                }
                Entry::Sync { .. } | Entry::Answer(_) => {}
            }
        }
        disk
    }

    /// Puts them into another directory. What a start makes anew in memory is left out.
    pub fn put_into(&self, from: &Path, directory: &Path) {
        for (path, file) in &self.names {
            let below = path.strip_prefix(from).expect("all of them are in there");
            if below.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let path = directory.join(below);
            std::fs::create_dir_all(path.parent().expect("it is in a directory")).expect("a directory can be made");
            let mut out = std::fs::File::create(&path).expect("a file can be made");
            out.write_all(&self.files[file]).expect("it can be written");
            if below.extension().is_some_and(|extension| extension == "key") {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::Permissions::from_mode(0o600);
                out.set_permissions(mode).expect("it is ours");
            }
        }
    }
}

fn write(content: &mut Vec<u8>, at: usize, data: &[u8]) {
    if data.is_empty() {
        return;
    }
    let end = at + data.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(data);
}
