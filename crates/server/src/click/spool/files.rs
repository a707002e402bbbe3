//! The spool's files: segments in a directory, the newest written, the oldest read.
//!
//! Room for the first thousands of visits is on the disk before they are needed, as zeros that are written over: where the
//! database has no room left, the spool still has.

use super::format::{self, Found, HEADER_BYTES, RECORD_BYTES};
use konektor_core::decide::degraded::Spooled;
use konektor_store::model::ReplayBatch;
use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Bytes of a segment, unless the whole spool may not have many times as much.
const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
const SMALLEST_SEGMENT_BYTES: u64 = 128 * 1024;
const EXTENSION: &str = "spool";

/// A segment that is on the disk.
#[derive(Debug)]
struct Segment {
    path: PathBuf,
    id: i64,
    /// Where the next record goes.
    end: u64,
    /// The next record's place.
    next: u64,
}

/// The segment that is written, with its file.
#[derive(Debug)]
struct Writing {
    segment: Segment,
    file: File,
}

/// The segment that is read.
#[derive(Debug)]
struct Reading {
    id: i64,
    bytes: Vec<u8>,
    found: VecDeque<Found>,
    /// Read up to here.
    to: usize,
    /// Something in it could not be read.
    damaged: bool,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    /// Held as long as this process lives: no other one may take these files for its own.
    _lock: File,
    limit: u64,
    segment_bytes: u64,
    number: u64,
    sealed: VecDeque<Segment>,
    writing: Option<Writing>,
    /// Made before it is needed.
    spare: Option<Writing>,
    reading: Option<Reading>,
    /// Places up to here are recorded in the store, in the segment that is read.
    done: u64,
    id: fn() -> i64,
}

impl Files {
    /// Opens the spool in `directory` and gives what an earlier process left in it to `leftover`, in order. `id` makes
    /// random numbers.
    pub(super) fn open(
        directory: &Path,
        limit: u64,
        id: fn() -> i64,
        mut leftover: impl FnMut(Spooled),
    ) -> io::Result<Self> {
        let (directory, lock) = lock_directory(directory)?;
        let mut files = Self {
            _lock: lock,
            limit,
            segment_bytes: (limit / 4).clamp(SMALLEST_SEGMENT_BYTES, SEGMENT_BYTES),
            number: 0,
            sealed: VecDeque::new(),
            writing: None,
            spare: None,
            reading: None,
            done: 0,
            id,
            directory,
        };
        let entries = std::fs::read_dir(&files.directory)?.collect::<io::Result<Vec<_>>>()?;
        let mut paths: Vec<_> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == EXTENSION));
        paths.sort();
        for path in paths {
            let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
            files.number = files.number.max(number.unwrap_or(0));
            files.take_over(path, &mut leftover)?;
        }
        if let Err(error) = files.prepare() {
            tracing::warn!(%error, "the spool could not set room aside; it will be tried again when it is needed");
        }
        Ok(files)
    }

    /// Takes a segment over that an earlier process left.
    fn take_over(&mut self, path: PathBuf, leftover: &mut impl FnMut(Spooled)) -> io::Result<()> {
        let bytes = std::fs::read(&path)?;
        let id = match format::read_header(&bytes) {
            Ok(id) => id,
            Err(error) => {
                let to = self.set_aside(&path)?;
                tracing::error!(
                    file = %to.display(), %error,
                    "a spool segment cannot be read and was set aside: its visits are not recorded; move it back and start the konektor that wrote it"
                );
                return Ok(());
            }
        };
        let scan = format::scan(&bytes, id, HEADER_BYTES);
        if scan.torn > 0 {
            tracing::warn!(file = %path.display(), bytes = scan.torn, "a record at the end of a spool segment is torn; it was not acknowledged");
        }
        let Some(last) = scan.found.last() else {
            return std::fs::remove_file(path);
        };
        for found in &scan.found {
            if let Ok(spooled) = serde_json::from_slice(&bytes[found.content.clone()]) {
                leftover(spooled);
            }
        }
        let (end, next) = (scan.end as u64, last.place + 1);
        self.sealed.push_back(Segment { path, id, end, next });
        Ok(())
    }

    /// Keeps a file out of the way, and says where.
    fn set_aside(&self, path: &Path) -> io::Result<PathBuf> {
        let to = self.aside()?.join(path.file_name().unwrap_or_default());
        std::fs::rename(path, &to)?;
        Ok(to)
    }

    /// Keeps visits in a file of their own, and is done with them.
    pub(super) fn set_visits_aside(&mut self, refused: &ReplayBatch) -> io::Result<Vec<i64>> {
        let aside = self.aside()?;
        let to = aside.join(format!("refused-{}-{}.json", refused.segment as u64, refused.first));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&to)?;
        serde_json::to_writer(&file, &refused.visits)?;
        file.sync_all()?;
        tracing::error!(file = %to.display(), visits = refused.visits.len(), "the database refuses visits from the spool; they are kept aside and are not recorded");
        self.done(refused.segment, refused.first + refused.visits.len() as u64)
    }

    fn aside(&self) -> io::Result<PathBuf> {
        let aside = self.directory.join("aside");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&aside)?;
        Ok(aside)
    }

    /// Visits that wait.
    pub(super) fn visits(&self) -> u64 {
        let all: u64 = self.segments().map(|segment| segment.next).sum();
        all - self.done.min(all)
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> u64 {
        self.segments().map(|segment| segment.end - HEADER_BYTES as u64).sum()
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.sealed.iter().chain(self.writing.iter().map(|w| &w.segment))
    }

    /// Appends records and syncs them. None of them counts as written if this fails.
    pub(super) fn append(&mut self, mut contents: &[Vec<u8>]) -> io::Result<()> {
        let size = |content: &Vec<u8>| (content.len() + RECORD_BYTES) as u64;
        let all: u64 = contents.iter().map(size).sum();
        if self.bytes() + all > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "the spool is full (spool_max_mb)",
            ));
        }
        let most = self.segment_bytes - HEADER_BYTES as u64;
        if contents.iter().any(|content| size(content) > most) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a visit is larger than a segment",
            ));
        }
        while let Some(first) = contents.first() {
            let room = self.room()?;
            if size(first) > room {
                self.seal();
                continue;
            }
            let mut sum = 0;
            let fit = contents.iter().take_while(|content| {
                sum += size(content);
                sum <= room
            });
            let (now, later) = contents.split_at(fit.count());
            self.write(now)?;
            contents = later;
        }
        Ok(())
    }

    /// Bytes that are left in the segment that is written; makes one if there is none.
    fn room(&mut self) -> io::Result<u64> {
        if self.writing.is_none() {
            self.writing = match self.spare.take() {
                Some(spare) => Some(spare),
                None => Some(self.make()?),
            };
        }
        let end = self.writing.as_ref().map_or(0, |writing| writing.segment.end);
        Ok(self.segment_bytes.saturating_sub(end))
    }

    fn seal(&mut self) {
        if let Some(Writing { segment, .. }) = self.writing.take() {
            self.sealed.push_back(segment);
        }
    }

    fn write(&mut self, contents: &[Vec<u8>]) -> io::Result<()> {
        let Some(Writing { segment, file }) = &mut self.writing else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        for (place, content) in (segment.next..).zip(contents) {
            format::write_record(&mut bytes, segment.id, place, content);
        }
        let written = file.write_all_at(&bytes, segment.end).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // After a failed sync nobody knows what is on the disk: what comes next goes to another segment.
            self.abandon();
            return Err(error);
        }
        segment.end += bytes.len() as u64;
        segment.next += contents.len() as u64;
        Ok(())
    }

    /// Writes no further to this segment. One without records is kept: it still has its room.
    fn abandon(&mut self) {
        if self.writing.as_ref().is_some_and(|writing| writing.segment.next > 0) {
            self.seal();
        }
    }

    /// Sets room aside before it is needed.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        let is_half_full = |w: &Writing| w.segment.end > self.segment_bytes / 2;
        if self.writing.is_none() {
            self.room()?;
        } else if self.spare.is_none() && self.writing.as_ref().is_some_and(is_half_full) {
            self.spare = Some(self.make()?);
        }
        Ok(())
    }

    fn make(&mut self) -> io::Result<Writing> {
        self.number += 1;
        let path = self.directory.join(format!("{:010}.{EXTENSION}", self.number));
        let id = (self.id)();
        let made = make_file(&path, id, self.segment_bytes);
        if made.is_err() {
            let _ = std::fs::remove_file(&path); // half of one is of no use
        }
        let (file, end) = (made?, HEADER_BYTES as u64);
        File::open(&self.directory)?.sync_all()?;
        let segment = Segment { path, id, end, next: 0 };
        Ok(Writing { segment, file })
    }

    /// The oldest visits that are not done, at most `most` and without a gap in their places. Until they are done they are
    /// the next again.
    pub(super) fn read(&mut self, most: usize) -> io::Result<Option<ReplayBatch>> {
        loop {
            let Some((id, next)) = self.segments().next().map(|first| (first.id, first.next)) else {
                return Ok(None);
            };
            self.read_on(id)?;
            let batch = self.reading.as_mut().and_then(|reading| reading.batch(most));
            if batch.is_some() || self.done >= next {
                return Ok(batch);
            }
            // Nothing in the rest of it can be read.
            self.done = next;
            self.finish()?;
        }
    }

    /// Reads what of the segment has not been read yet.
    fn read_on(&mut self, id: i64) -> io::Result<()> {
        let first = self
            .segments()
            .next()
            .map(|first| (first.end as usize, first.path.clone()));
        let Some((end, path)) = first else { return Ok(()) };
        let mut reading = match self.reading.take().filter(|reading| reading.id == id) {
            Some(reading) => reading,
            None => Reading {
                id,
                bytes: Vec::new(),
                found: VecDeque::new(),
                to: HEADER_BYTES,
                damaged: false,
            },
        };
        if reading.bytes.len() < end {
            let from = reading.bytes.len();
            reading.bytes.resize(end, 0);
            File::open(path)?.read_exact_at(&mut reading.bytes[from..], from as u64)?;
        }
        if reading.to < end {
            let scan = format::scan(&reading.bytes, id, reading.to);
            reading.damaged |= scan.damaged + scan.torn > 0;
            let is_open = |found: &Found| found.place >= self.done;
            reading.found.extend(scan.found.into_iter().filter(is_open));
            reading.to = end;
        }
        self.reading = Some(reading);
        Ok(())
    }

    /// Visits of `segment` before `place` are recorded. Gives the segments that are over with that.
    pub(super) fn done(&mut self, segment: i64, place: u64) -> io::Result<Vec<i64>> {
        if self.segments().next().is_none_or(|first| first.id != segment) {
            return Ok(Vec::new());
        }
        self.done = self.done.max(place);
        if let Some(reading) = &mut self.reading {
            reading.found.retain(|found| found.place >= place);
        }
        self.finish()
    }

    /// Removes the oldest segment if all of it is done.
    fn finish(&mut self) -> io::Result<Vec<i64>> {
        let Some(first) = self.segments().next() else {
            return Ok(Vec::new());
        };
        if self.done < first.next {
            return Ok(Vec::new());
        }
        if self.sealed.is_empty() {
            // The one that is written: another takes its place, unless there is no room for one; then it goes on.
            let next = match self.spare.take() {
                Some(spare) => spare,
                None => self.make()?,
            };
            self.seal();
            self.writing = Some(next);
        }
        let damaged = self.reading.take().is_some_and(|reading| reading.damaged);
        self.done = 0;
        let Some(over) = self.sealed.pop_front() else {
            return Ok(Vec::new());
        };
        if damaged {
            // The store goes on knowing that the rest of it is recorded.
            let to = self.set_aside(&over.path)?;
            tracing::error!(file = %to.display(), "some visits in a spool segment could not be read; it is kept, the others are recorded");
            return Ok(Vec::new());
        }
        std::fs::remove_file(&over.path)?;
        File::open(&self.directory)?.sync_all()?;
        Ok(vec![over.id])
    }
}

impl Reading {
    /// Its oldest visits that are not done.
    fn batch(&mut self, most: usize) -> Option<ReplayBatch> {
        let mut visits = Vec::new();
        let mut first = None;
        while let Some(found) = self.found.get(visits.len()) {
            let start = *first.get_or_insert(found.place);
            if visits.len() >= most || found.place != start + visits.len() as u64 {
                break;
            }
            match serde_json::from_slice(&self.bytes[found.content.clone()]) {
                Ok(visit) => visits.push(visit),
                Err(_) if visits.is_empty() => {
                    self.damaged = true;
                    self.found.pop_front();
                    first = None;
                }
                Err(_) => break,
            }
        }
        let (segment, first) = (self.id, first?);
        Some(ReplayBatch { segment, first, visits })
    }
}

/// The first directory below `root` that no other process uses: each server that shares a data directory has its own.
fn lock_directory(root: &Path) -> io::Result<(PathBuf, File)> {
    for n in 0.. {
        let directory = root.join(n.to_string());
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        let path = directory.join("lock");
        let mut options = OpenOptions::new();
        let lock = options
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match lock.try_lock() {
            Ok(()) => return Ok((directory, lock)),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::ErrorKind::ResourceBusy.into())
}

fn make_file(path: &Path, id: i64, size: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&format::header(id))?;
    let zeros = [0; 64 * 1024];
    let mut left = size.saturating_sub(HEADER_BYTES as u64);
    while left > 0 {
        let some = &zeros[..left.min(zeros.len() as u64) as usize];
        file.write_all(some)?;
        left -= some.len() as u64;
    }
    file.sync_all()?;
    Ok(file)
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
