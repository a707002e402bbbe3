//! Bytes that deleted content leaves behind.
//!
//! SQLite writes zeros over what it deletes (`secure_delete`), and the log, which has it still, is emptied here. What can be left is
//! a copy in the unused part of a page, from when its rows were moved to another. Rewriting a file for every erasure would hold
//! visitors up, so the file is searched, and rewritten only if something is found.

use crate::{
    Result,
    sqlite::open::{Descriptors, Files},
};
use rusqlite::Connection;
use std::{fs::File, os::unix::fs::FileExt, time::Duration};

/// How long others may be in the way at a time, and how often it is tried.
const PATIENCE: Duration = Duration::from_millis(100);
const ATTEMPTS: usize = 30;
const CHUNK_BYTES: usize = 1 << 20;

pub(super) fn scrub(files: &Files, descriptors: &Descriptors, needles: &[String]) -> Result<bool> {
    let connection = files.open_writer()?;
    let mut is_done = empty_logs(&connection)?;
    for (schema, file) in [("main", &descriptors.ground), ("fold", &descriptors.fold)] {
        // Found after all of it is rewritten, it is in somebody else's rows.
        if contains_any(file, needles).unwrap_or(false) {
            // In a file: the whole database would not fit into memory.
            connection.execute_batch(&format!("PRAGMA temp_store = FILE; VACUUM {schema}"))?;
            is_done &= empty_logs(&connection)?;
        }
    }
    Ok(is_done)
}

/// Writes both logs back and leaves nothing in them. `false` if a reader needs an old page for longer.
fn empty_logs(connection: &Connection) -> Result<bool> {
    connection.busy_timeout(PATIENCE)?;
    let mut left = vec!["main", "fold"];
    for attempt in 0..ATTEMPTS {
        let mut busy = Vec::new();
        for schema in left {
            // The bulk without standing in anybody's way, then the rest.
            for kind in ["PASSIVE", "TRUNCATE"] {
                let sql = format!("PRAGMA {schema}.wal_checkpoint({kind})");
                let is_busy: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
                if is_busy != 0 && kind == "TRUNCATE" {
                    busy.push(schema);
                }
            }
        }
        if busy.is_empty() {
            connection.busy_timeout(Duration::from_secs(5))?;
            return Ok(true);
        }
        left = busy;
        if attempt + 1 < ATTEMPTS {
            std::thread::sleep(PATIENCE);
        }
    }
    connection.busy_timeout(Duration::from_secs(5))?;
    Ok(false)
}

/// Whether one of the texts stands in a file.
fn contains_any(file: &File, needles: &[String]) -> std::io::Result<bool> {
    let needles: Vec<_> = needles
        .iter()
        .map(|needle| memchr::memmem::Finder::new(needle.as_bytes()))
        .collect();
    let overlap = needles.iter().map(|needle| needle.needle().len()).max().unwrap_or(0);
    if overlap == 0 {
        return Ok(false);
    }
    let mut buffer = vec![0; CHUNK_BYTES + overlap];
    let (mut at, mut kept) = (0, 0);
    loop {
        let read = file.read_at(&mut buffer[kept..], at)?;
        if read == 0 {
            return Ok(false);
        }
        at += read as u64;
        let end = kept + read;
        if needles.iter().any(|needle| needle.find(&buffer[..end]).is_some()) {
            return Ok(true);
        }
        let from = end.saturating_sub(overlap);
        buffer.copy_within(from..end, 0);
        kept = end - from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands_in_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        for at in [0, CHUNK_BYTES - 3, CHUNK_BYTES, CHUNK_BYTES + 9, 2 * CHUNK_BYTES + 17] {
            let mut bytes = vec![b'x'; 3 * CHUNK_BYTES];
            bytes[at..at + 6].copy_from_slice(b"canary");
            std::fs::write(&path, &bytes).unwrap();
            let file = File::open(&path).unwrap();
            assert!(
                contains_any(&file, &["other".to_owned(), "canary".to_owned()]).unwrap(),
                "{at}"
            );
        }
        let file = File::open(&path).unwrap();
        assert!(!contains_any(&file, &["parrot".to_owned()]).unwrap());
        assert!(!contains_any(&file, &[]).unwrap());
    }
}
