//! Visits that were set aside because nobody could record them, and that are of somebody who was erased.

use super::format;
use konektor_core::{decide::degraded::Spooled, ids::LeadId};
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::FileExt,
    path::Path,
};

/// Name of the spool in the data directory.
pub const DIRECTORY: &str = "spool";

/// Removes the visits of these leads from all that was set aside below the data directory.
pub fn forget_aside(data: &Path, leads: &[LeadId]) -> io::Result<()> {
    let leads: BTreeSet<i64> = leads.iter().map(|lead| lead.packed()).collect();
    let is_meant = |visit: &Spooled| visit.lead().is_some_and(|lead| leads.contains(&lead.packed()));
    for server in entries(&data.join(DIRECTORY))? {
        for file in entries(&server.join("aside"))? {
            match file.extension().and_then(|extension| extension.to_str()) {
                Some("json") => forget_refused(&file, &is_meant)?,
                Some("spool") => forget_damaged(&file, &is_meant)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// The files of a directory; none where there is no directory.
pub(super) fn entries(directory: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    match std::fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn forget_refused(path: &Path, is_meant: &impl Fn(&Spooled) -> bool) -> io::Result<()> {
    let Ok(visits) = serde_json::from_slice::<Vec<Spooled>>(&std::fs::read(path)?) else {
        return Ok(()); // not ours
    };
    let count = visits.len();
    let left: Vec<_> = visits.into_iter().filter(|visit| !is_meant(visit)).collect();
    if left.len() == count {
        return Ok(());
    }
    // In place: another file would leave the old one's bytes on the disk for longer.
    let mut text = serde_json::to_vec(&left)?;
    let mut file = OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len() as usize;
    let shorter = text.len();
    text.resize(length.max(shorter), b' ');
    file.write_all(&text)?;
    file.sync_all()?;
    file.set_len(shorter as u64)?;
    file.sync_all()
}

/// A segment in which something could not be read: the records that can be, written over with zeros.
fn forget_damaged(path: &Path, is_meant: &impl Fn(&Spooled) -> bool) -> io::Result<()> {
    let bytes = std::fs::read(path)?;
    let Ok(id) = format::read_header(&bytes) else {
        return Ok(());
    };
    let file: File = OpenOptions::new().write(true).open(path)?;
    for found in format::scan(&bytes, id, format::HEADER_BYTES).found {
        let content = &bytes[found.content.clone()];
        if serde_json::from_slice(content).is_ok_and(|visit| is_meant(&visit)) {
            file.write_all_at(&vec![0; content.len()], found.content.start as u64)?;
        }
    }
    file.sync_all()
}
