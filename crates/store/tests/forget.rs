//! Erasing and forgetting, told through the trait: every database is held to it.

mod common;

use common::{
    databases::Opens,
    shop::{agent, rotator, workspace},
    visit,
};
use konektor_core::{
    decide::{Memory, Visit},
    flood::FloodLimits,
    fold::{Fresh, SourceKind},
    identity::continuity::Fingerprints,
    ids::{LeadId, RotatorId, WorkspaceId},
    lead::NameSource,
    time::UnixMs,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36";
const DAY_MS: i64 = 86_400_000;

on_each_database! {
    crate::START =>
    crate::tell as tells_of_forgetting
}

async fn tell<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    shop.who_is_erased_is_nowhere_and_the_others_are_all_there().await;
    shop.clicks_lose_what_is_old().await;
    shop.silence_is_found().await;
    shop.store.close().await.unwrap();
}

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
    rotator: RotatorId,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
}

impl<S: Store> Shop<S> {
    async fn open(store: S) -> Self {
        let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let ayu = agent("Ayu", "6281200000001");
        let ayu = store.add_agent(workspace, ayu, START).await.unwrap().id;
        let promo = rotator("promo", &[ayu]);
        let rotator = store.add_rotator(workspace, promo, START).await.unwrap().id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let memory = Some(store.memory(FloodLimits::default()).await.unwrap());
        Self {
            store,
            workspace,
            rotator,
            memory,
            prints,
        }
    }

    fn a_visit(&self, query: &str, cookie: Option<LeadId>, at: UnixMs) -> Visit {
        Visit {
            cookie: cookie.map(|lead| lead.number),
            ..visit(&self.prints, (self.workspace, self.rotator), at, query, BROWSER)
        }
    }

    /// Records a visit; the lead, and the clicks that are still to be folded.
    async fn record(&mut self, visit: Visit) -> (LeadId, Fresh) {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let memory = self.memory.take().unwrap();
        let recorded = self.store.record(routing, memory, vec![visit], Arc::default()).await;
        let (memory, decisions) = recorded.unwrap();
        self.memory = Some(memory);
        let lead = decisions.clicks[0].lead;
        let mut fresh = Fresh::default();
        fresh.add(decisions.after, decisions.clicks);
        (lead, fresh)
    }

    async fn fold(&self, fresh: Fresh) {
        let routing = Arc::new(self.store.routing().await.unwrap());
        self.store.fold(routing, fresh, 10_000).await.unwrap();
    }

    async fn visit(&mut self, query: &str, cookie: Option<LeadId>, at: UnixMs) -> LeadId {
        let visit = self.a_visit(query, cookie, at);
        let (lead, fresh) = self.record(visit).await;
        self.fold(fresh).await;
        lead
    }

    async fn say(&self, lead: LeadId, name: &str, phone: &str) {
        let said = Submission {
            lead: Addressed::Visitor(lead),
            name: Some(name.to_owned()),
            phone: Some(phone.to_owned()),
            source: NameSource::Form,
            by: "form:1".to_owned(),
            make: true,
            ..Submission::default()
        };
        let done = self.store.submit(self.workspace, said, START).await.unwrap();
        assert!(matches!(done, Submitted::Done { .. }));
    }

    async fn whom(&self, whom: Whom) -> Vec<LeadId> {
        self.store.find_persons(self.workspace, whom).await.unwrap()
    }

    async fn who_is_erased_is_nowhere_and_the_others_are_all_there(&mut self) {
        let rina = self
            .visit("fbclid=IwRina12345&utm_campaign=only-rina", None, START)
            .await;
        self.visit("utm_campaign=all", Some(rina), START.plus_ms(5_000)).await;
        let sari = self
            .visit("fbclid=IwSari12345&utm_campaign=all", None, START.plus_ms(9_000))
            .await;
        let phone = self.visit("utm_source=phone", None, START.plus_ms(20_000)).await;
        self.say(rina, "Rina", "628111111111").await;
        self.say(sari, "Sari", "628222222222").await;
        // Her second phone: one person.
        self.say(phone, "Rina", "628111111111").await;
        let lines = AuditLine {
            at: START,
            workspace: self.workspace,
            who: "user:1".to_owned(),
            what: "PATCH /leads/{id}".to_owned(),
            object: format!("/leads/{}", rina.packed()),
        };
        self.store.add_audit(lines).await.unwrap();

        assert_eq!(self.whom(Whom::Phone("628111111111".to_owned())).await, [rina]);
        assert_eq!(
            self.whom(Whom::Lead(phone)).await,
            [rina],
            "whichever of her leads is named"
        );
        assert_eq!(self.whom(Whom::Email("nobody@contoh.id".to_owned())).await, []);
        // A click that is recorded and not folded when she is erased.
        let late = self.a_visit("utm_campaign=late", Some(rina), START.plus_ms(30_000));
        let (_, late) = self.record(late).await;
        let now = START.plus_ms(60_000);
        let erased = self.store.erase(vec![rina], now).await.unwrap();
        assert_eq!(erased.leads, [rina, phone]);
        assert_eq!((erased.clicks, erased.submissions), (4, 2));
        self.fold(late).await;

        for lead in [rina, phone] {
            assert!(self.store.find_lead(lead).await.unwrap().is_none());
            assert_eq!(self.store.timeline(lead, None, 50).await.unwrap().len(), 0);
        }
        assert_eq!(self.whom(Whom::Phone("628111111111".to_owned())).await, []);
        assert_eq!(self.store.not_erased(vec![rina, sari, phone]).await.unwrap(), [sari]);
        let again = self.store.erase(vec![rina], now).await.unwrap();
        assert_eq!(
            (again.leads.as_slice(), again.clicks),
            (&[rina][..], 0),
            "again does no harm"
        );
        let audit = self.store.audit(self.workspace, 10).await.unwrap();
        assert_eq!(audit[0].object, "/leads/(erased)");
        let range = ReportRange {
            from: START.day_in(&jiff::tz::TimeZone::UTC),
            to: now.plus_ms(DAY_MS).day_in(&jiff::tz::TimeZone::UTC),
            rotator: None,
        };
        let campaigns = self
            .store
            .sources(self.workspace, SourceKind::Campaign, range, 20)
            .await;
        let (campaigns, _) = campaigns.unwrap();
        let named: Vec<_> = campaigns.iter().map(|campaign| campaign.name.as_str()).collect();
        assert!(!named.contains(&"only-rina") && named.contains(&"all"), "{named:?}");

        let left = self.store.find_lead(sari).await.unwrap().unwrap();
        assert_eq!(
            (left.name.map(|(name, _)| name), left.click_count),
            (Some("Sari".to_owned()), 1)
        );
        let back = self.visit("utm_campaign=all", Some(rina), now.plus_ms(1_000)).await;
        assert_ne!(back, rina, "who comes back is somebody new");
        let held = self
            .store
            .held_data(self.workspace, (START, now), None, 10)
            .await
            .unwrap();
        let sari_held = held.iter().find(|held| held.lead == sari).unwrap();
        for kind in ["address", "click_ids", "clicks", "name", "phone", "user_agent"] {
            assert!(sari_held.kinds.contains(&kind), "{kind}: {:?}", sari_held.kinds);
        }
        assert!(!held.iter().any(|held| held.lead == rina));
    }

    async fn clicks_lose_what_is_old(&mut self) {
        let at = START.plus_ms(200 * DAY_MS);
        let lead = self.visit("fbclid=IwOld1234567", None, at).await;
        let forget = async |what, before: UnixMs| {
            let mut all = 0;
            loop {
                match self.store.forget_of_clicks(what, before).await.unwrap() {
                    0 => return all,
                    some => all += some,
                }
            }
        };
        assert!(
            forget(Forgotten::ClickIds, at.plus_ms(-DAY_MS)).await > 0,
            "those of before"
        );
        let touch = self
            .store
            .find_lead(lead)
            .await
            .unwrap()
            .unwrap()
            .last
            .unwrap()
            .facts
            .touch;
        assert_eq!(touch.click_ids.len(), 1, "not yet");
        assert_eq!(forget(Forgotten::ClickIds, at.plus_ms(DAY_MS)).await, 1);
        assert_eq!(forget(Forgotten::ClickIds, at.plus_ms(DAY_MS)).await, 0, "once");
        let facts = self.store.find_lead(lead).await.unwrap().unwrap().last.unwrap().facts;
        assert!(facts.touch.click_ids.is_empty() && facts.touch.platform.is_some());
        assert!(facts.ip.is_some() && !facts.ua.is_empty());
        forget(Forgotten::Origin, at.plus_ms(DAY_MS)).await;
        let facts = self.store.find_lead(lead).await.unwrap().unwrap().last.unwrap().facts;
        assert!(facts.ip.is_none() && facts.ua.is_empty());
        // Erasing finds what is left of it.
        assert_eq!(
            self.store.erase(vec![lead], at.plus_ms(DAY_MS)).await.unwrap().clicks,
            1
        );
    }

    async fn silence_is_found(&mut self) {
        let at = START.plus_ms(400 * DAY_MS);
        let silent = self.visit("utm_source=silent", None, at).await;
        let returns = self.visit("utm_source=returns", None, at.plus_ms(1)).await;
        // Two phones of one person.
        let kept = self.visit("utm_source=kept", None, at.plus_ms(2)).await;
        let back = self.visit("utm_source=back", None, at.plus_ms(3)).await;
        for lead in [kept, back] {
            self.say(lead, "Tini", "628333333333").await;
        }
        self.visit("utm_source=again", Some(returns), at.plus_ms(50 * DAY_MS))
            .await;
        // One of them comes back, and the fold has not come to it.
        let unfolded = self.a_visit("utm_source=now", Some(back), at.plus_ms(60 * DAY_MS));
        let (_, unfolded) = self.record(unfolded).await;

        let found = self
            .silent_since(at.plus_ms(10 * DAY_MS), at.plus_ms(60 * DAY_MS))
            .await;
        assert!(found.contains(&silent) && !found.contains(&returns), "{found:?}");
        assert!(!found.contains(&kept) && !found.contains(&back), "{found:?}");
        self.fold(unfolded).await;
        let found = self
            .silent_since(at.plus_ms(10 * DAY_MS), at.plus_ms(60 * DAY_MS))
            .await;
        assert!(!found.contains(&kept) && !found.contains(&back), "{found:?}");
        let found = self
            .silent_since(at.plus_ms(61 * DAY_MS), at.plus_ms(99 * DAY_MS))
            .await;
        assert!(
            found.contains(&kept) != found.contains(&back),
            "one for both: {found:?}"
        );
    }

    async fn silent_since(&self, before: UnixMs, now: UnixMs) -> Vec<LeadId> {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let step = self.store.silent_leads(before, now, after, 2).await.unwrap();
            found.extend(step.leads);
            match step.next {
                Some(next) => after = Some(next),
                None => return found,
            }
        }
    }
}
