//! The bytes of a segment: a header, then records one after the other, then zeros that wait to be written over.
//!
//! A record says its length, its place and a keyed checksum over both and its content. So a reader finds the end of what was
//! written, a torn last record is none, and what is damaged is passed over up to the next record that is whole. The key is
//! the segment's own random id: what is left on the disk of another file is never taken for a record.

use siphasher::sip::SipHasher13;
use std::{hash::Hasher, ops::Range};

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 32;
/// Bytes of a record before its content.
pub const RECORD_BYTES: usize = 24;
/// The version that this program writes and reads.
pub const VERSION: u32 = 1;
const MAGIC: &[u8; 8] = b"KONKSPOL";
const RECORD: &[u8; 4] = b"VIS\x01";

/// A header that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Something else, or broken.
    #[error("it is not a spool segment, or its header is broken")]
    NotOurs,
    /// Written by another version.
    #[error("it has version {0} of the format; this konektor reads version {VERSION}")]
    Version(u32),
}

/// The header of a segment with this id.
pub fn header(id: i64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[16..24].copy_from_slice(&id.to_le_bytes());
    let check = checksum(0, &[&bytes[..24]]);
    bytes[24..].copy_from_slice(&check.to_le_bytes());
    bytes
}

/// A segment's id, from its header.
pub fn read_header(bytes: &[u8]) -> Result<i64, HeaderError> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(HeaderError::NotOurs)?;
    if !header.starts_with(MAGIC) || checksum(0, &[&header[..24]]) != u64_at(header, 24) {
        return Err(HeaderError::NotOurs);
    }
    match u32_at(header, 8) {
        VERSION => Ok(u64_at(header, 16) as i64),
        other => Err(HeaderError::Version(other)),
    }
}

/// Appends the record with this place and content.
pub fn write_record(into: &mut Vec<u8>, id: i64, place: u64, content: &[u8]) {
    let length = u32::try_from(content.len()).expect("a visit is a few kilobytes");
    into.extend_from_slice(RECORD);
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&place.to_le_bytes());
    let check = checksum(id, &[&length.to_le_bytes(), &place.to_le_bytes(), content]);
    into.extend_from_slice(&check.to_le_bytes());
    into.extend_from_slice(content);
}

/// A record that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the segment, from 0.
    pub place: u64,
    /// Where its content is.
    pub content: Range<usize>,
}

/// What is in a stretch of a segment.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Records, in order.
    pub found: Vec<Found>,
    /// Where the last of them ends.
    pub end: usize,
    /// Bytes between records that belong to none: damage.
    pub damaged: usize,
    /// Bytes after the last record that are not zero: a record that was being written when the power went, or damage.
    pub torn: usize,
}

/// Finds the records of a segment from the byte `from` on.
pub fn scan(bytes: &[u8], id: i64, from: usize) -> Scan {
    let mut scan = Scan {
        end: from,
        ..Scan::default()
    };
    let mut at = from;
    let mut next_place = 0;
    while at < bytes.len() {
        match record_at(bytes, id, at).filter(|found| found.place >= next_place) {
            Some(found) => {
                scan.damaged += written(&bytes[scan.end..at]);
                at = found.content.end;
                scan.end = at;
                next_place = found.place + 1;
                scan.found.push(found);
            }
            None => match find(&bytes[at + 1..], RECORD) {
                Some(distance) => at += 1 + distance,
                None => break,
            },
        }
    }
    scan.torn = written(&bytes[scan.end.min(bytes.len())..]);
    scan
}

/// Bytes up to the last that is not zero.
fn written(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

fn record_at(bytes: &[u8], id: i64, at: usize) -> Option<Found> {
    let head: &[u8; RECORD_BYTES] = bytes.get(at..)?.first_chunk()?;
    if !head.starts_with(RECORD) {
        return None;
    }
    let start = at + RECORD_BYTES;
    let content = start..start.checked_add(u32_at(head, 4) as usize)?;
    let check = checksum(id, &[&head[4..8], &head[8..16], bytes.get(content.clone())?]);
    (check == u64_at(head, 16)).then(|| Found {
        place: u64_at(head, 8),
        content,
    })
}

fn find(bytes: &[u8], wanted: &[u8; 4]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn checksum(id: i64, parts: &[&[u8]]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(id as u64, u64::from(VERSION));
    parts.iter().for_each(|part| hasher.write(part));
    hasher.finish()
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ID: i64 = -4_711;

    fn segment(contents: &[Vec<u8>], zeros: usize) -> (Vec<u8>, Vec<usize>) {
        let mut bytes = header(ID).to_vec();
        let mut ends = Vec::new();
        for (place, content) in contents.iter().enumerate() {
            write_record(&mut bytes, ID, place as u64, content);
            ends.push(bytes.len());
        }
        bytes.resize(bytes.len() + zeros, 0);
        (bytes, ends)
    }

    fn read(bytes: &[u8]) -> (Vec<(u64, Vec<u8>)>, Scan) {
        let scan = scan(bytes, ID, HEADER_BYTES);
        let content = |found: &Found| (found.place, bytes[found.content.clone()].to_vec());
        (scan.found.iter().map(content).collect(), scan)
    }

    fn contents() -> impl Strategy<Value = Vec<Vec<u8>>> {
        // With zeros and with the record's own mark in them, which a visitor could send.
        let part = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            Just(vec![0; 30]),
            Just(RECORD.repeat(3)),
        ];
        let content = proptest::collection::vec(part, 0..3).prop_map(|parts| parts.concat());
        proptest::collection::vec(content, 0..12)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(contents in contents(), zeros in 0..200_usize) {
            let (bytes, ends) = segment(&contents, zeros);
            prop_assert_eq!(read_header(&bytes), Ok(ID));
            let (records, scan) = read(&bytes);
            let wanted: Vec<_> = contents.into_iter().enumerate().map(|(n, c)| (n as u64, c)).collect();
            prop_assert_eq!(records, wanted);
            prop_assert_eq!((scan.damaged, scan.torn), (0, 0));
            prop_assert_eq!(scan.end, ends.last().copied().unwrap_or(HEADER_BYTES));
        }

        /// The power goes in the middle of a write: the records before it are there, and it is not.
        #[test]
        fn a_cut_anywhere_leaves_the_records_before_it(contents in contents(), cut: prop::sample::Index, zeros in 0..200_usize) {
            let (whole, ends) = segment(&contents, 0);
            let cut = HEADER_BYTES + cut.index(whole.len() - HEADER_BYTES + 1);
            let mut bytes = whole[..cut].to_vec();
            bytes.resize(cut + zeros, 0);
            let (records, _) = read(&bytes);
            let before = ends.iter().filter(|end| **end <= cut).count();
            // A tail that happens to be zeros is completed by the zeros that follow it.
            let completed = ends.get(before).filter(|end| bytes.len() >= **end && bytes[..**end] == whole[..**end]);
            let wanted = before + usize::from(completed.is_some());
            prop_assert_eq!(records.len(), wanted);
            for ((place, content), (n, written)) in records.into_iter().zip(contents.into_iter().enumerate()) {
                prop_assert_eq!((place, content), (n as u64, written));
            }
        }

        /// The disk lies: only the record that it lies about is missing, and no record is ever another than was written.
        #[test]
        fn a_flipped_bit_costs_the_record_that_it_is_in(contents in contents(), at: prop::sample::Index, bit in 0..8_u8) {
            let (mut bytes, ends) = segment(&contents, 50);
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if at < HEADER_BYTES {
                prop_assert!(read_header(&bytes).is_err() || at >= 24 && read_header(&bytes) == Ok(ID));
                return Ok(());
            }
            let hit = ends.iter().position(|end| at < *end);
            let (records, scan) = read(&bytes);
            let wanted: Vec<_> = contents
                .into_iter()
                .enumerate()
                .filter(|(n, _)| Some(*n) != hit)
                .map(|(n, c)| (n as u64, c))
                .collect();
            prop_assert_eq!(records, wanted);
            prop_assert!(scan.damaged + scan.torn > 0);
        }

        #[test]
        fn any_bytes_are_safe_to_read(bytes: Vec<u8>, flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), contents in contents()) {
            let _ = read_header(&bytes);
            let _ = read(&bytes);
            let (mut mangled, _) = segment(&contents, 20);
            for (at, byte) in flips {
                let at = HEADER_BYTES + at.index(mangled.len() - HEADER_BYTES);
                mangled[at] = byte;
            }
            let (records, _) = read(&mangled);
            // Whatever is read was written, in its order.
            prop_assert!(records.is_sorted_by_key(|(place, _)| *place));
            for (place, content) in records {
                prop_assert_eq!(Some(&content), contents.get(place as usize));
            }
        }
    }

    #[test]
    fn a_record_of_another_segment_is_none() {
        let (bytes, _) = segment(&[b"visit".to_vec()], 0);
        let scan = scan(&bytes, ID + 1, HEADER_BYTES);
        assert!(scan.found.is_empty() && scan.torn > 0);
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = header(ID);
        bytes[8] = 9;
        let check = checksum(0, &[&bytes[..24]]);
        bytes[24..].copy_from_slice(&check.to_le_bytes());
        assert_eq!(read_header(&bytes), Err(HeaderError::Version(9)));
        assert_eq!(read_header(b"SQLite format 3"), Err(HeaderError::NotOurs));
    }
}
