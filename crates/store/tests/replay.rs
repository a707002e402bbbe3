//! Visits that were answered while the database was away, told through the trait: each is recorded once, as what it was.

mod common;

use common::{
    databases::Opens,
    shop::{agent, rotator, workspace},
};
use konektor_core::{
    click::{Click, Why},
    decide::{
        Memory, Outcome, Visit,
        degraded::{Away, Spooled, Told},
    },
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{ClickId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
    routing::Routing,
    time::UnixMs,
};
use konektor_store::{Attempt, Store, StoreError, model::*};
use std::{collections::BTreeSet, sync::Arc};

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const SEGMENT: i64 = -7_000_000_000_000;
const BROWSER: &str =
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36";

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
    rotator: RotatorId,
    prints: Fingerprints,
    away: Away,
}

on_each_database! {
    crate::START =>
    crate::spooled_visits_are_recorded_as_what_they_were_and_once as spooled_visits_are_recorded_as_what_they_were_and_once
    crate::a_segment_that_is_forgotten_is_a_new_one as a_segment_that_is_forgotten_is_a_new_one
    crate::a_commit_that_succeeded_after_all_is_found_by_its_click as a_commit_that_succeeded_after_all_is_found_by_its_click
    crate::a_batch_that_was_given_up_before_its_commit_leaves_nothing as a_batch_that_was_given_up_before_its_commit_leaves_nothing
    crate::a_number_is_never_given_twice as a_number_is_never_given_twice
}

impl<S: Store> Shop<S> {
    async fn open(store: S) -> Self {
        let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let mut agents = Vec::new();
        for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
            let added = store.add_agent(workspace, agent(name, phone), START).await;
            agents.push(added.unwrap().id);
        }
        let rotator = rotator("promo", &agents);
        let rotator = store.add_rotator(workspace, rotator, START).await.unwrap().id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let mut away = Away::new(1_000, FloodLimits::default());
        for block in reserve(&store, workspace, 0).await {
            away.set_numbers(workspace, block.numbers);
        }
        Self {
            store,
            workspace,
            rotator,
            prints,
            away,
        }
    }

    fn visit(&self, query: &str, ms_after: i64) -> Visit {
        let link = (self.workspace, self.rotator);
        common::visit(&self.prints, link, START.plus_ms(ms_after), query, BROWSER)
    }

    async fn routing(&self) -> Arc<Routing> {
        Arc::new(self.store.routing().await.unwrap())
    }

    async fn memory(&self) -> Box<Memory> {
        self.store.memory(FloodLimits::default()).await.unwrap()
    }

    async fn spool(&mut self, visit: Visit) -> Spooled {
        let routing = self.routing().await;
        let rotator = routing.rotator(self.rotator).unwrap();
        let told = self.away.choose(&routing, rotator, &visit).expect("no flood");
        Spooled::new(rotator, visit, &told)
    }

    async fn told(&self, visit: Visit, told: &Told) -> Spooled {
        Spooled::new(self.routing().await.rotator(self.rotator).unwrap(), visit, told)
    }

    async fn replay(&self, first: u64, visits: Vec<Spooled>) -> Vec<Click> {
        let segment = SEGMENT;
        let batch = ReplayBatch { segment, first, visits };
        let (memory, routing) = (self.memory().await, self.routing().await);
        self.store.replay(routing, memory, batch).await.unwrap().1.clicks
    }

    async fn clicks_of(&self, lead: LeadId) -> u32 {
        let folded = self.store.fold(self.routing().await, Fresh::default(), 1_000).await;
        folded.unwrap();
        let lead = self.store.find_lead(lead).await.unwrap();
        lead.map_or(0, |lead| lead.click_count)
    }
}

async fn reserve<S: Store>(store: &S, workspace: WorkspaceId, held_to: u64) -> Vec<NumberBlock> {
    let numbers = held_to..held_to + 100;
    store
        .reserve_numbers(vec![NumberBlock { workspace, numbers }])
        .await
        .unwrap()
}

async fn spooled_visits_are_recorded_as_what_they_were_and_once<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    let mut spooled = Vec::new();
    for n in 0..20 {
        let visit = shop.visit(&format!("gclid=G{n}"), n * 1_000);
        spooled.push(shop.spool(visit).await);
    }
    // The first half is recorded, and the end of the whole is asked for again: as after a crash.
    let first = shop.replay(0, spooled[..10].to_vec()).await;
    assert_eq!(first.len(), 10);
    assert!(shop.replay(0, spooled[..10].to_vec()).await.is_empty());
    let second = shop.replay(5, spooled[5..].to_vec()).await;
    assert_eq!(second.len(), 10);
    for (click, spooled) in first.iter().chain(&second).zip(&spooled) {
        assert_eq!((Some(click.lead), click.at), (spooled.lead(), spooled.at));
        assert_eq!((click.agent, click.facts.why), (spooled.agent, Why::Degraded));
        let lead = shop
            .store
            .find_lead(click.lead)
            .await
            .unwrap()
            .expect("the lead is there");
        assert_eq!((lead.agent, lead.first.unwrap().at), (spooled.agent, spooled.at));
        assert_eq!(shop.clicks_of(click.lead).await, 1);
    }
    let owners: Vec<_> = first
        .iter()
        .chain(&second)
        .map(|click| (click.lead, click.agent.unwrap()))
        .collect();
    assert_eq!(shop.store.recent_owners(12).await.unwrap(), owners[8..]);
    let ids: BTreeSet<_> = first.iter().chain(&second).map(|click| click.id).collect();
    assert_eq!(ids.len(), 20);
}

async fn a_segment_that_is_forgotten_is_a_new_one<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    let visit = shop.visit("", 0);
    let spooled = shop.spool(visit).await;
    assert_eq!(shop.replay(0, vec![spooled.clone()]).await.len(), 1);
    shop.store.forget_segment(SEGMENT).await.unwrap();
    let again = shop.replay(0, vec![spooled]).await;
    assert_eq!(again.len(), 1, "its file is gone by then, so nobody asks");
}

async fn a_commit_that_succeeded_after_all_is_found_by_its_click<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database.open().await).await;
    let attempt = Arc::new(Attempt::default());
    let (routing, memory) = (shop.routing().await, shop.memory().await);
    let visits = vec![shop.visit("gclid=A", 0), shop.visit("gclid=B", 0)];
    let recorded = shop.store.record(routing, memory, visits.clone(), attempt.clone());
    let (_, decisions) = recorded.await.unwrap();
    // What its visitors were told, had they not been able to wait: what was decided.
    let mut spooled = Vec::new();
    for (visit, click) in visits.into_iter().zip(&decisions.clicks) {
        let Outcome::Sent { lead, to, .. } = decisions.outcomes[spooled.len()].clone() else {
            panic!("{decisions:?}");
        };
        let told = Told {
            lead: Some(lead),
            to,
            name: None,
            by: click.facts.by,
            dup: false,
            click: Some(click.id),
        };
        spooled.push(shop.told(visit, &told).await);
    }
    assert!(shop.replay(0, spooled.clone()).await.is_empty());
    for click in &decisions.clicks {
        assert_eq!(shop.clicks_of(click.lead).await, 1);
    }
    // The same visits, but of a commit that failed: nothing has their ids.
    for (n, visit) in spooled.iter_mut().enumerate() {
        visit.click = Some(ClickId(1 + n as i64));
        visit.number = Some(VisitorNumber(90_000 + n as u64));
    }
    assert_eq!(shop.replay(2, spooled).await.len(), 2);
}

async fn a_batch_that_was_given_up_before_its_commit_leaves_nothing<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database.open().await).await;
    let attempt = Arc::new(Attempt::default());
    assert!(attempt.give_up().is_none());
    let (routing, memory) = (shop.routing().await, shop.memory().await);
    let visits = vec![shop.visit("", 0)];
    let recorded = shop.store.record(routing, memory, visits, attempt).await;
    assert!(matches!(recorded, Err(StoreError::GivenUp)), "{recorded:?}");
    let all = shop
        .store
        .fold(shop.routing().await, Fresh::default(), 10)
        .await
        .unwrap();
    assert_eq!(all.clicks, 0);
}

async fn a_number_is_never_given_twice<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database.open().await).await;
    let mut given = BTreeSet::new();
    let mut give = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            assert!(given.insert(number), "{number} was given twice");
        }
    };
    let ahead = reserve(&shop.store, shop.workspace, 0).await.remove(0).numbers;
    give(ahead.clone());
    assert!(
        reserve(&shop.store, shop.workspace, ahead.end).await.is_empty(),
        "no number was given since: the block is still the next"
    );
    // A batch that is told its decisions, then lost: rolled back because its transaction cannot end.
    for round in 0..3 {
        let attempt = Arc::new(Attempt::default());
        let (routing, memory) = (shop.routing().await, shop.memory().await);
        let visits = (0..5).map(|n| shop.visit(&format!("r={round}&n={n}"), 0)).collect();
        let recorded = shop.store.record(routing, memory, visits, attempt.clone());
        let (memory, decisions) = recorded.await.unwrap();
        let numbers: Vec<_> = decisions.clicks.iter().map(|click| click.lead.number.0).collect();
        give(numbers[0]..numbers[4] + 1);
        drop(memory); // what was left of its block stays unused
        let next = reserve(&shop.store, shop.workspace, ahead.end).await.remove(0).numbers;
        give(next);
    }
    // Told under a number that this database has not reserved, as after an older backup: it is burnt.
    let far = 5_000_000;
    let told = Told {
        lead: Some(LeadId {
            workspace: shop.workspace,
            number: VisitorNumber(far),
        }),
        to: konektor_core::decide::SendTo::Fallback,
        name: None,
        by: konektor_core::click::RecognisedBy::New,
        dup: false,
        click: None,
    };
    let spooled = shop.told(shop.visit("far=1", 0), &told).await;
    shop.replay(0, vec![spooled]).await;
    let next = reserve(&shop.store, shop.workspace, 0).await.remove(0).numbers;
    assert!(next.start > far);
}
