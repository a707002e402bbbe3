//! Every operation on a file fails once: the n-th of a flow, for every n, of what the server asks the store for. No wrong state
//! is left, nothing panics, and who asked is told.
//!
//! A library is preloaded (`fail.c`) into a process that runs the flows (`flows.rs`) on copies of one prepared database. After
//! each failure the files are looked at twice: as a kill at that moment leaves them, opened anew; and as they are when the same
//! process goes on with a disk that is well again. Each time all of a step is there or none of it, and in the end what would be
//! there had nothing failed.
//!
//! All of them, in some minutes: `KONEKTOR_FAULTS=all cargo test -p konektor-store --test faults -- --nocapture`. The second third of
//! them: `KONEKTOR_FAULTS=2/3`; one flow: `FAULTS_FLOW='a backup'` besides.

#[path = "../common/mod.rs"]
mod common;
mod dump;
mod flows;
mod run;
mod shim;
mod world;

use std::process::{Command, Stdio};

/// Processes that run flows beside one another.
const PARTS: usize = 2;

#[test]
fn whichever_operation_fails_nothing_is_half_done_and_it_is_said() {
    // In the short form some of the flows, and some of their operations.
    let wanted = std::env::var("KONEKTOR_FAULTS").ok();
    let (of, parts, every) = match wanted.as_deref().map(|wanted| wanted.split_once('/')) {
        None => (1, 4, 9),
        Some(None) => (1, 1, 1),
        Some(Some((of, parts))) => (of.parse().expect("a number"), parts.parse().expect("a number"), 1),
    };
    let directory = tempfile::tempdir().expect("a directory");
    let library = shim::library(directory.path());
    let children: Vec<_> = (0..PARTS)
        .map(|part| {
            let mut child = Command::new(std::env::current_exe().expect("it has a name"));
            child
                .args(["--exact", "the_flows", "--nocapture"])
                .env("LD_PRELOAD", &library)
                .env("FAULTS_DIRECTORY", directory.path())
                .env(
                    "FAULTS_PART",
                    format!("{} {} {every}", (of - 1) * PARTS + part, parts * PARTS),
                )
                .stdout(Stdio::piped());
            child.spawn().expect("it starts")
        })
        .collect();
    let (mut ran, mut operations, mut failed, mut surfaced) = (0, 0, 0, 0);
    for child in children {
        let ended = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(ended.status.success(), "{said}");
        print!("{said}");
        let sums = said
            .lines()
            .find_map(|line| line.strip_prefix("sum "))
            .expect("its sums");
        let sums: Vec<u64> = sums.split(' ').map(|n| n.parse().expect("a number")).collect();
        ran += sums[0];
        operations += sums[1];
        failed += sums[2];
        surfaced += sums[3];
    }
    println!(
        "{ran} flows with {operations} operations: {failed} failures, of which {surfaced} came to an error; no wrong state, no panic"
    );
    assert!(failed > 0 && surfaced * 2 > failed, "most failures come to an error");
}

/// The child: nothing to do unless the test above started it.
#[tokio::test]
async fn the_flows() {
    let Ok(part) = std::env::var("FAULTS_PART") else { return };
    let part: Vec<usize> = part.split(' ').map(|n| n.parse().expect("a number")).collect();
    let figures = run::run(part[0], part[1], part[2] as u64).await;
    println!(
        "sum {} {} {} {}",
        figures.flows, figures.operations, figures.failed, figures.surfaced
    );
}
