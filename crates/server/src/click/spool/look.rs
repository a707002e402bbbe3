//! What waits in a spool, seen from another process: it only reads, and takes no lock.

use super::{
    aside::{DIRECTORY, entries},
    format,
};
use konektor_core::{decide::degraded::Spooled, time::UnixMs};
use std::{io, path::Path};

/// Visits that wait below the data directory, and since when the oldest of them does; `None` if none waits. What a running
/// server has recorded of a segment but not yet removed is among them, for the moment that it takes.
pub fn waiting(data: &Path) -> io::Result<Option<(u64, UnixMs)>> {
    let (mut visits, mut oldest) = (0, None::<UnixMs>);
    for server in entries(&data.join(DIRECTORY))? {
        for file in entries(&server)? {
            if file.extension().is_none_or(|extension| extension != "spool") {
                continue;
            }
            let bytes = match std::fs::read(&file) {
                Ok(bytes) => bytes,
                // Recorded and removed meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let Ok(id) = format::read_header(&bytes) else { continue };
            for found in format::scan(&bytes, id, format::HEADER_BYTES).found {
                visits += 1;
                let visit = serde_json::from_slice::<Spooled>(&bytes[found.content]).ok();
                let at = visit.map(|visit| visit.at);
                oldest = oldest.into_iter().chain(at).min();
            }
        }
    }
    Ok(oldest.map(|oldest| (visits, oldest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_that_wait_are_counted_and_what_was_set_aside_is_not() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(waiting(data.path()).unwrap(), None, "there is no spool yet");
        let (server, aside) = (data.path().join("spool/0"), data.path().join("spool/0/aside"));
        std::fs::create_dir_all(&aside).unwrap();
        let visit = |at: i64| {
            let facts = serde_json::json!({
                "by": "new", "why": "degraded", "host": "localhost",
                "touch": konektor_core::attribution::Touch::default(),
            });
            let visit = serde_json::json!({ "at": at, "workspace": 1, "rotator": 7, "facts": facts });
            serde_json::to_vec(&visit).unwrap()
        };
        let mut bytes = format::header(5).to_vec();
        for (place, at) in [(0, 3_000), (1, 2_000)] {
            format::write_record(&mut bytes, 5, place, &visit(at));
        }
        bytes.extend([0; 500]);
        std::fs::write(server.join("1.spool"), &bytes).unwrap();
        std::fs::write(aside.join("2.spool"), &bytes).unwrap();
        std::fs::write(server.join("3.spool"), b"broken").unwrap();
        assert_eq!(waiting(data.path()).unwrap(), Some((2, UnixMs(2_000))));
    }
}
