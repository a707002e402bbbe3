//! What an answer means for the deliveries that were in the request, and for their destination. Pure.

use konektor_core::{ids::DeliveryId, time::UnixMs};
use konektor_platforms::{Finding, Hold, Verdict};
use konektor_store::model::{Next, Settled};
use std::time::Duration;

use super::retry;

/// How a destination has fared lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Health {
    /// Requests in a row of which nothing was taken.
    pub(super) failures: u32,
    /// Times in a row that it asked for patience.
    pub(super) throttles: u32,
}

/// What to do after an answer.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// For each delivery that this answer settles, by its place in the request.
    pub(super) settled: Vec<(usize, Settled)>,
    /// To be sent again at once, together.
    pub(super) innocent: Vec<usize>,
    /// To be sent again at once, in halves.
    pub(super) suspects: Vec<usize>,
    /// Nothing is sent there until then.
    pub(super) blocked_until: Option<UnixMs>,
    /// Nothing is sent there until somebody repairs it.
    pub(super) hold: Option<(Hold, Finding)>,
    /// Whether the platform will say later what counts.
    pub(super) confirm: bool,
}

/// Reads the findings. `random` is in 0..1.
pub(super) fn plan(
    ids: &[(DeliveryId, u32)],
    findings: Vec<Finding>,
    health: &mut Health,
    now: UnixMs,
    random: f64,
) -> Plan {
    let mut plan = Plan::default();
    let has = |wanted: fn(&Verdict) -> bool| findings.iter().any(|finding| wanted(&finding.verdict));
    let taken = has(|v| matches!(v, Verdict::Delivered | Verdict::Accepted));
    let judged = taken || has(|v| matches!(v, Verdict::Drop | Verdict::Suspect | Verdict::Innocent));
    let later = |delay: Duration| now.plus_ms(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX));
    if judged {
        *health = Health::default(); // it answers; what it says of single events is theirs
    } else if has(|v| matches!(v, Verdict::Retry)) {
        health.failures += 1;
        plan.blocked_until = Some(later(retry::after_failure(health.failures, random)));
    }
    let asked = findings.iter().filter_map(|finding| match finding.verdict {
        Verdict::Throttle(asked) => Some(asked),
        _ => None,
    });
    if let Some(asked) = asked.max() {
        health.throttles += 1;
        let until = later(retry::after_throttle(asked, health.throttles, random));
        plan.blocked_until = plan.blocked_until.max(Some(until));
    }
    for (n, (finding, &(id, attempts))) in findings.into_iter().zip(ids).enumerate() {
        let next = match finding.verdict {
            Verdict::Delivered => Next::Sent,
            Verdict::Accepted => {
                plan.confirm = true;
                Next::Sent
            }
            Verdict::Drop => Next::Dropped,
            // The destination's delay, the same for all, so that they stay together; a single event's own otherwise.
            Verdict::Retry => Next::Again(
                plan.blocked_until
                    .unwrap_or_else(|| later(retry::after_failure(attempts, random))),
            ),
            Verdict::Throttle(_) => Next::AgainUncounted(plan.blocked_until.unwrap_or(now)),
            Verdict::Hold(kind) => {
                plan.hold.get_or_insert_with(|| (kind, finding.clone()));
                Next::AgainUncounted(now)
            }
            Verdict::Innocent => {
                plan.innocent.push(n);
                continue;
            }
            Verdict::Suspect => {
                plan.suspects.push(n);
                continue;
            }
        };
        let said = (!finding.message.is_empty()).then_some(finding.message);
        let is_taken = matches!(next, Next::Sent);
        plan.settled.push((
            n,
            Settled {
                id,
                next,
                code: finding.code,
                reason: said.filter(|_| !is_taken),
                request: None,
            },
        ));
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn planned(verdicts: &[Verdict], health: &mut Health) -> Plan {
        let ids: Vec<_> = (1..=verdicts.len() as i64).map(|n| (DeliveryId(n), 1)).collect();
        let findings = verdicts.iter().map(|v| Finding::new(*v, "words")).collect();
        plan(&ids, findings, health, NOW, 1.0)
    }

    #[rstest]
    #[case(Verdict::Delivered, Next::Sent)]
    #[case(Verdict::Accepted, Next::Sent)]
    #[case(Verdict::Drop, Next::Dropped)]
    #[case(Verdict::Retry, Next::Again(NOW.plus_ms(5_000)))]
    #[case(Verdict::Throttle(Some(Duration::from_secs(30))), Next::AgainUncounted(NOW.plus_ms(30_000)))]
    #[case(Verdict::Throttle(None), Next::AgainUncounted(NOW.plus_ms(60_000)))]
    #[case(Verdict::Hold(Hold::Auth), Next::AgainUncounted(NOW))]
    fn each_verdict_has_its_consequence(#[case] verdict: Verdict, #[case] next: Next) {
        let plan = planned(&[verdict], &mut Health::default());
        assert_eq!(plan.settled[0].1.next, next);
        assert_eq!(plan.hold.is_some(), matches!(verdict, Verdict::Hold(_)));
        assert_eq!(plan.confirm, verdict == Verdict::Accepted);
    }

    #[test]
    fn a_platform_that_takes_nothing_is_left_alone_for_longer_each_time() {
        let mut health = Health::default();
        for ms in [5_000, 10_000, 20_000] {
            let plan = planned(&[Verdict::Retry, Verdict::Retry], &mut health);
            assert_eq!(plan.blocked_until, Some(NOW.plus_ms(ms)));
            assert!(plan.settled.iter().all(|(_, s)| s.next == Next::Again(NOW.plus_ms(ms))));
        }
        planned(&[Verdict::Delivered], &mut health);
        assert_eq!(health, Health::default());
    }

    #[test]
    fn one_event_that_has_to_wait_does_not_block_the_others() {
        let mut health = Health::default();
        let plan = planned(&[Verdict::Delivered, Verdict::Retry], &mut health);
        assert_eq!(plan.blocked_until, None);
        assert_eq!(plan.settled[1].1.next, Next::Again(NOW.plus_ms(5_000)));
    }

    #[test]
    fn suspects_are_halved_and_the_innocent_sent_at_once() {
        let mut health = Health {
            failures: 3,
            throttles: 0,
        };
        let plan = planned(&[Verdict::Suspect, Verdict::Suspect], &mut health);
        assert_eq!((plan.suspects, plan.settled.len()), (vec![0, 1], 0));
        assert_eq!(health.failures, 0, "a platform that judges is there");
        let plan = planned(&[Verdict::Innocent, Verdict::Drop], &mut health);
        assert_eq!((plan.innocent, plan.settled[0].0), (vec![0], 1));
    }
}
