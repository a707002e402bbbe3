//! The time of a server that has `shift.c` preloaded.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

const ROWS: u64 = 255;
const ROW_BYTES: u64 = 16;

/// How far a server's clocks are ahead of this machine's.
pub struct Time {
    file: File,
    row: u8,
    wall_ms: i64,
    steady_ms: i64,
    directory: tempfile::TempDir,
}

impl Time {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clock/shift.c");
        // The C compiler that the embedded SQLite is built by is there.
        let compiled = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .args([directory.path().join("libshift.so"), source])
            .status();
        assert!(compiled.expect("cc is there").success());
        let file = File::create_new(directory.path().join("shift")).expect("a new file");
        file.set_len(ROW_BYTES * (ROWS + 1)).expect("room");
        Self {
            file,
            row: 0,
            wall_ms: 0,
            steady_ms: 0,
            directory,
        }
    }

    /// What preloads it.
    pub fn settings(&self) -> [(&'static str, PathBuf); 2] {
        [
            ("LD_PRELOAD", self.directory.path().join("libshift.so")),
            ("CLOCK_SHIFT", self.directory.path().join("shift")),
        ]
    }

    /// The wall clock is set, by so much.
    pub fn jumps(&mut self, by_ms: i64) {
        self.wall_ms += by_ms;
        self.write();
    }

    /// Time passes: both clocks go on.
    pub fn passes(&mut self, ms: i64) {
        self.wall_ms += ms;
        self.steady_ms += ms;
        self.write();
    }

    /// The right time, and a minute more: a platform refuses events of the future.
    #[expect(clippy::disallowed_methods, reason = "the server's clock is the system's, moved")]
    pub fn right_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond() + self.steady_ms + 60_000
    }

    /// Both clocks change at once: the row is there before it is in force.
    fn write(&mut self) {
        self.row += 1;
        let at = ROW_BYTES * (1 + u64::from(self.row));
        let row = [self.wall_ms.to_ne_bytes(), self.steady_ms.to_ne_bytes()].concat();
        self.file.write_all_at(&row, at).expect("it can be written");
        self.file.write_all_at(&[self.row], 0).expect("it can be written");
    }
}
