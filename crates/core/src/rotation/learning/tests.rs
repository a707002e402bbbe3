//! What is made of numbers of leads, and how far it may go.

use super::*;
use crate::ids::{VisitorNumber, WorkspaceId};
use proptest::prelude::*;
use rstest::rstest;

fn shares(weights: &[u32]) -> Vec<Share> {
    let share = |(weight, id): (&u32, i64)| Share {
        agent: AgentId(id),
        weight: *weight,
    };
    weights.iter().zip(1..).map(share).collect()
}

/// Learned from these leads and those of them that were won, by agent.
fn learned(shares: &[Share], tallies: &[(u64, u64)]) -> Learned {
    let tally = |agent: AgentId| {
        let (leads, won) = tallies.get(agent.0 as usize - 1).copied().unwrap_or_default();
        Tally { leads, won }
    };
    Learned::of((Day(20_260_801), Day(20_260_831)), shares, tally)
}

/// Parts of all, in percent.
fn percents(shares: &[Share], tallies: &[(u64, u64)]) -> Option<Vec<f64>> {
    let weights = learned(shares, tallies).weights(&Learning::default(), shares)?;
    let total: u32 = weights.iter().sum();
    Some(
        weights
            .iter()
            .map(|weight| f64::from(*weight) * 100.0 / f64::from(total))
            .collect(),
    )
}

fn lead(number: u64) -> LeadId {
    LeadId {
        workspace: WorkspaceId(1),
        number: VisitorNumber(number),
    }
}

#[rstest]
#[case::nobody(&[], &[], Verdict::OneAgent)]
#[case::alone(&[1], &[(500, 100)], Verdict::OneAgent)]
#[case::the_other_drains(&[1, 0], &[(500, 100), (500, 100)], Verdict::OneAgent)]
#[case::no_leads(&[1, 1], &[], Verdict::FewLeads)]
#[case::leads_of_one(&[1, 1], &[(500, 100), (19, 5)], Verdict::FewLeads)]
#[case::nothing_won(&[1, 1], &[(500, 0), (500, 0)], Verdict::FewWon)]
#[case::little_won(&[1, 1], &[(500, 18), (500, 1)], Verdict::FewWon)]
#[case::all_won(&[1, 1], &[(50, 50), (60, 60)], Verdict::NoDifference)]
#[case::alike(&[1, 1], &[(500, 52), (500, 48)], Verdict::NoDifference)]
#[case::apart(&[1, 1], &[(500, 75), (500, 25)], Verdict::Moved)]
fn it_is_said_what_came_of_it(#[case] weights: &[u32], #[case] tallies: &[(u64, u64)], #[case] verdict: Verdict) {
    let shares = shares(weights);
    assert_eq!(learned(&shares, tallies).verdict, verdict);
    assert_eq!(percents(&shares, tallies).is_some(), verdict.is_enough());
}

#[test]
fn who_wins_more_gets_more_and_nobody_less_than_half_or_more_than_twice_their_set_share() {
    let equal = shares(&[1, 1, 1]);
    let moved = percents(&equal, &[(1_000, 100), (1_000, 150), (1_000, 200)]).unwrap();
    assert!(moved[0] < moved[1] && moved[1] < moved[2], "{moved:?}");
    assert!((moved[0] - 16.67).abs() < 0.01, "half of a third: {moved:?}");
    let apart = percents(&shares(&[4, 1]), &[(4_000, 40), (1_000, 500)]).unwrap();
    assert!(
        (apart[0] - 60.0).abs() < 0.01 && (apart[1] - 40.0).abs() < 0.01,
        "twice of a fifth: {apart:?}"
    );
}

#[test]
fn few_leads_move_little() {
    let equal = shares(&[1, 1]);
    let off = |leads: u64| percents(&equal, &[(leads, leads * 14 / 100), (leads, leads / 10)]).unwrap()[0] - 50.0;
    assert!(0.0 < off(400) && off(400) < off(1_000) && off(1_000) < off(4_000));
}

#[test]
fn set_shares_are_kept_in_proportion_where_nobody_is_better() {
    let set = shares(&[5, 0, 3, 2]);
    assert_eq!(
        percents(&set, &[(500, 50), (0, 0), (300, 30), (200, 20)]).unwrap(),
        [50.0, 0.0, 30.0, 20.0]
    );
}

#[test]
fn what_people_change_takes_effect_with_what_was_learned_before() {
    let before = learned(&shares(&[1, 1]), &[(1_000, 150), (1_000, 100)]);
    let settings = Learning::default();
    let with_newcomer = before.weights(&settings, &shares(&[1, 1, 1])).unwrap();
    assert!(with_newcomer[0] > with_newcomer[2] && with_newcomer[2] > with_newcomer[1]);
    let drained = before.weights(&settings, &shares(&[0, 1])).unwrap();
    assert_eq!(drained, [0, 1_000_000]);
    assert_eq!(before.weights(&settings, &shares(&[0, 0])), None);
}

#[test]
fn leads_count_when_the_youngest_of_their_day_is_old_enough() {
    let learning = Learning {
        window_days: 30,
        wait_days: 7,
        ..Learning::default()
    };
    let days = learning.window("2026-08-31".parse().unwrap());
    assert_eq!(days, ("2026-07-25".parse().unwrap(), "2026-08-23".parse().unwrap()));
}

#[rstest]
#[case(1, 1)]
#[case(7, 2)]
#[case(123_456, 5)]
#[case(34_000_000_000, 10)]
fn one_lead_in_five_is_held_out_wherever_numbers_begin_and_however_far_they_are_apart(
    #[case] first: u64,
    #[case] step: u64,
) {
    for rotator in [1, 2, 77] {
        let held_out = (0..10_000).filter(|n| is_held_out(RotatorId(rotator), lead(first + n * step)));
        let share = held_out.count() as f64 / 10_000.0;
        assert!((share - 0.2).abs() < 0.01, "rotator {rotator}: {share}");
    }
    let both = (0..10_000).filter(|n| {
        [1, 2]
            .iter()
            .all(|id| is_held_out(RotatorId(*id), lead(first + n * step)))
    });
    assert!(both.count() < 1_000, "another rotator holds out others");
}

#[test]
fn groups_are_compared_with_how_far_it_may_be_off() {
    let compared = |learned: (u64, u64), held_out: (u64, u64)| {
        let tally = |(leads, won)| Tally { leads, won };
        Compared {
            since: Day(1),
            to: Day(2),
            learned: tally(learned),
            held_out: tally(held_out),
        }
        .difference()
    };
    assert_eq!(compared((1_000, 10), (19, 1)), None);
    let (difference, margin) = compared((4_000, 640), (1_000, 100)).unwrap();
    assert!(
        (difference - 0.06).abs() < 1e-9 && (margin - 0.0218).abs() < 1e-3,
        "{difference} {margin}"
    );
}

#[test]
fn what_is_stored_is_read_as_it_was() {
    let mut learned = learned(&shares(&[1, 1]), &[(500, 75), (500, 25)]);
    learned.compared = Some(Compared {
        since: Day(20_260_801),
        to: Day(20_260_831),
        learned: Tally { leads: 5, won: 1 },
        held_out: Tally::default(),
    });
    let json = serde_json::to_string(&learned).unwrap();
    assert_eq!(serde_json::from_str::<Learned>(&json).unwrap(), learned);
}

proptest! {
    /// Whatever agents won and however they are weighted: nobody beyond the guard rails, all of it given away, nothing to who
    /// drains, and something to everybody else.
    #[test]
    fn guard_rails_hold(
        members in prop::collection::vec((0_u32..=1_000, 0_u64..3_000, 0_u64..=100), 1..40),
        least_percent in 10_u8..=90,
    ) {
        let weights: Vec<u32> = members.iter().map(|(weight, ..)| *weight).collect();
        let tallies: Vec<_> = members.iter().map(|(_, leads, percent)| (*leads, leads * percent / 100)).collect();
        let shares = shares(&weights);
        let settings = Learning { least_percent, ..Learning::default() };
        let learned = learned(&shares, &tallies);
        let Some(moved) = learned.weights(&settings, &shares) else { return Ok(()) };
        let (set, all): (u32, u32) = (weights.iter().sum(), moved.iter().sum());
        for (weight, moved) in weights.iter().zip(&moved) {
            let (set, part) = (f64::from(*weight) / f64::from(set), f64::from(*moved) / f64::from(all));
            prop_assert!(part >= set * f64::from(least_percent) / 100.0 - 1e-4, "{part} of {set}");
            prop_assert!(part <= set * MOST + 1e-4, "{part} of {set}");
            prop_assert_eq!(*weight == 0, *moved == 0);
        }
        prop_assert!((f64::from(all) - WHOLE).abs() <= members.len() as f64);
        // Who wins more has moved no less.
        let records = &learned.agents;
        for (a, b) in records.iter().zip(records.iter().skip(1)) {
            let gain = |agent: AgentId| {
                let at = agent.0 as usize - 1;
                f64::from(moved[at]) / f64::from(weights[at])
            };
            if a.rate_millionths > b.rate_millionths {
                prop_assert!(gain(a.agent) * 1.01 >= gain(b.agent) - 1e-2 * f64::from(all));
            }
        }
    }
}
