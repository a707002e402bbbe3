//! What happens here is told at the other servers of the same database, too: a load balancer may have put a dashboard anywhere.
//! Not of clicks: of these the fold's transaction tells all of them.

use super::{MOST_IDS, News, Things, Topic};
use konektor_core::ids::WorkspaceId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};

/// What comes within it is said at once: saying it is a commit, which others wait for.
const TOGETHER: Duration = Duration::from_millis(500);
/// Longest text, with what the store puts around it: PostgreSQL takes 8,000 bytes.
const MOST_BYTES: usize = 7_500;
/// Most agents that one text names.
const MOST_AGENTS: usize = 300;

/// What waits to be told.
#[derive(Debug, Default)]
pub(super) struct Others {
    waiting: Mutex<BTreeMap<(WorkspaceId, Topic), Things>>,
    added: Notify,
}

impl Others {
    pub(super) fn add(&self, workspace: WorkspaceId, topic: Topic, things: Things) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.remove(&(workspace, topic));
        let things = match before {
            Some(before) => before.and(things),
            None => things,
        };
        waiting.insert((workspace, topic), things);
        self.added.notify_one();
    }

    /// Waits for something, and for what comes soon after.
    pub(super) async fn take(&self) -> Vec<String> {
        self.added.notified().await;
        sleep(TOGETHER).await;
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let texts = waiting.into_iter();
        texts
            .flat_map(|((workspace, topic), things)| texts_of(workspace, topic, things))
            .collect()
    }
}

fn texts_of(workspace: WorkspaceId, topic: Topic, things: Things) -> Vec<String> {
    let text = |things| serde_json::to_string(&(workspace, News { topic, things })).expect("ids are JSON");
    let agents: Vec<_> = things.agents().into_iter().collect();
    if let Things::Kept(kept) = &things
        && kept.len() <= MOST_IDS
    {
        let named = text(things);
        if named.len() <= MOST_BYTES {
            return vec![named];
        }
    }
    // Of more than are named, who sees everything reads the list again.
    if agents.is_empty() {
        return vec![text(Things::Many(BTreeSet::new()))];
    }
    let some = agents.chunks(MOST_AGENTS);
    some.map(|agents| text(Things::Many(agents.iter().copied().collect())))
        .collect()
}

/// Whose news they are, and the news; `None` of what only a later version says.
pub(super) fn read(text: &str) -> Option<(WorkspaceId, News)> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Heard, Live};
    use konektor_core::ids::{AgentId, DeliveryId, LeadId, VisitorNumber};

    const HERE: WorkspaceId = WorkspaceId(1);
    const FAR: i64 = i64::MAX - 1_000_000;
    const AYU: AgentId = AgentId(FAR);
    const BUDI: AgentId = AgentId(FAR + 1);

    fn lead(number: u64) -> LeadId {
        let number = VisitorNumber(number);
        LeadId {
            workspace: HERE,
            number,
        }
    }

    /// What is heard at another server of what one says.
    async fn heard_elsewhere(here: &Live) -> Vec<(Topic, Option<Vec<i64>>, Option<Vec<i64>>)> {
        let there = Live::new(true);
        let mut listener = there.listen(HERE);
        let said = here.for_others().await;
        assert!(said.iter().all(|text| text.len() <= MOST_BYTES), "it can be said");
        let mut heard = Vec::new();
        for text in &said {
            there.hear(text);
            let Some(Heard::News(news)) = listener.next().await else {
                panic!("nothing was heard of {text}")
            };
            heard.push((news.topic, news.ids(None), news.ids(Some(AYU))));
        }
        heard
    }

    #[tokio::test(start_paused = true)]
    async fn what_happened_within_a_moment_is_said_at_once() {
        let here = Live::new(true);
        here.lead_updated(lead(1), [AYU]);
        here.lead_updated(lead(2), [BUDI]);
        here.lead_updated(lead(2), [BUDI]);
        here.deliveries(HERE, [DeliveryId(FAR)]);
        here.alerts_changed(HERE);
        let (one, two) = (lead(1).packed(), lead(2).packed());
        assert_eq!(
            heard_elsewhere(&here).await,
            [
                (Topic::LeadUpdated, Some(vec![one, two]), Some(vec![one])),
                (Topic::Delivery, Some(vec![FAR]), None),
                (Topic::Alert, Some(vec![]), None),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn more_than_are_named_are_said_without_names() {
        let here = Live::new(true);
        here.leads_updated(HERE, (0..100).map(|n| (lead(n), Some(AYU))));
        let [(_, all, hers)] = &heard_elsewhere(&here).await[..] else {
            panic!("one text")
        };
        assert_eq!((all.as_ref().unwrap().len(), hers.as_ref().unwrap().len()), (100, 100));
        here.leads_updated(HERE, (0..100).map(|n| (lead(n), Some(AYU))));
        here.leads_updated(HERE, (100..200).map(|n| (lead(n), Some(BUDI))));
        let unnamed = (Topic::LeadUpdated, Some(vec![]), Some(vec![]));
        assert_eq!(heard_elsewhere(&here).await, [unnamed]);
        for n in 0..30 {
            here.deliveries(HERE, (0..100).map(|m| DeliveryId(FAR + n * 100 + m)));
        }
        assert_eq!(heard_elsewhere(&here).await, [(Topic::Delivery, Some(vec![]), None)]);
        here.leads_updated(HERE, (0..2_000).map(|n| (lead(n), Some(AgentId(FAR + n as i64)))));
        let heard = heard_elsewhere(&here).await;
        assert_eq!(heard.len(), 7, "of some agents each");
        assert_eq!(heard.iter().filter(|(_, _, hers)| hers.is_some()).count(), 1);
    }

    #[test]
    fn what_a_later_version_says_is_nothing() {
        let later = r#"[1,{"topic":"OfALaterVersion","things":{"Many":[]}}]"#;
        for text in ["", "{}", r#"{"workspace":1,"topic":"of.a.later.version"}"#, later] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
