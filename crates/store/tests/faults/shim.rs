//! The preloaded library that lets operations on files fail (`fail.c`): compiled here, told what to do by reading links.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What becomes of the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The disk answers with an error, once.
    ErrorOnce,
    /// The disk is full from then on; what does not write has an error.
    FullFromThenOn,
}

impl Fault {
    pub const ALL: [Self; 2] = [Self::ErrorOnce, Self::FullFromThenOn];

    fn words(self) -> &'static str {
        match self {
            Self::ErrorOnce => "5/0",       // EIO
            Self::FullFromThenOn => "28/1", // ENOSPC
        }
    }
}

/// Compiles the library. The C compiler that the embedded SQLite is built by is there.
pub fn library(directory: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/fail.c");
    let library = directory.join("libfail.so");
    let compiled = Command::new("cc")
        .args(["-O1", "-shared", "-fPIC", "-o"])
        .args([library.as_path(), source.as_path()])
        .arg("-ldl")
        .status();
    assert!(compiled.expect("cc is there").success());
    library
}

/// Counts operations from here on, and none fails.
pub fn count() {
    tell("arm/0/5/0");
}

/// Counts operations from here on, and lets the `n`-th fail.
pub fn arm(n: u64, fault: Fault) {
    tell(&format!("arm/{n}/{}", fault.words()));
}

/// Ends it: how many operations there were, and how many of them failed.
pub fn stop() -> (u64, u64) {
    let said = tell("stop");
    let (operations, failed) = said.split_once(' ').expect("two numbers");
    (operations.parse().expect("a number"), failed.parse().expect("a number"))
}

fn tell(what: &str) -> String {
    let answer = std::fs::read_link(format!("/faults/{what}"));
    answer.expect("the library is loaded").to_string_lossy().into_owned()
}
