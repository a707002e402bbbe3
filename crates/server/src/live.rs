//! What open dashboards are told while they are open: that something is new, by its id. They read it as everything else
//! is read, so nothing is said here that somebody may not see.
//!
//! A channel a workspace, made for its first listener and gone with its last: who has no dashboard open costs one look at
//! a map, and a busy workspace cannot crowd out another. The queue is bounded; a listener that does not keep up is told to
//! read everything again.
//!
//! A dashboard may be open at another server of the same database ([`others`]).

mod others;

use konektor_core::ids::{AgentId, DeliveryId, DestinationId, LeadId, WorkspaceId};
use konektor_store::model::FoldedLead;
use others::Others;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// News that wait for a listener: some minutes of a busy workspace, since a pass of the fold makes at most two.
const QUEUE: usize = 256;
/// Most things that news name.
const MOST_IDS: usize = 100;
/// Most leads of a pass that news keep one by one, of which an agent's are named. A pass may have thousands, and a listener that is slow a
/// queue of such news.
const MOST_KEPT: usize = 1_000;

/// What news are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Topic {
    /// New leads.
    LeadCreated,
    /// Leads that came back.
    LeadReturned,
    /// Leads that somebody changed.
    LeadUpdated,
    /// Leads that nobody answers: a reminder of them, or somebody else has them now.
    LeadUntouched,
    /// Deliveries of which something came.
    Delivery,
    /// A destination that waits for somebody to repair it.
    DestinationHeld,
    /// The list of alerts.
    Alert,
}

impl Topic {
    /// As the API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeadCreated => "lead.created",
            Self::LeadReturned => "lead.returned",
            Self::LeadUpdated => "lead.updated",
            Self::LeadUntouched => "lead.untouched",
            Self::Delivery => "delivery",
            Self::DestinationHeld => "destination.held",
            Self::Alert => "alert",
        }
    }

    fn is_about_leads(self) -> bool {
        matches!(
            self,
            Self::LeadCreated | Self::LeadReturned | Self::LeadUpdated | Self::LeadUntouched
        )
    }
}

/// Something happened to these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// What they are about.
    pub topic: Topic,
    things: Things,
}

/// What something happened to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Things {
    /// By id; of leads with the agents that it concerns.
    Kept(BTreeMap<i64, Vec<AgentId>>),
    /// More leads than are kept: the agents that it concerns.
    Many(BTreeSet<AgentId>),
}

impl Things {
    fn of_leads<'l>(leads: impl Iterator<Item = &'l FoldedLead> + Clone) -> Self {
        if leads.clone().nth(MOST_KEPT).is_some() {
            return Self::Many(leads.filter_map(|folded| folded.agent).collect());
        }
        let mut kept = BTreeMap::<_, Vec<_>>::new();
        for FoldedLead { lead, agent, .. } in leads {
            kept.entry(lead.packed()).or_default().extend(*agent);
        }
        Self::Kept(kept)
    }

    /// The agents that it concerns.
    fn agents(&self) -> BTreeSet<AgentId> {
        match self {
            Self::Kept(kept) => kept.values().flatten().copied().collect(),
            Self::Many(agents) => agents.clone(),
        }
    }

    /// What happened to these and to those.
    fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::Kept(mut kept), Self::Kept(more)) => {
                for (id, agents) in more {
                    let known = kept.entry(id).or_default();
                    known.extend(agents);
                    known.sort_unstable();
                    known.dedup();
                }
                match kept.len() {
                    0..=MOST_KEPT => Self::Kept(kept),
                    _ => Self::Many(Self::Kept(kept).agents()),
                }
            }
            (these, those) => Self::Many(&these.agents() | &those.agents()),
        }
    }
}

impl News {
    /// The ids, for an agent only those of their own leads; `None` if that leaves nothing to say. Empty if they are more
    /// than are worth naming.
    pub fn ids(&self, agent: Option<AgentId>) -> Option<Vec<i64>> {
        let is_theirs = |agents: &[AgentId]| agent.is_none_or(|agent| agents.contains(&agent));
        let things = match &self.things {
            Things::Kept(things) => things,
            Things::Many(agents) => return agent.is_none_or(|agent| agents.contains(&agent)).then(Vec::new),
        };
        let ids = things.iter().filter(|(_, agents)| is_theirs(agents));
        let ids: Vec<_> = ids.map(|(id, _)| *id).collect();
        let is_something = agent.is_none() || (self.topic.is_about_leads() && !ids.is_empty());
        is_something.then_some(if ids.len() <= MOST_IDS { ids } else { Vec::new() })
    }
}

/// Tells whoever listens.
#[derive(Debug, Default)]
pub struct Live {
    workspaces: Mutex<HashMap<WorkspaceId, broadcast::Sender<Heard>>>,
    /// What those who listen at other servers are to be told; `None` where there are no others.
    others: Option<Others>,
    ended: CancellationToken,
}

impl Live {
    /// `has_others`: other servers may share the database.
    pub fn new(has_others: bool) -> Self {
        Self {
            others: has_others.then(Others::default),
            ..Self::default()
        }
    }

    /// Listens to a workspace's news from now on.
    pub fn listen(&self, workspace: WorkspaceId) -> Listener {
        let mut workspaces = self.listened();
        let sender = workspaces
            .entry(workspace)
            .or_insert_with(|| broadcast::Sender::new(QUEUE));
        Listener {
            news: sender.subscribe(),
            ended: self.ended.clone(),
        }
    }

    /// Tells of the leads that a pass of the fold has seen.
    pub fn folded(&self, leads: &[FoldedLead]) {
        for (workspace, sender) in self.listened().iter() {
            for (topic, is_new) in [(Topic::LeadCreated, true), (Topic::LeadReturned, false)] {
                let is_meant = |folded: &&FoldedLead| folded.lead.workspace == *workspace && folded.new == is_new;
                let leads = leads.iter().filter(is_meant);
                if leads.clone().next().is_some() {
                    let things = Things::of_leads(leads);
                    send(sender, News { topic, things }.into());
                }
            }
        }
    }

    /// Tells that somebody changed a lead; `agents` had it before or have it now.
    pub fn lead_updated(&self, lead: LeadId, agents: impl IntoIterator<Item = AgentId>) {
        let things = BTreeMap::from([(lead.packed(), agents.into_iter().collect())]);
        self.tell(lead.workspace, Topic::LeadUpdated, things);
    }

    /// Tells of a lead that nobody answers; `agents` are to do something about it, or had it.
    pub fn lead_untouched(&self, lead: LeadId, agents: impl IntoIterator<Item = AgentId>) {
        let things = BTreeMap::from([(lead.packed(), agents.into_iter().collect())]);
        self.tell(lead.workspace, Topic::LeadUntouched, things);
    }

    /// Tells that somebody changed several leads of a workspace at once, each with the agent who has it.
    pub fn leads_updated(&self, workspace: WorkspaceId, leads: impl IntoIterator<Item = (LeadId, Option<AgentId>)>) {
        let thing = |(lead, agent): (LeadId, Option<AgentId>)| (lead.packed(), agent.into_iter().collect());
        self.tell(workspace, Topic::LeadUpdated, leads.into_iter().map(thing).collect());
    }

    /// Tells of deliveries of which something came: those of a request together.
    pub fn deliveries(&self, workspace: WorkspaceId, ids: impl IntoIterator<Item = DeliveryId>) {
        let things: BTreeMap<_, _> = ids.into_iter().map(|id| (id.0, Vec::new())).collect();
        if !things.is_empty() {
            self.tell(workspace, Topic::Delivery, things);
        }
    }

    /// Tells that a destination is held.
    pub fn destination_held(&self, workspace: WorkspaceId, id: DestinationId) {
        self.tell(workspace, Topic::DestinationHeld, BTreeMap::from([(id.0, Vec::new())]));
    }

    /// Tells that an alert was raised or is over.
    pub fn alerts_changed(&self, workspace: WorkspaceId) {
        self.tell(workspace, Topic::Alert, BTreeMap::new());
    }

    /// Ends all listening, so that no open dashboard holds up the server's end.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Tells everybody that nobody knows what happened.
    pub fn missed(&self) {
        for sender in self.listened().values() {
            send(sender, Heard::Missed);
        }
    }

    /// Waits until there is something that other servers' listeners are to be told, and gives it as texts for [`Self::hear`].
    pub async fn for_others(&self) -> Vec<String> {
        match &self.others {
            Some(others) => others.take().await,
            None => std::future::pending().await,
        }
    }

    /// Tells what another server said.
    pub fn hear(&self, said: &str) {
        if let Some((workspace, news)) = others::read(said)
            && let Some(sender) = self.listened().get(&workspace)
        {
            send(sender, news.into());
        }
    }

    fn tell(&self, workspace: WorkspaceId, topic: Topic, things: BTreeMap<i64, Vec<AgentId>>) {
        let things = Things::Kept(things);
        if let Some(others) = &self.others {
            others.add(workspace, topic, things.clone());
        }
        if let Some(sender) = self.listened().get(&workspace) {
            send(sender, News { topic, things }.into());
        }
    }

    /// The workspaces that somebody listens to.
    fn listened(&self) -> MutexGuard<'_, HashMap<WorkspaceId, broadcast::Sender<Heard>>> {
        let mut workspaces = self.workspaces.lock().expect("telling cannot panic");
        workspaces.retain(|_, sender| sender.receiver_count() > 0);
        workspaces
    }
}

fn send(sender: &broadcast::Sender<Heard>, heard: Heard) {
    // An error says that the last listener has just gone.
    let _ = sender.send(heard);
}

/// Somebody who listens.
#[derive(Debug)]
pub struct Listener {
    news: broadcast::Receiver<Heard>,
    ended: CancellationToken,
}

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// News.
    News(Arc<News>),
    /// Some news were not waited for: everything may have changed.
    Missed,
}

impl From<News> for Heard {
    fn from(news: News) -> Self {
        Self::News(Arc::new(news))
    }
}

impl Listener {
    /// Waits for the next news; `None` at the server's end.
    pub async fn next(&mut self) -> Option<Heard> {
        let heard = tokio::select! {
            biased;
            () = self.ended.cancelled() => return None,
            heard = self.news.recv() => heard,
        };
        match heard {
            Ok(heard) => Some(heard),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Heard::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::ids::VisitorNumber;

    const HERE: WorkspaceId = WorkspaceId(1);
    const AYU: AgentId = AgentId(3);
    const BUDI: AgentId = AgentId(4);

    fn folded(workspace: WorkspaceId, number: u64, agent: AgentId, new: bool) -> FoldedLead {
        let number = VisitorNumber(number);
        FoldedLead {
            lead: LeadId { workspace, number },
            agent: Some(agent),
            new,
        }
    }

    async fn heard(listener: &mut Listener) -> Arc<News> {
        match listener.next().await {
            Some(Heard::News(news)) => news,
            other => panic!("no news: {other:?}"),
        }
    }

    #[tokio::test]
    async fn a_pass_tells_of_new_and_of_returning_leads_of_the_workspace() {
        let live = Live::default();
        let mut listener = live.listen(HERE);
        let elsewhere = folded(WorkspaceId(2), 9, AYU, true);
        let (new, back) = (folded(HERE, 1, AYU, true), folded(HERE, 2, BUDI, false));
        live.folded(&[new, elsewhere, back, back]);
        live.folded(&[elsewhere]);
        live.alerts_changed(HERE);
        let (created, returned, alert) = (
            heard(&mut listener).await,
            heard(&mut listener).await,
            heard(&mut listener).await,
        );
        assert_eq!(
            (created.topic, returned.topic),
            (Topic::LeadCreated, Topic::LeadReturned)
        );
        assert_eq!(created.ids(None), Some(vec![new.lead.packed()]));
        assert_eq!(returned.ids(None), Some(vec![back.lead.packed()]));
        assert_eq!(
            (alert.topic, alert.ids(None)),
            (Topic::Alert, Some(vec![])),
            "of other workspaces nothing was heard"
        );
    }

    #[tokio::test]
    async fn an_agent_hears_of_their_own_leads_only() {
        let live = Live::default();
        let mut listener = live.listen(HERE);
        let (hers, his) = (folded(HERE, 1, AYU, true), folded(HERE, 2, BUDI, true));
        live.folded(&[hers, his]);
        let news = heard(&mut listener).await;
        assert_eq!(news.ids(Some(AYU)), Some(vec![hers.lead.packed()]));
        assert_eq!(news.ids(Some(AgentId(5))), None);
        live.lead_updated(his.lead, [BUDI, AYU]);
        assert_eq!(heard(&mut listener).await.ids(Some(AYU)), Some(vec![his.lead.packed()]));
        live.destination_held(HERE, DestinationId(1));
        assert_eq!(heard(&mut listener).await.ids(Some(AYU)), None);
        live.alerts_changed(HERE);
        assert_eq!(heard(&mut listener).await.ids(Some(AYU)), None);
    }

    #[tokio::test]
    async fn more_than_are_worth_naming_are_not_named() {
        let live = Live::default();
        let mut listener = live.listen(HERE);
        live.deliveries(HERE, (0..100).map(DeliveryId));
        assert_eq!(heard(&mut listener).await.ids(None).unwrap().len(), 100);
        live.deliveries(HERE, (0..101).map(DeliveryId));
        assert_eq!(heard(&mut listener).await.ids(None), Some(vec![]));
        live.folded(&(0..101).map(|n| folded(HERE, n, AYU, true)).collect::<Vec<_>>());
        assert_eq!(heard(&mut listener).await.ids(Some(AYU)), Some(vec![]));
        live.folded(&(0..2_000).map(|n| folded(HERE, n, AYU, false)).collect::<Vec<_>>());
        let news = heard(&mut listener).await;
        assert_eq!((news.topic, news.ids(None)), (Topic::LeadReturned, Some(vec![])));
        assert_eq!((news.ids(Some(AYU)), news.ids(Some(BUDI))), (Some(vec![]), None));
    }

    #[tokio::test]
    async fn who_does_not_keep_up_is_told_so_and_goes_on() {
        let live = Live::default();
        let mut listener = live.listen(HERE);
        for _ in 0..=QUEUE {
            live.alerts_changed(HERE);
        }
        assert_eq!(listener.next().await, Some(Heard::Missed));
        assert_eq!(heard(&mut listener).await.topic, Topic::Alert);
    }

    #[tokio::test]
    async fn listening_ends_with_the_server_and_leaves_nothing_behind() {
        let live = Live::default();
        let mut listener = live.listen(HERE);
        drop(live.listen(WorkspaceId(2)));
        assert_eq!(live.listened().len(), 1);
        live.alerts_changed(HERE);
        live.end();
        assert_eq!(listener.next().await, None);
    }
}
