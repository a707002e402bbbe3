use super::*;
use konektor_core::{
    click::{ClickFacts, RecognisedBy, Why},
    ids::{AgentId, RotatorId, VisitorNumber, WorkspaceId},
    time::UnixMs,
};
use proptest::prelude::*;
use std::collections::VecDeque;

fn visit(n: u64) -> Spooled {
    let facts = serde_json::json!({
        "by": RecognisedBy::New, "why": Why::Degraded, "host": "localhost",
        "touch": konektor_core::attribution::Touch::default(),
    });
    Spooled {
        click: None,
        at: UnixMs(n as i64),
        workspace: WorkspaceId(1),
        number: Some(VisitorNumber(n)),
        rotator: RotatorId(1),
        agent: Some(AgentId(1)),
        print: None,
        facts: serde_json::from_value::<ClickFacts>(facts).unwrap(),
    }
}

fn content(n: u64) -> Vec<u8> {
    serde_json::to_vec(&visit(n)).unwrap()
}

fn id() -> i64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    i64::from_le_bytes(bytes)
}

fn open(directory: &Path) -> (Files, Vec<u64>) {
    let mut left = Vec::new();
    let files = Files::open(directory, 1024 * 1024, id, |spooled| left.push(spooled.at.0 as u64));
    (files.unwrap(), left)
}

/// All that can be read, each batch done at once.
fn drain(files: &mut Files, most: usize) -> Vec<u64> {
    let mut read = Vec::new();
    while let Some(batch) = files.read(most).unwrap() {
        let end = batch.first + batch.visits.len() as u64;
        read.extend(batch.visits.iter().map(|visit| visit.at.0 as u64));
        files.done(batch.segment, end).unwrap();
    }
    read
}

fn segments(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory.join("0")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == EXTENSION));
    paths.sort();
    paths
}

#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    Read(u8),
    Crash,
    CrashInAWrite(prop::sample::Index),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is appended and synced is read once, in order, over segments, crashes and torn writes.
    #[test]
    fn it_is_a_queue_that_survives(steps in proptest::collection::vec(
        prop_oneof![
            5 => any::<u8>().prop_map(Step::Append),
            3 => any::<u8>().prop_map(Step::Read),
            1 => Just(Step::Crash),
            1 => any::<prop::sample::Index>().prop_map(Step::CrashInAWrite),
        ], 1..40,
    )) {
        let directory = tempfile::tempdir().unwrap();
        let (mut files, _) = open(directory.path());
        let mut model = VecDeque::new();
        // What the store has of each segment: its own transaction, so a crash does not take it back.
        let mut recorded = std::collections::HashMap::<i64, u64>::new();
        let mut next = 0;
        for step in steps {
            match step {
                Step::Append(n) => {
                    let visits: Vec<_> = (next..next + u64::from(n)).collect();
                    if files.append(&visits.iter().map(|n| content(*n)).collect::<Vec<_>>()).is_ok() {
                        model.extend(visits);
                    }
                    next += u64::from(n);
                }
                Step::Read(most) => {
                    let Some(batch) = files.read(usize::from(most) + 1).unwrap() else {
                        prop_assert!(model.is_empty());
                        continue;
                    };
                    let known = recorded.entry(batch.segment).or_default();
                    let skip = known.saturating_sub(batch.first) as usize;
                    for visit in batch.visits.iter().skip(skip) {
                        prop_assert_eq!(Some(visit.at.0 as u64), model.pop_front());
                    }
                    *known = (*known).max(batch.first + batch.visits.len() as u64);
                    files.done(batch.segment, *known).unwrap();
                    prop_assert!(files.visits() >= model.len() as u64);
                }
                Step::Crash => {
                    drop(files);
                    (files, _) = open(directory.path());
                }
                Step::CrashInAWrite(at) => {
                    let writing = files.writing.as_ref().map(|w| (w.segment.path.clone(), w.segment.end, w.segment.id, w.segment.next));
                    drop(files);
                    if let Some((path, end, id, place)) = writing.filter(|(_, end, ..)| *end + 4_096 < 256 * 1024) {
                        let mut bytes = Vec::new();
                        format::write_record(&mut bytes, id, place, &content(999_999));
                        let torn = at.index(bytes.len());
                        let file = OpenOptions::new().write(true).open(path).unwrap();
                        file.write_all_at(&bytes[..torn], end).unwrap();
                    }
                    (files, _) = open(directory.path());
                }
            }
        }
        while let Some(batch) = files.read(64).unwrap() {
            let known = recorded.get(&batch.segment).copied().unwrap_or(0);
            let end = batch.first + batch.visits.len() as u64;
            for visit in batch.visits.iter().skip(known.saturating_sub(batch.first) as usize) {
                prop_assert_eq!(Some(visit.at.0 as u64), model.pop_front());
            }
            files.done(batch.segment, end).unwrap();
        }
        prop_assert!(model.is_empty(), "{:?}", model);
        prop_assert_eq!((files.visits(), files.bytes()), (0, 0));
    }
}

#[test]
fn it_is_bounded_and_has_room_again_when_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let (mut files, _) = open(directory.path());
    let mut written = 0;
    let full = loop {
        match files.append(&[content(written)]) {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    assert!(segments(directory.path()).len() >= 4 && files.bytes() <= 1024 * 1024);
    assert_eq!(drain(&mut files, 100), (0..written).collect::<Vec<_>>());
    assert_eq!(
        segments(directory.path()).len(),
        1,
        "only the one that is written is left"
    );
    files.append(&[content(7)]).unwrap();
    assert_eq!(drain(&mut files, 100), [7]);
}

#[test]
fn what_an_earlier_process_left_is_told_and_read() {
    let directory = tempfile::tempdir().unwrap();
    let (mut files, left) = open(directory.path());
    assert!(left.is_empty());
    files.append(&(0..10).map(content).collect::<Vec<_>>()).unwrap();
    drop(files);
    let (mut files, left) = open(directory.path());
    assert_eq!((left, files.visits()), ((0..10).collect(), 10));
    assert_eq!(drain(&mut files, 3), (0..10).collect::<Vec<_>>());
    drop(files);
    assert!(open(directory.path()).1.is_empty());
}

#[test]
fn an_unknown_version_is_kept_aside() {
    let directory = tempfile::tempdir().unwrap();
    let (mut files, _) = open(directory.path());
    files.append(&[content(1)]).unwrap();
    drop(files);
    let path = segments(directory.path()).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8] = 77;
    std::fs::write(&path, &bytes).unwrap();
    let (mut files, left) = open(directory.path());
    assert!(left.is_empty() && files.read(1).unwrap().is_none());
    let aside = directory.path().join("0/aside").join(path.file_name().unwrap());
    assert_eq!(std::fs::read(aside).unwrap(), bytes);
}

#[test]
fn a_damaged_record_costs_itself_and_its_segment_is_kept() {
    let directory = tempfile::tempdir().unwrap();
    let (mut files, _) = open(directory.path());
    files.append(&(0..10).map(content).collect::<Vec<_>>()).unwrap();
    drop(files);
    let path = segments(directory.path()).remove(0);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[HEADER_BYTES + (RECORD_BYTES + content(0).len()) * 4 + RECORD_BYTES + 5] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let (mut files, _) = open(directory.path());
    assert_eq!(drain(&mut files, 100), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
    assert!(
        directory
            .path()
            .join("0/aside")
            .join(path.file_name().unwrap())
            .exists()
    );
}

#[test]
fn two_processes_have_a_directory_each() {
    let directory = tempfile::tempdir().unwrap();
    let (_first, _) = open(directory.path());
    let (second, _) = open(directory.path());
    assert_eq!(second.directory, directory.path().join("1"));
}
