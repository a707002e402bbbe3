//! What a process takes of the machine, as Linux tells it.

use std::{fs, path::PathBuf};

fn of(process: u32, file: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{process}/{file}"))
}

/// Memory that belongs to the process alone, in KiB. Pages of files that it has mapped are the machine's to take back.
pub fn memory_kib(process: u32) -> u64 {
    let status = fs::read_to_string(of(process, "status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number")
}

/// How many files, sockets and the like it has open.
pub fn descriptors(process: u32) -> usize {
    fs::read_dir(of(process, "fd")).expect("it runs").count()
}

/// How many descriptors it may have.
pub fn descriptors_allowed(process: &str) -> u64 {
    let limits = fs::read_to_string(PathBuf::from("/proc").join(process).join("limits")).expect("it runs");
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()).expect("a limit");
    soft.parse().unwrap_or(u64::MAX)
}

/// Time that it has had of the processors, in ticks of a hundredth of a second.
pub fn cpu_ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(of(process, "stat")).expect("it runs");
    let (_, after_name) = stat.rsplit_once(')').expect("a name");
    let fields: Vec<_> = after_name.split_whitespace().collect();
    [11, 12]
        .iter()
        .map(|n| fields[*n].parse::<u64>().expect("a number"))
        .sum()
}

/// What the processors did since the machine started, in ticks.
#[derive(Clone, Copy, Default)]
pub struct Processors {
    all: u64,
    stolen: u64,
}

/// As of now.
pub fn processors() -> Processors {
    let stat = fs::read_to_string("/proc/stat").expect("it is Linux");
    let line = stat.lines().next().expect("a line of all processors");
    // user nice system idle iowait irq softirq steal
    let ticks: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .take(8)
        .map(|ticks| ticks.parse().expect("a number"))
        .collect();
    Processors {
        all: ticks.iter().sum(),
        stolen: ticks[7],
    }
}

impl Processors {
    /// The share that went to other virtual machines on the same processors.
    pub fn stolen_since(self, before: Self) -> f64 {
        (self.stolen - before.stolen) as f64 / (self.all - before.all).max(1) as f64
    }
}
