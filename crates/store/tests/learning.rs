//! What shares are learned from, told through the trait: every database is held to it.

mod common;

use common::{
    databases::Opens,
    shop::{agent, rotator, workspace},
    visit,
};
use konektor_core::{
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, WorkspaceId},
    lead::Status,
    rotation::learning::{AgentRecord, Learned, Learning, Tally, Verdict, is_held_out},
    time::{Day, UnixMs},
};
use konektor_store::{Store, model::*};
use std::{collections::BTreeMap, sync::Arc};

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36";
const DAY_MS: i64 = 86_400_000;

on_each_database! {
    crate::START =>
    crate::leads_count as leads_count_for_whom_rotation_gave_them_to
    crate::is_kept as what_was_learned_is_kept_while_the_rotator_learns
}

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
    agents: [AgentId; 2],
    rotator: RotatorId,
}

impl<S: Store> Shop<S> {
    async fn open(store: S) -> Self {
        let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let mut agents = [AgentId(0); 2];
        for (id, name) in agents.iter_mut().zip(["Ayu", "Budi"]) {
            let fields = agent(name, "6281200000001");
            *id = store.add_agent(workspace, fields, START).await.unwrap().id;
        }
        let rotator = store.add_rotator(workspace, fields("promo", &agents), START).await;
        let rotator = rotator.unwrap().id;
        Self {
            store,
            workspace,
            agents,
            rotator,
        }
    }

    /// So many visitors at a rotator, an hour apart; their leads.
    async fn come(&self, rotator: RotatorId, visitors: i64) -> Vec<LeadId> {
        let prints = Fingerprints::new(self.store.installation().await.unwrap().fingerprint_key);
        let at = |n: i64| START.plus_ms(n * DAY_MS / 24);
        let visits = (0..visitors)
            .map(|n| {
                visit(
                    &prints,
                    (self.workspace, rotator),
                    at(n),
                    &format!("gclid=R{rotator}N{n}"),
                    BROWSER,
                )
            })
            .collect();
        let routing = Arc::new(self.store.routing().await.unwrap());
        let memory = self.store.memory(FloodLimits::default()).await.unwrap();
        let recorded = self.store.record(routing, memory, visits, Arc::default()).await;
        let (_, decisions) = recorded.unwrap();
        self.fold().await;
        decisions.clicks.iter().map(|click| click.lead).collect()
    }

    async fn fold(&self) {
        let routing = Arc::new(self.store.routing().await.unwrap());
        self.store.fold(routing, Fresh::default(), 10_000).await.unwrap();
    }

    async fn change(&self, lead: LeadId, patch: LeadPatch, at: UnixMs) {
        let by = "user:1".to_owned();
        assert!(self.store.update_lead(lead, patch, by, at).await.unwrap().is_some());
    }

    /// Each agent's leads of these, and those of them that were won within `days`.
    async fn given(&self, to: UnixMs, days: i64) -> Vec<(AgentId, u64, u64)> {
        let rotator = (self.workspace, self.rotator);
        let mut sums: BTreeMap<AgentId, Tally> = BTreeMap::new();
        for given in self.store.given(rotator, (START, to), days * DAY_MS).await.unwrap() {
            *sums.entry(given.agent).or_default() += given.tally;
        }
        sums.into_iter()
            .map(|(agent, sum)| (agent, sum.leads, sum.won))
            .collect()
    }

    async fn rotator(&self) -> Rotator {
        let rotators = self.store.rotators(self.workspace).await.unwrap();
        rotators.into_iter().find(|rotator| rotator.id == self.rotator).unwrap()
    }
}

fn fields(slug: &str, agents: &[AgentId]) -> RotatorFields {
    RotatorFields {
        learning: Some(Learning::default()),
        ..rotator(slug, agents)
    }
}

fn won() -> LeadPatch {
    LeadPatch {
        status: Some(Status::Won),
        ..LeadPatch::default()
    }
}

async fn leads_count<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database.open().await).await;
    let [ayu, budi] = shop.agents;
    let other = fields("other", &shop.agents);
    let other = shop.store.add_rotator(shop.workspace, other, START).await.unwrap().id;
    shop.come(other, 3).await;
    let leads = shop.come(shop.rotator, 20).await;
    let end = START.plus_ms(DAY_MS);
    assert_eq!(shop.given(end, 7).await, [(ayu, 10, 0), (budi, 10, 0)]);
    assert_eq!(
        shop.given(START.plus_ms(DAY_MS / 24), 7).await,
        [(ayu, 1, 0)],
        "born before the end"
    );

    let rotator = (shop.workspace, shop.rotator);
    let given = shop.store.given(rotator, (START, end), DAY_MS).await.unwrap();
    let held_out = given
        .iter()
        .filter(|given| given.held_out)
        .map(|given| given.tally.leads);
    let wanted = leads.iter().filter(|lead| is_held_out(shop.rotator, **lead)).count() as u64;
    assert_eq!(held_out.sum::<u64>(), wanted, "as the click path holds them out");
    assert!((2..=6).contains(&wanted), "{wanted}");

    // Ayu wins one after two days; Budi hands one over to her, and she wins it at once.
    shop.change(leads[0], won(), START.plus_ms(2 * DAY_MS)).await;
    let to_ayu = LeadPatch {
        agent: Some(ayu),
        ..won()
    };
    shop.change(leads[1], to_ayu, end).await;
    shop.fold().await;
    assert_eq!(shop.given(end, 7).await, [(ayu, 10, 1), (budi, 10, 1)]);
    assert_eq!(
        shop.given(end, 2).await,
        [(ayu, 10, 0), (budi, 10, 1)],
        "not within two days"
    );

    // What is won no more, what was removed, and what another stands for.
    let lost = LeadPatch {
        status: Some(Status::Lost),
        ..LeadPatch::default()
    };
    shop.change(leads[0], lost, end).await;
    assert!(
        shop.store
            .remove_lead(leads[2], "user:1".to_owned(), end)
            .await
            .unwrap()
    );
    let merged = shop
        .store
        .merge_leads(leads[5], leads[3], "user:1".to_owned(), end)
        .await;
    merged.unwrap();
    shop.fold().await;
    assert_eq!(shop.given(end, 7).await, [(ayu, 9, 0), (budi, 9, 1)]);
    shop.store.close().await.unwrap();
}

async fn is_kept<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database.open().await).await;
    let [ayu, budi] = shop.agents;
    let record = |agent, won, rate_millionths| AgentRecord {
        agent,
        tally: Tally { leads: 500, won },
        rate_millionths,
    };
    let learned = Learned {
        from: Day(20_260_801),
        to: Day(20_261_029),
        verdict: Verdict::Moved,
        agents: vec![record(ayu, 75, 120_000), record(budi, 25, 80_000)],
        compared: None,
    };
    let learner = |routing: &konektor_core::routing::Routing| routing.rotator(shop.rotator).unwrap().learning.clone();
    let routing = shop.store.routing().await.unwrap();
    assert_eq!(
        learner(&routing).unwrap().weights,
        None,
        "it has not been looked at yet"
    );

    let set = |learned: &Learned| shop.store.set_learned(shop.workspace, shop.rotator, learned.clone());
    assert!(set(&learned).await.unwrap());
    assert!(!set(&learned).await.unwrap(), "the same again changes nothing");
    assert_eq!(shop.rotator().await.learned, Some(learned.clone()));
    let weights = learner(&shop.store.routing().await.unwrap()).unwrap().weights.unwrap();
    assert!(weights[0] > weights[1], "visitors are routed by it: {weights:?}");

    let renamed = RotatorFields {
        name: "Promo".to_owned(),
        ..shop.rotator().await.fields
    };
    let kept = shop
        .store
        .set_rotator(shop.workspace, shop.rotator, renamed.clone())
        .await;
    assert_eq!(kept.unwrap().unwrap().learned, Some(learned.clone()));
    let off = RotatorFields {
        learning: None,
        ..renamed
    };
    let off = shop.store.set_rotator(shop.workspace, shop.rotator, off).await;
    assert_eq!(
        off.unwrap().unwrap().learned,
        None,
        "what it learned goes with learning"
    );
    assert!(
        !set(&learned).await.unwrap(),
        "and a late server does not bring it back"
    );
    assert_eq!(learner(&shop.store.routing().await.unwrap()), None);
    shop.store.close().await.unwrap();
}
