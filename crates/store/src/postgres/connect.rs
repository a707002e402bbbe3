//! Connections: two pools, so that nothing in the dashboard holds up clicks, and the session that holds the place and
//! hears of changes.

use super::{
    address::Address,
    place::{self, Place},
};
use crate::{
    Result, StoreError,
    model::{Change, FoldedLead},
};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use konektor_core::ids::{AgentId, LeadId, VisitorNumber, WorkspaceId};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{broadcast, watch},
    task::{AbortHandle, JoinHandle},
};
use tokio_postgres::{AsyncMessage, Client};

/// Where servers tell one another of changes.
pub(super) const CHANNEL: &str = "konektor";
/// What they say when the routing snapshot is old.
pub(super) const ROUTING: &str = "routing";
/// Connections of the recorder: one batch at a time, and another if one hangs.
const RECORDING: usize = 2;
/// Connections for everything else.
const OTHERS: usize = 12;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait before a lost session is begun anew.
const BEGIN_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What holds on every connection. A transaction whose server is gone must not keep its locks, and what is called
/// committed must be on disk.
const SETTINGS: &str =
    "SET jit = off; SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = warning;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// What holds besides where rows are only looked up by their keys; `set` is `SET` or `SET LOCAL`. The planner knows nothing of
/// a young table, and would read all of it rather than look up fifty rows: for each batch, and the longer the larger the
/// table, until statistics of it are gathered.
pub(super) fn by_keys(set: &str) -> String {
    let off = ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"].map(|plan| format!("{set} {plan} = off"));
    format!("{}; {set} plan_cache_mode = force_generic_plan", off.join("; "))
}

/// A connection of its own, with its task.
pub(super) async fn connect(address: &Address) -> Result<(Client, JoinHandle<()>)> {
    let (client, connection) = address.config.connect(address.tls.clone()).await?;
    let task = tokio::spawn(async move {
        // How it ended is what whoever uses the client is told.
        let _ = connection.await;
    });
    client.batch_execute(SETTINGS).await?;
    Ok((client, task))
}

/// The connections that are kept.
pub(super) struct Pools {
    recording: Pool,
    others: Pool,
    address: Address,
}

impl Pools {
    pub(super) fn new(address: Address) -> Result<Self> {
        Ok(Self {
            recording: pool(&address, RECORDING, &by_keys("SET"))?,
            others: pool(&address, OTHERS, "")?,
            address,
        })
    }

    pub(super) async fn recording(&self) -> Result<Object> {
        Ok(self.recording.get().await?)
    }

    pub(super) async fn any(&self) -> Result<Object> {
        Ok(self.others.get().await?)
    }

    /// A new connection, which ends with its only use.
    pub(super) async fn apart(&self) -> Result<Object> {
        Ok(pool(&self.address, 1, "")?.get().await?)
    }

    pub(super) fn close(&self) {
        self.recording.close();
        self.others.close();
    }
}

fn pool(address: &Address, size: usize, more: &str) -> Result<Pool> {
    let recycling = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let settings: Arc<str> = format!("{SETTINGS}; {more}").into();
    let set = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
        let settings = settings.clone();
        Box::pin(async move { client.batch_execute(&settings).await.map_err(HookError::Backend) })
    });
    Pool::builder(Manager::from_config(
        address.config.clone(),
        address.tls.clone(),
        recycling,
    ))
    .max_size(size)
    .runtime(Runtime::Tokio1)
    .wait_timeout(Some(CONNECT_TIMEOUT))
    .create_timeout(Some(CONNECT_TIMEOUT))
    .post_create(set)
    .build()
    .map_err(|e| StoreError::Unavailable { reason: e.to_string() })
}

/// The session that holds this server's place and hears of changes. When it is lost it is begun anew, and everything
/// that may have changed meanwhile is said to have changed.
pub(super) struct Session {
    place: watch::Receiver<Option<Arc<Place>>>,
    stop: watch::Sender<bool>,
    keeper: AbortHandle,
}

impl Session {
    pub(super) async fn begin(address: Address, changes: broadcast::Sender<Change>) -> Result<Self> {
        let (told, place) = watch::channel(None);
        let (stop, stopping) = watch::channel(false);
        let held = Held::begin(&address, &changes).await?;
        told.send_replace(Some(held.place.clone()));
        let keeper = tokio::spawn(keep(address, changes, held, told, stopping));
        Ok(Self {
            place,
            stop,
            keeper: keeper.abort_handle(),
        })
    }

    /// This server's place.
    pub(super) async fn place(&self) -> Result<Arc<Place>> {
        self.place.borrow().clone().ok_or_else(|| StoreError::Unavailable {
            reason: "the session with it ended and is being begun anew".to_owned(),
        })
    }

    /// Gives the place back, and waits until it is free.
    pub(super) async fn end(&self) {
        self.stop.send_replace(true);
        // The keeper lets go of its end once it has given the place back.
        self.stop.closed().await;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

async fn told_to_stop(stopping: &mut watch::Receiver<bool>) {
    // An error says that nobody is left to say it.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Keeps a session, and begins another when it ends.
async fn keep(
    address: Address,
    changes: broadcast::Sender<Change>,
    mut held: Held,
    told: watch::Sender<Option<Arc<Place>>>,
    mut stopping: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            // Its task ends when the connection does.
            _ = &mut held.task => {}
            () = told_to_stop(&mut stopping) => {
                held.give_back().await;
                return;
            }
        }
        told.send_replace(None);
        held = loop {
            match Held::begin(&address, &changes).await {
                Ok(again) => break again,
                Err(error) => tracing::warn!(%error, "the session with PostgreSQL could not be begun anew"),
            }
            tokio::select! {
                () = tokio::time::sleep(BEGIN_AGAIN_AFTER) => {}
                () = told_to_stop(&mut stopping) => return,
            }
        };
        told.send_replace(Some(held.place.clone()));
        // Whoever listens looks at all of it: what was said meanwhile was heard by nobody.
        let _ = changes.send(Change::Everything);
    }
}

/// A session that lasts.
struct Held {
    place: Arc<Place>,
    client: Client,
    task: JoinHandle<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Held {
    /// Lets the next server have the place. If it cannot be said, the end of the session says it.
    async fn give_back(&self) {
        let _ = self.client.batch_execute("SELECT pg_advisory_unlock_all()").await;
    }

    async fn begin(address: &Address, changes: &broadcast::Sender<Change>) -> Result<Self> {
        let (client, mut connection) = address.config.connect(address.tls.clone()).await?;
        let changes = changes.clone();
        let (told, mine) = watch::channel(-1);
        let task = tokio::spawn(async move {
            while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
                if let AsyncMessage::Notification(said) = message
                    && let Some(change) = heard(said.payload(), *mine.borrow())
                {
                    // Nobody listens on a command line.
                    let _ = changes.send(change);
                }
            }
        });
        let mut held = Self {
            place: Arc::new(Place { id: 0, epoch: 0 }),
            task,
            client,
        };
        held.client.batch_execute(SETTINGS).await?;
        held.client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        held.place = Arc::new(place::take(&mut held.client).await?);
        told.send_replace(held.place.id);
        Ok(held)
    }
}

/// How the other servers are told of leads that were made or came back.
pub(super) fn leads_text(place: i64, leads: &[FoldedLead]) -> String {
    let leads: Vec<_> = leads
        .iter()
        .map(|folded| {
            let FoldedLead { lead, agent, new } = folded;
            (lead.workspace, lead.number, *agent, *new)
        })
        .collect();
    serde_json::json!({ "place": place, "leads": leads }).to_string()
}

/// How the other servers are told of anything else.
pub(super) fn said_text(place: i64, said: &str) -> String {
    serde_json::json!({ "place": place, "said": said }).to_string()
}

/// What was said, unless it was said by this server itself.
fn heard(text: &str, mine: i64) -> Option<Change> {
    type Lead = (WorkspaceId, VisitorNumber, Option<AgentId>, bool);
    #[derive(Deserialize)]
    struct Said {
        place: i64,
        leads: Option<Vec<Lead>>,
        said: Option<String>,
    }
    if text == ROUTING {
        return Some(Change::Routing);
    }
    let Said { place, leads, said } = serde_json::from_str(text).ok()?;
    if place == mine {
        return None;
    }
    let folded = |(workspace, number, agent, new): Lead| FoldedLead {
        lead: LeadId { workspace, number },
        agent,
        new,
    };
    match leads {
        Some(leads) => Some(Change::Leads(leads.into_iter().map(folded).collect())),
        None => said.map(Change::Said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::{record, testing::Fresh};
    use tokio_postgres::SimpleQueryMessage;

    /// Without what [`by_keys`] sets, each of these reads its tables from end to end.
    #[tokio::test]
    async fn a_batch_is_looked_up_by_keys_in_a_young_table_too() {
        let Some(fresh) = Fresh::new("plans").await else { return };
        let pools = Pools::new(Address::parse(&fresh.url).unwrap()).unwrap();
        let client = pools.recording().await.unwrap();
        for (name, sql, values) in [
            ("by_lead", record::LOAD_LEADS, "ARRAY[1], ARRAY[1]"),
            ("by_click_id", record::LOAD_CLICK_IDS, "ARRAY[1], ARRAY[1], ARRAY[1]"),
        ] {
            client.batch_execute(&format!("PREPARE {name} AS {sql}")).await.unwrap();
            let explain = format!("EXPLAIN EXECUTE {name}({values})");
            let lines = client.simple_query(&explain).await.unwrap();
            let lines = lines.iter().filter_map(|line| match line {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            });
            let plan = lines.collect::<Vec<_>>().join("\n");
            assert!(plan.contains("Index"), "{plan}");
            assert!(
                !plan.contains("Seq Scan") && !plan.contains("Hash") && !plan.contains("Merge"),
                "{plan}"
            );
        }
        drop(client);
        pools.close();
        fresh.drop_database().await;
    }

    #[test]
    fn other_servers_hear_of_leads_and_the_one_that_said_it_does_not() {
        let leads = vec![FoldedLead {
            lead: LeadId {
                workspace: WorkspaceId(3),
                number: VisitorNumber(9),
            },
            agent: None,
            new: true,
        }];
        let said = leads_text(2, &leads);
        assert_eq!(heard(&said, 1), Some(Change::Leads(leads)));
        assert_eq!(heard(&said, 2), None);
        let text = said_text(2, "{\"a\":\"b\"}");
        assert_eq!(heard(&text, 1), Some(Change::Said("{\"a\":\"b\"}".to_owned())));
        assert_eq!(heard(&text, 2), None);
        assert_eq!(heard(ROUTING, 1), Some(Change::Routing));
        assert_eq!(heard("of a later version", 1), None);
    }
}
