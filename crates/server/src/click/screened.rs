//! Counting what is not counted: requests that are not people's, and links that are not there.

use konektor_core::{
    ids::RotatorId,
    routing::Rotator,
    screening::Class,
    time::{Day, UnixMs},
};
use konektor_store::model::{Sample, Screened};
use std::{
    collections::HashMap,
    fmt::Display,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Mutex,
};

/// Samples of a day, of each rotator and reason: of as many different user agents. One crawler that comes every second says
/// nothing new, and is not written down every second.
const SAMPLES: usize = 8;

/// How a sample's network is written below its headers. No header can look like it: their names have no brackets.
const NETWORK: &str = "(network ";

/// The line that says it.
pub fn network_line(network: impl Display) -> String {
    format!("{NETWORK}{network})\n")
}

/// The network of a sample, if it has one.
pub fn network_of_sample(request: &str) -> Option<&str> {
    request.lines().last()?.strip_prefix(NETWORK)?.strip_suffix(')')
}

/// The user agent of a sample.
pub fn user_agent_of_sample(request: &str) -> Option<&str> {
    request
        .lines()
        .skip(1)
        .find_map(|line| line.strip_prefix("user-agent: "))
}

/// Counts since the last flush. Bots are few beside people, so one lock among them is no burden.
#[derive(Default)]
pub struct NotCounted {
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    counts: HashMap<(RotatorId, Day, Class), Screened>,
    samples: Vec<Sample>,
    /// Of which user agents there are samples of the day.
    sampled: HashMap<(RotatorId, Class), (Day, Vec<u64>)>,
}

impl NotCounted {
    /// Counts a request; `describe` is only asked for the few that are kept as samples.
    pub fn add(
        &self,
        rotator: &Rotator,
        reason: Class,
        now: UnixMs,
        user_agent: &str,
        describe: impl FnOnce() -> String,
    ) {
        let (workspace, day) = (rotator.workspace.id, now.day_in(&rotator.workspace.time_zone));
        let mut pending = self.pending.lock().expect("counting cannot panic");
        let screened = Screened {
            workspace,
            day,
            rotator: rotator.id,
            reason,
            count: 0,
        };
        pending
            .counts
            .entry((rotator.id, day, reason))
            .or_insert(screened)
            .count += 1;
        if rotator.workspace.is_strict {
            return; // a sample has addresses and click IDs in it
        }
        let mut print = DefaultHasher::new();
        user_agent.hash(&mut print);
        let print = print.finish();
        let sampled = pending.sampled.entry((rotator.id, reason)).or_insert((day, Vec::new()));
        if sampled.0 != day {
            *sampled = (day, Vec::new());
        }
        if sampled.1.len() < SAMPLES && !sampled.1.contains(&print) {
            sampled.1.push(print);
            pending.samples.push(Sample {
                workspace,
                rotator: rotator.id,
                reason,
                at: now,
                request: describe(),
            });
        }
    }

    /// Takes what was counted since the last time.
    pub fn take(&self) -> (Vec<Screened>, Vec<Sample>) {
        let mut pending = self.pending.lock().expect("counting cannot panic");
        (
            std::mem::take(&mut pending.counts).into_values().collect(),
            std::mem::take(&mut pending.samples),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::Server;

    #[tokio::test]
    async fn samples_are_few_a_day_and_of_different_user_agents() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let routing = server.app.routing.load();
        let rotator = routing.rotator(promo.parse().unwrap()).unwrap();
        let not_counted = NotCounted::default();
        let day = |day: i64| UnixMs(1_786_932_000_000 + day * 86_400_000);
        let come = |n: u32, at| not_counted.add(rotator, Class::Bot, at, &format!("Bot{n}/1.0"), || format!("Bot{n}"));
        (0..1_000).for_each(|_| come(1, day(0)));
        let (counts, samples) = not_counted.take();
        assert_eq!((counts[0].count, samples.len()), (1_000, 1));
        (0..1_000).for_each(|n| come(n, day(0)));
        assert_eq!(not_counted.take().1.len(), SAMPLES - 1, "flushing begins no new day");
        come(1, day(1));
        assert_eq!(not_counted.take().1.len(), 1);
    }

    #[test]
    fn a_sample_says_its_network_and_no_header_can() {
        let request = format!("GET /wa/promo\nuser-agent: X\n{}", network_line("203.0.113.0/24"));
        assert_eq!(network_of_sample(&request), Some("203.0.113.0/24"));
        assert_eq!(user_agent_of_sample(&request), Some("X"));
        assert_eq!(network_of_sample("GET /wa/promo\nnetwork: 203.0.113.0/24\n"), None);
    }
}
