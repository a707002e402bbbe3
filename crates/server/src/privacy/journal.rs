//! The erase journal: who was erased, beside the database and outside of it.
//!
//! A backup that is restored does not know who was erased since it was made. This file does: the numbers of leads, and nothing of the
//! persons. It is written before the first row is erased, so what is cut off in between is done at the next start, as is what a
//! restored database has again.

use konektor_core::{ids::LeadId, time::UnixMs};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// Its name in the data directory.
pub const FILE: &str = "erased.journal";

/// Where it is.
pub fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Adds leads, synced: a line each, `moment id`, in unix milliseconds and as the API has it.
pub fn add(data: &Path, leads: &[LeadId], now: UnixMs) -> io::Result<()> {
    let path = path(data);
    std::fs::create_dir_all(data)?;
    let mut options = OpenOptions::new();
    let mut file = options.read(true).append(true).create(true).mode(0o600).open(path)?;
    // Of a line that was cut off by a crash the next one must not become a part.
    let mut text = String::new();
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            text.push('\n');
        }
    }
    for lead in leads {
        text += &format!("{} {}\n", now.0, lead.packed());
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    File::open(data)?.sync_all()
}

/// The leads in a journal; none if there is no such file. A line that cannot be read is left out: it was never acknowledged.
pub fn read(path: &Path) -> io::Result<Vec<LeadId>> {
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let read = |line: &str| {
        let (moment, lead) = line.split_once(' ')?;
        moment.parse::<i64>().ok()?;
        lead.parse().ok().map(LeadId::from_packed)
    };
    Ok(text.lines().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::ids::{VisitorNumber, WorkspaceId};

    #[test]
    fn what_was_added_is_read_also_behind_a_line_that_was_cut_off() {
        let data = tempfile::tempdir().unwrap();
        let lead = |number| LeadId {
            workspace: WorkspaceId(3),
            number: VisitorNumber(number),
        };
        assert_eq!(read(&path(data.path())).unwrap(), []);
        add(data.path(), &[lead(1), lead(2)], UnixMs(1_800_000_000_000)).unwrap();
        let mut file = OpenOptions::new().append(true).open(path(data.path())).unwrap();
        file.write_all(b"18000").unwrap();
        add(data.path(), &[lead(3)], UnixMs(1_800_000_000_001)).unwrap();
        assert_eq!(read(&path(data.path())).unwrap(), [lead(1), lead(2), lead(3)]);
    }
}
