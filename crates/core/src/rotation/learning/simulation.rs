//! Rotation that learns among agents whose win rates are known: what it is worth, and what it costs whom.
//!
//! It is the rotation itself with its two accounts, and what is learned anew each day from what is known by then. *Regret* is
//! how many more leads the best agent alone would have won, by the known rates: what chance does to single leads is not in it.

use super::*;
use crate::{
    ids::{VisitorNumber, WorkspaceId},
    rotation::Rotation,
    time::UnixMs,
};

const DAYS: usize = 180;
const SEEDS: u64 = 12;

/// A small generator (SplitMix64): a number from 0 to 1.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What came of half a year.
struct Half {
    regret: f64,
    fixed_regret: f64,
    /// The part of the fixed shares' regret that is left in the second half of the time.
    late: f64,
    /// Leads of the one who got the fewest for their share, as a part of it.
    least: f64,
    /// How far a learned share was from its set one, as a part of it: on the average day, of the one who is furthest.
    usual_move: f64,
    held_out: f64,
}

/// Agents of equal set shares who win their leads at these rates, with so many leads a day.
fn simulate(rates: &[f64], leads_a_day: usize, seed: u64) -> Half {
    let mut chance = Chance(seed);
    let settings = Learning::default();
    let shares: Vec<Share> = (1..=rates.len() as i64)
        .map(|id| Share {
            agent: AgentId(id),
            weight: 1,
        })
        .collect();
    let mut rotation = Rotation::default();
    // By day and agent.
    let mut past: Vec<Vec<Tally>> = Vec::new();
    let (mut number, mut held_out, mut moves, mut regret, mut late) = (0, 0, 0.0, 0.0, 0.0);
    let best = rates.iter().copied().fold(0.0, f64::max);
    for day in 0..DAYS {
        let end = day.saturating_sub(usize::from(settings.wait_days));
        let start = end.saturating_sub(usize::from(settings.window_days));
        let tally = |agent: AgentId| {
            let mut sum = Tally::default();
            past[start..end].iter().for_each(|day| sum += day[agent.0 as usize - 1]);
            sum
        };
        let weights = Learned::of((Day(0), Day(0)), &shares, tally).weights(&settings, &shares);
        if let Some(weights) = &weights {
            let total: u32 = weights.iter().sum();
            let part = |weight: &u32| (f64::from(*weight) / f64::from(total) * rates.len() as f64 - 1.0).abs();
            moves += weights.iter().map(part).fold(0.0, f64::max);
        }
        let mut today = vec![Tally::default(); rates.len()];
        for _ in 0..leads_a_day {
            number += 1;
            let lead = LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(number + seed * 1_000_003),
            };
            let arm = match &weights {
                Some(_) if is_held_out(RotatorId(1), lead) => Arm::HeldOut,
                _ => Arm::Shares,
            };
            held_out += usize::from(weights.is_some() && arm == Arm::HeldOut);
            let weight = |at: usize| match (&weights, arm) {
                (Some(weights), Arm::Shares) => weights[at],
                _ => 1,
            };
            let candidates: Vec<Candidate> = shares
                .iter()
                .enumerate()
                .map(|(at, share)| Candidate {
                    agent: share.agent,
                    weight: weight(at),
                })
                .collect();
            let at = rotation.next_of(arm, &candidates, UnixMs(0)).unwrap().0 as usize - 1;
            regret += best - rates[at];
            late += (best - rates[at]) * f64::from(u8::from(day >= DAYS / 2));
            today[at] += Tally {
                leads: 1,
                won: u64::from(chance.next() < rates[at]),
            };
        }
        past.push(today);
    }
    let given = |at: usize| past.iter().map(|day| day[at].leads).sum::<u64>() as f64;
    let all = (DAYS * leads_a_day) as f64;
    let mean = rates.iter().sum::<f64>() / rates.len() as f64;
    let fixed_regret = ((best - mean) * all).max(1e-9);
    Half {
        regret,
        fixed_regret,
        late: late / (fixed_regret / 2.0),
        least: (0..rates.len()).map(given).fold(all, f64::min) / all * rates.len() as f64,
        usual_move: moves / DAYS as f64,
        held_out: held_out as f64 / all,
    }
}

/// The mean of a figure over the seeds.
fn mean(halves: &[Half], figure: impl Fn(&Half) -> f64) -> f64 {
    halves.iter().map(figure).sum::<f64>() / halves.len() as f64
}

fn seeds(rates: &[f64], leads_a_day: usize) -> Vec<Half> {
    let halves: Vec<_> = (0..SEEDS).map(|seed| simulate(rates, leads_a_day, seed)).collect();
    let fewest = halves.iter().map(|half| half.least).fold(1.0, f64::min);
    let change = |part: f64| (part - 1.0) * 100.0;
    println!(
        "{rates:?}, {leads_a_day} a day: regret {:.0} instead of {:.0} ({:+.0} %; second half {:+.0} %), \
         the fewest {fewest:.2} of their share, usual move {:.3}",
        mean(&halves, |half| half.regret),
        mean(&halves, |half| half.fixed_regret),
        change(mean(&halves, |half| half.regret / half.fixed_regret)),
        change(mean(&halves, |half| half.late)),
        mean(&halves, |half| half.usual_move),
    );
    halves
}

#[test]
fn regret_falls_against_fixed_shares_and_no_agent_starves() {
    let teams: [(&[f64], usize, f64); 4] = [
        (&[0.10, 0.15, 0.20], 40, 0.78),
        (&[0.08, 0.12], 40, 0.80),
        (&[0.05, 0.06, 0.08, 0.10, 0.12], 60, 0.85),
        (&[0.10, 0.15, 0.20], 8, 0.90),
    ];
    let teams = teams.map(|(rates, leads_a_day, most)| (rates, seeds(rates, leads_a_day), most));
    for (rates, halves, most) in teams {
        let regret = mean(&halves, |half| half.regret / half.fixed_regret);
        assert!(regret < most, "{rates:?}: {regret}");
        for half in &halves {
            let regret = half.regret / half.fixed_regret;
            assert!(regret < 1.02, "{rates:?}: with no seed is it worse, {regret}");
            assert!(half.least > 0.5, "{rates:?}: {}", half.least);
        }
    }
}

#[test]
fn equal_agents_stay_near_equal() {
    for (rates, leads_a_day) in [(&[0.1, 0.1][..], 40), (&[0.1, 0.1, 0.1], 40), (&[0.2; 6], 60)] {
        let halves = seeds(rates, leads_a_day);
        assert!(mean(&halves, |half| half.usual_move) < 0.1, "{rates:?}");
        assert!(mean(&halves, |half| half.least) > 0.93, "{rates:?}");
    }
}

#[test]
fn one_lead_in_five_goes_on_by_the_set_shares() {
    let half = simulate(&[0.10, 0.15, 0.20], 40, 1);
    assert!((0.16..=0.2).contains(&half.held_out), "{}", half.held_out);
}
