//! Runs a flow again and again, with another operation failing each time, and looks at what is left.

use crate::{
    dump::{check, difference, dump},
    flows::{Begin, FLOWS, Flow, Kind},
    shim::{self, Fault},
    world::{Shop, Told, World, prepare},
};
use konektor_store::StoreError;
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

static PANICS: AtomicUsize = AtomicUsize::new(0);
/// A step that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was tried, in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub flows: u64,
    pub operations: u64,
    pub failed: u64,
    pub surfaced: u64,
}

/// A directory with the shop as it is before a flow.
pub struct Stage {
    root: tempfile::TempDir,
    shop: Shop,
    told: Told,
    runs: u64,
    problems: Vec<String>,
}

impl Stage {
    /// Prepares the shop in the directory that the library watches.
    pub async fn prepare() -> Self {
        let root = tempfile::Builder::new()
            .tempdir_in(std::env::var("FAULTS_DIRECTORY").expect("the parent said where"))
            .expect("a directory");
        let before = root.path().join("before");
        std::fs::create_dir(&before).expect("a directory");
        let (shop, told) = prepare(&before).await;
        let mut stage = Self {
            root,
            shop,
            told,
            runs: 0,
            problems: Vec::new(),
        };
        stage.prepare_killed().await;
        std::panic::set_hook(Box::new(|panic| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            eprintln!("{panic}");
        }));
        stage
    }

    /// The shop as a kill leaves it, a moment after visitors came.
    async fn prepare_killed(&mut self) {
        let mut world = self.world(&self.root.path().join("before"), "living");
        world.open().expect("it opens");
        let visits = (0..5).map(|n| world.visitor(-300 + n, &format!("fbclid=IwKilled{n}")));
        world.visit(visits.collect()).await.expect("nothing fails yet");
        copy_files(&world.directory, &self.root.path().join("killed"));
        world.close().await.expect("nothing fails yet");
    }

    /// A copy of a directory, with nobody in it.
    fn world(&self, from: &Path, name: &str) -> World {
        let directory = self.root.path().join(name);
        let _ = std::fs::remove_dir_all(&directory);
        copy_files(from, &directory);
        World::at(&directory, self.shop.clone(), self.told.clone())
    }

    fn begin(&mut self, flow: &Flow) -> World {
        self.runs += 1;
        let from = match flow.begin {
            Begin::Open | Begin::Closed => "before",
            Begin::Killed => "killed",
            Begin::Empty => "nothing",
        };
        let mut world = self.world(&self.root.path().join(from), &format!("run{}", self.runs % 2));
        if flow.begin == Begin::Open {
            world.open().expect("nothing fails yet");
        }
        world
    }

    /// Runs a flow with each `every`-th of its operations failing, in each way.
    pub async fn run(&mut self, flow: &Flow, every: u64) -> Figures {
        // As it should be: what is there before it and after each of its steps.
        let mut world = self.begin(flow);
        let mut states = vec![dump(&world.path())];
        for n in 0..flow.steps.len() {
            step(flow, n, &mut world).await.expect("nothing fails yet");
            states.push(dump(&world.path()));
        }
        world.close().await.expect("nothing fails yet");
        // The number of its operations.
        let mut world = self.begin(flow);
        shim::count();
        for n in 0..flow.steps.len() {
            step(flow, n, &mut world).await.expect("nothing fails yet");
        }
        let (operations, _) = shim::stop();
        world.close().await.expect("nothing fails yet");
        assert!(operations > 0, "{}: nothing could fail", flow.name);

        let mut figures = Figures {
            flows: 1,
            operations,
            ..Figures::default()
        };
        for fault in Fault::ALL {
            for n in (1 + self.runs % every..=operations).step_by(every as usize) {
                figures.failed += 1;
                match self.fail(flow, &states, n, fault).await {
                    Ok(surfaced) => figures.surfaced += u64::from(surfaced),
                    Err(problem) => {
                        eprintln!("{problem}");
                        self.problems.push(problem);
                    }
                }
            }
        }
        figures
    }

    /// Lets operation `n` fail. Whether an error came of it, or what is wrong.
    async fn fail(&mut self, flow: &Flow, states: &[Vec<String>], n: u64, fault: Fault) -> Result<bool, String> {
        let what = format!("{}, operation {n}, {fault:?}", flow.name);
        let mut world = self.begin(flow);
        shim::arm(n, fault);
        let mut done = 0;
        let mut error = None;
        while done < flow.steps.len() && error.is_none() {
            match step(flow, done, &mut world).await {
                Ok(()) => done += 1,
                Err(said) => error = Some(said),
            }
        }
        let (_, failed) = shim::stop();
        let said = error.as_ref().map_or("no error".to_owned(), ToString::to_string);
        let what = format!("{what} ({said})");
        if PANICS.swap(0, Ordering::Relaxed) > 0 {
            return Err(format!("{what}: it panicked"));
        }
        if error.is_some() && failed == 0 {
            return Err(format!("{what}: although nothing failed"));
        }
        // A kill at this moment: what is on disk, in another place, opened anew.
        let image = self.root.path().join("image");
        let _ = std::fs::remove_dir_all(&image);
        copy_files(&world.directory, &image);
        let mut reopened = World::at(&image, world.shop.clone(), world.told.clone());
        let finished = finish(flow, states, done, &mut reopened).await;
        finished.map_err(|problem| format!("{what}, after a kill: {problem}"))?;
        // And as it goes on, once the disk is well again.
        let finished = finish(flow, states, done, &mut world).await;
        finished.map_err(|problem| format!("{what}, going on: {problem}"))?;
        Ok(error.is_some())
    }
}

/// Goes on behind the steps that were done, with nothing failing any more, to the end: and then all is as it should be.
async fn finish(flow: &Flow, states: &[Vec<String>], done: usize, world: &mut World) -> Result<(), String> {
    let mut next = done;
    if flow.kind == Kind::Whole {
        let found = dump(&world.path());
        let after = (done + 1).min(flow.steps.len());
        if found == states[after] {
            next = after;
        } else if found != states[done] {
            let differs = difference(&states[done], &found);
            return Err(format!("a part of step {done} is there\n{differs}"));
        }
    }
    let said = |error: StoreError| error.to_string();
    let opens_itself = flow.begin != Begin::Open && next == 0;
    if !opens_itself && !world.is_open() && next < flow.steps.len() {
        world.open().map_err(said)?;
    }
    for n in next..flow.steps.len() {
        step(flow, n, world)
            .await
            .map_err(|error| format!("step {n} fails too: {error}"))?;
    }
    if flow.kind == Kind::Visits {
        if !world.is_open() {
            world.open().map_err(said)?;
        }
        world.fold().await.map_err(said)?;
    }
    world.close().await.map_err(said)?;
    let found = dump(&world.path());
    let wanted = states.last().expect("there is a first");
    match flow.kind {
        Kind::Visits => each_visit_is_there_once(world, &states[0], &found)?,
        Kind::Whole | Kind::Resumed if found == *wanted => {}
        Kind::Whole | Kind::Resumed => {
            return Err(format!(
                "in the end it is not as it should be\n{}",
                difference(wanted, &found)
            ));
        }
    }
    check(&world.path(), world.told.replays)
}

/// Each answered visit has its click, and no other is there.
fn each_visit_is_there_once(world: &World, before: &[String], after: &[String]) -> Result<(), String> {
    let clicks = |lines: &[String], of: &str| {
        let of = format!("{of} ");
        lines
            .iter()
            .filter(|line| line.starts_with("clicks ") && line.contains(&of))
            .count()
    };
    for (lead, answered) in &world.told.answered {
        let of = format!(" lead_id={}", lead.packed());
        let more = clicks(after, &of) - clicks(before, &of);
        if more as u64 != *answered {
            return Err(format!("{more} clicks of {lead:?}, who was sent on {answered} times"));
        }
    }
    let all: u64 = world.told.answered.values().sum();
    let more = clicks(after, "") - clicks(before, "");
    match more as u64 == all {
        true => Ok(()),
        false => Err(format!("{more} clicks for {all} redirects")),
    }
}

async fn step(flow: &Flow, n: usize, world: &mut World) -> Result<(), StoreError> {
    let doing = flow.steps[n](world);
    let done = tokio::time::timeout(PATIENCE, doing).await;
    done.unwrap_or_else(|_| panic!("{}: step {n} hangs", flow.name))
}

/// The files of one moment. A store that is just closing removes its logs, so where one is gone before it is copied, all are copied
/// anew.
fn copy_files(from: &Path, to: &Path) {
    while let Err(error) = try_copy_files(from, to) {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        std::fs::remove_dir_all(to).expect("it can be removed");
    }
}

fn try_copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    let Ok(entries) = std::fs::read_dir(from) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let is_shared_memory = path.to_string_lossy().ends_with("-shm");
        if path.is_file() && !is_shared_memory {
            let name: PathBuf = path.file_name().expect("a name").into();
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Runs every `parts`-th flow, from `part` on, with each `every`-th of its operations failing.
pub async fn run(part: usize, parts: usize, every: u64) -> Figures {
    let mut stage = Stage::prepare().await;
    let mut all = Figures::default();
    let only = std::env::var("FAULTS_FLOW").unwrap_or_default();
    for flow in FLOWS.iter().skip(part).step_by(parts) {
        if !flow.name.contains(&only) {
            continue;
        }
        let figures = stage.run(flow, every).await;
        eprintln!("{}: {figures:?}", flow.name);
        all.flows += figures.flows;
        all.operations += figures.operations;
        all.failed += figures.failed;
        all.surfaced += figures.surfaced;
    }
    let problems = &stage.problems;
    assert!(
        problems.is_empty(),
        "{} wrong states:\n{}",
        problems.len(),
        problems.join("\n\n")
    );
    all
}
