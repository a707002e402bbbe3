//! How a visitor becomes a person, told through the trait: every database is held to it.

mod common;

use common::databases::Opens;
use konektor_core::{
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
    lead::{NameSource, Status},
    routing::{Mode, Share},
    time::UnixMs,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36";

on_each_database! {
    crate::START =>
    crate::tell as tells_who_is_who
}

/// Forms name visitors, leads become one and two again.
async fn tell<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    shop.a_form_names_its_visitor().await;
    shop.a_code_proves_nothing().await;
    shop.who_is_not_known_is_made_or_not_found().await;
    shop.a_repetition_does_nothing().await;
    shop.one_number_makes_one_lead_of_two_and_apart_they_are_what_they_were()
        .await;
    shop.however_leads_are_merged_apart_they_are_what_they_were().await;
    shop.who_comes_back_goes_to_the_survivors_agent().await;
    shop.a_removed_person_is_gone_with_all_leads_that_are_one().await;
    shop.an_import_says_beforehand_what_it_does().await;
    shop.store.close().await.unwrap();
}

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
    other: WorkspaceId,
    agents: Vec<AgentId>,
    rotator: RotatorId,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
    now: UnixMs,
    /// What dashboards were told of the last visit.
    told: Vec<FoldedLead>,
}

/// What a form says of somebody.
fn form(lead: Addressed, name: &str, phone: &str) -> Submission {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Submission {
        lead,
        name: text(name),
        phone: text(phone),
        source: NameSource::Form,
        by: "form:1".to_owned(),
        make: true,
        ..Submission::default()
    }
}

impl<S: Store> Shop<S> {
    async fn open(store: S) -> Self {
        let new = |name: &str| NewWorkspace {
            name: name.to_owned(),
            country: "ID".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            code_key: [7; 16],
        };
        let workspace = store.add_workspace(new("Toko"), START).await.unwrap();
        let other = store.add_workspace(new("Another"), START).await.unwrap();
        let mut agents = Vec::new();
        for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
            let agent = AgentFields {
                name: name.to_owned(),
                phone: phone.to_owned(),
                active: true,
                paused_until: None,
                hours: None,
                time_zone: None,
                daily_cap: None,
            };
            agents.push(store.add_agent(workspace, agent, START).await.unwrap().id);
        }
        let fields = RotatorFields {
            slug: "promo".to_owned(),
            name: "promo".to_owned(),
            mode: Mode::Redirect,
            message: "Hi [{code}]".to_owned(),
            target: "wa.me".to_owned(),
            fallback: None,
            page: None,
            agents: agents.iter().map(|&agent| Share { agent, weight: 1 }).collect(),
            learning: None,
        };
        let rotator = store.add_rotator(workspace, fields, START).await.unwrap().id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let memory = Some(store.memory(FloodLimits::default()).await.unwrap());
        Self {
            store,
            workspace,
            other,
            agents,
            rotator,
            memory,
            prints,
            now: START,
            told: Vec::new(),
        }
    }

    /// A visit, folded; of somebody new, or of who has this number in their cookie.
    async fn visit(&mut self, query: &str, cookie: Option<LeadId>) -> Decisions {
        self.now = self.now.plus_ms(60_000);
        let routing = Arc::new(self.store.routing().await.unwrap());
        let link = (self.workspace, self.rotator);
        let visit = Visit {
            cookie: cookie.map(|lead| lead.number),
            ..common::visit(&self.prints, link, self.now, query, BROWSER)
        };
        let memory = self.memory.take().expect("it comes back");
        let recorded = self
            .store
            .record(routing.clone(), memory, vec![visit], Arc::default())
            .await;
        let (mut memory, decisions) = recorded.unwrap();
        let folded = self.store.fold(routing, Fresh::default(), 1_000).await.unwrap();
        memory.forget_old(self.now, folded.watermark);
        self.memory = Some(memory);
        self.told = folded.leads;
        decisions
    }

    async fn visitor(&mut self, query: &str) -> LeadId {
        self.visit(query, None).await.clicks[0].lead
    }

    async fn submit(&mut self, submission: Submission) -> Submitted {
        self.now = self.now.plus_ms(1_000);
        self.store.submit(self.workspace, submission, self.now).await.unwrap()
    }

    async fn lead(&self, id: LeadId) -> Lead {
        self.store.find_lead(id).await.unwrap().expect("the lead is there")
    }

    /// All that can be read of a lead but its timeline.
    async fn all_of(&self, id: LeadId) -> String {
        let lead = self.store.find_lead(id).await.unwrap();
        let details = self.store.lead_details(id).await.unwrap();
        format!("{lead:?} {details:?}")
    }

    async fn listed(&self, filter: LeadFilter) -> Vec<LeadId> {
        let leads = self.store.leads(self.workspace, filter, None, 1_000).await.unwrap();
        leads.into_iter().map(|lead| lead.id).collect()
    }

    async fn a_form_names_its_visitor(&mut self) {
        let lead = self.visitor("gclid=A1").await;
        let submission = Submission {
            email: Some("rina@kopi.id".to_owned()),
            fields: vec![("Ukuran".to_owned(), "XL".to_owned())],
            consent: Some(Consented {
                wording: "Saya setuju".to_owned(),
            }),
            ..form(Addressed::Visitor(lead), "Rina", "6281100000001")
        };
        let done = Submitted::Done {
            lead,
            made: false,
            merged: vec![],
        };
        assert_eq!(self.submit(submission).await, done);
        let shown = self.lead(lead).await;
        assert_eq!(shown.name, Some(("Rina".to_owned(), NameSource::Form)));
        assert_eq!(
            (shown.phone.as_deref(), shown.email.as_deref()),
            (Some("6281100000001"), Some("rina@kopi.id"))
        );
        let details = self.store.lead_details(lead).await.unwrap().unwrap();
        assert_eq!(details.custom, [("Ukuran".to_owned(), "XL".to_owned())]);
        assert_eq!(details.consent.unwrap().0.wording, "Saya setuju");
        let kinds: Vec<_> = details.identifiers.iter().map(|known| known.kind.as_str()).collect();
        assert_eq!(kinds, ["email", "phone"]);
        let timeline = self.store.timeline(lead, None, 10).await.unwrap();
        assert!(timeline.iter().any(|item| matches!(item, TimelineItem::Submission(_))));

        let patch = LeadPatch {
            name: Some(Some(("Ibu Rina".to_owned(), NameSource::Manual))),
            ..LeadPatch::default()
        };
        self.store
            .update_lead(lead, patch, "user:1".to_owned(), self.now)
            .await
            .unwrap();
        self.submit(form(Addressed::Nobody, "Bukan Rina", "6281100000001"))
            .await;
        assert_eq!(
            self.lead(lead).await.name,
            Some(("Ibu Rina".to_owned(), NameSource::Manual)),
            "a name set by hand stays"
        );
    }

    async fn a_code_proves_nothing(&mut self) {
        let rina = self.lead_of("6281100000001").await;
        let lead = self.visitor("gclid=B1").await;
        let by_code = form(Addressed::Code(lead), "Mallory", "6281100000001");
        self.submit(by_code.clone()).await;
        let shown = self.lead(lead).await;
        assert_eq!(shown.name.unwrap().0, "Mallory", "what is automatic is filled");
        assert!(shown.unverified && !shown.merged);
        assert_eq!(shown.phone, None, "somebody else has this number");
        assert_eq!(self.lead_of("6281100000001").await, rina);
        let again = Submission {
            name: Some("Mallory II".to_owned()),
            phone: Some("6281100000066".to_owned()),
            ..by_code
        };
        self.submit(again).await;
        let shown = self.lead(lead).await;
        assert_eq!(shown.name.unwrap().0, "Mallory", "a name that somebody gave is not");
        assert_eq!(shown.phone.as_deref(), Some("6281100000066"));
        assert!(
            self.store.identifiers(lead).await.unwrap().is_empty(),
            "nor is anybody known by a number that came with a code"
        );
    }

    /// Who has a number.
    async fn lead_of(&mut self, phone: &str) -> LeadId {
        let ask = Submission {
            make: false,
            ..form(Addressed::Nobody, "", phone)
        };
        match self.submit(ask).await {
            Submitted::Done { lead, .. } => lead,
            other => panic!("{other:?}"),
        }
    }

    async fn who_is_not_known_is_made_or_not_found(&mut self) {
        let unknown = Submission {
            make: false,
            ..form(Addressed::Nobody, "Siti", "6281100000077")
        };
        assert_eq!(self.submit(unknown).await, Submitted::NotFound);
        let before = self.visitor("").await;
        let made = self.submit(form(Addressed::Nobody, "Siti", "6281100000077")).await;
        let Submitted::Done { lead, made: true, .. } = made else {
            panic!("{made:?}");
        };
        let after = self.visitor("").await;
        assert!(
            before.number < lead.number && lead.number < after.number,
            "numbers are in the order of time, whoever gives them"
        );
        let shown = self.lead(lead).await;
        assert!(shown.first.is_none() && shown.last.is_none() && shown.agent.is_none());
        assert_eq!((shown.click_count, shown.created_at), (0, self.now.plus_ms(-60_000)));
        assert_eq!(self.listed(LeadFilter::default()).await[..2], [after, lead]);
        let of_another = LeadId {
            workspace: self.other,
            number: VisitorNumber(1),
        };
        let foreign = Submission {
            make: false,
            ..form(Addressed::Visitor(of_another), "X", "")
        };
        assert_eq!(self.submit(foreign).await, Submitted::NotFound);
        assert!(self.store.find_lead(of_another).await.unwrap().is_none());
    }

    async fn a_repetition_does_nothing(&mut self) {
        let lead = self.visitor("").await;
        let once = Submission {
            once: Some([9; 32]),
            ..form(Addressed::Visitor(lead), "Tono", "")
        };
        assert!(matches!(self.submit(once.clone()).await, Submitted::Done { .. }));
        let before = self.store.timeline(lead, None, 100).await.unwrap().len();
        let again = Submission {
            name: Some("Toni".to_owned()),
            ..once
        };
        assert_eq!(self.submit(again.clone()).await, Submitted::Repeated { lead });
        assert_eq!(self.store.timeline(lead, None, 100).await.unwrap().len(), before);
        let elsewhere = self.store.submit(self.other, again, self.now).await.unwrap();
        assert!(matches!(elsewhere, Submitted::Done { made: true, .. }), "{elsewhere:?}");
    }

    async fn one_number_makes_one_lead_of_two_and_apart_they_are_what_they_were(&mut self) {
        let (older, younger) = (self.visitor("gclid=C1").await, self.visitor("fbclid=C2").await);
        self.submit(form(Addressed::Visitor(older), "Dewi", "6281100000002"))
            .await;
        let before = [self.all_of(older).await, self.all_of(younger).await];
        let listed = self.listed(LeadFilter::default()).await;
        let merging = Submission {
            fields: vec![("Kota".to_owned(), "Solo".to_owned())],
            email: Some("dewi@kopi.id".to_owned()),
            ..form(Addressed::Visitor(younger), "Dewi Lestari", "6281100000002")
        };
        let done = Submitted::Done {
            lead: older,
            made: false,
            merged: vec![younger],
        };
        assert_eq!(self.submit(merging).await, done);
        let one = self.lead(younger).await;
        assert_eq!((one.id, one.click_count, one.merged), (older, 2, true));
        assert_eq!(one.name.unwrap().0, "Dewi Lestari");
        assert_eq!(one.first.unwrap().lead, older, "the first touch is the earlier one");
        assert_eq!(one.last.unwrap().lead, younger);
        assert!(!self.listed(LeadFilter::default()).await.contains(&younger));
        let details = self.store.lead_details(older).await.unwrap().unwrap();
        assert_eq!(
            (details.merged[0].id, details.merged[0].why.as_str()),
            (younger, "phone")
        );
        assert_eq!(details.identifiers.len(), 2);
        let parted = self
            .store
            .unmerge_lead(younger, "user:1".to_owned(), self.now)
            .await
            .unwrap();
        let wanted = Unmerge::Done {
            lead: younger,
            survivor: older,
        };
        assert_eq!(parted, wanted);
        assert_eq!([self.all_of(older).await, self.all_of(younger).await], before);
        assert_eq!(self.listed(LeadFilter::default()).await, listed);

        self.submit(form(Addressed::Visitor(younger), "", "6281100000002"))
            .await;
        assert_eq!(
            self.lead(younger).await.id,
            younger,
            "what a person has taken apart, no form puts together again"
        );
        let owner = self.lead(older).await.agent;
        assert!(self.agents.contains(&owner.unwrap()));
        assert_eq!(self.lead(older).await.status, Status::New);
    }

    /// Merges at random, in chains too, and takes apart in another order.
    async fn however_leads_are_merged_apart_they_are_what_they_were(&mut self) {
        const LEADS: usize = 6;
        let mut leads = Vec::new();
        for n in 0..LEADS {
            leads.push(self.visitor(&format!("gclid=R{n}&utm_campaign=c{n}")).await);
            let patch = LeadPatch {
                name: (n % 2 == 0).then(|| Some((format!("Orang {n}"), NameSource::Form))),
                status: [None, Some(Status::Hot), Some(Status::Won)][n % 3],
                value: (n % 3 == 2).then_some(Some(1_000 * n as i64)),
                currency: (n % 3 == 2).then(|| Some("IDR".to_owned())),
                phone: (n % 2 == 1).then(|| Some(format!("62813000000{n:02}"))),
                notes: (n > 2).then(|| Some(format!("catatan {n}"))),
                ..LeadPatch::default()
            };
            let by = "user:1".to_owned();
            self.store.update_lead(leads[n], patch, by, self.now).await.unwrap();
        }
        let before = self.everything(&leads).await;
        let mut seed = 7_u64;
        let mut random = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        for round in 0..40 {
            for _ in 0..random(8) + 1 {
                self.now = self.now.plus_ms(1_000);
                let (one, other) = (leads[random(LEADS)], leads[random(LEADS)]);
                let by = "user:1".to_owned();
                if random(4) > 0 {
                    let (root, into) = (self.lead(one).await.id, self.lead(other).await.id);
                    let merge = self.store.merge_leads(one, other, by, self.now).await.unwrap();
                    let wanted = if root == into {
                        Merge::AlreadyOne(into)
                    } else {
                        Merge::Done(into)
                    };
                    assert_eq!(merge, wanted, "{round}");
                } else {
                    self.store.unmerge_lead(one, by, self.now).await.unwrap();
                }
                let mut roots = std::collections::BTreeSet::new();
                let mut clicks = 0;
                for lead in &leads {
                    let shown = self.lead(*lead).await;
                    if roots.insert(shown.id) {
                        clicks += shown.click_count as usize;
                    }
                }
                assert_eq!(clicks, LEADS, "no click is lost or counted twice");
                let listed = self.listed(LeadFilter::default()).await;
                let listed = listed.into_iter().filter(|lead| leads.contains(lead));
                assert_eq!(listed.collect::<std::collections::BTreeSet<_>>(), roots);
            }
            let mut order: Vec<_> = leads.clone();
            while !order.is_empty() {
                let lead = order.swap_remove(random(order.len()));
                self.store
                    .unmerge_lead(lead, "user:1".to_owned(), self.now)
                    .await
                    .unwrap();
            }
            for lead in &leads {
                // One that others were merged into is named by them.
                while let Unmerge::Done { .. } | Unmerge::WhichOne(_) = self
                    .store
                    .unmerge_lead(*lead, "user:1".to_owned(), self.now)
                    .await
                    .unwrap()
                {
                    for other in &leads {
                        self.store
                            .unmerge_lead(*other, "user:1".to_owned(), self.now)
                            .await
                            .unwrap();
                    }
                }
            }
            assert_eq!(self.everything(&leads).await, before, "round {round}");
        }
    }

    /// All that can be read of some leads but their timelines, and what lists and sums say.
    async fn everything(&self, leads: &[LeadId]) -> Vec<String> {
        let mut all = Vec::new();
        for lead in leads {
            all.push(self.all_of(*lead).await);
        }
        for status in Status::ALL {
            let filter = LeadFilter {
                status: Some(status),
                ..LeadFilter::default()
            };
            all.push(format!("{status} {:?}", self.listed(filter).await));
        }
        let born = BornRange {
            from: START,
            to: self.now.plus_ms(1_000_000_000),
            rotator: None,
        };
        all.push(format!("{:?}", self.store.funnel(self.workspace, born).await.unwrap()));
        all
    }

    async fn who_comes_back_goes_to_the_survivors_agent(&mut self) {
        let (one, other) = (self.visitor("").await, self.visitor("fbclid=D1").await);
        let owner = self.lead(one).await.agent;
        assert_ne!(owner, self.lead(other).await.agent);
        self.store
            .merge_leads(other, one, "user:1".to_owned(), self.now)
            .await
            .unwrap();
        let back = self.visit("fbclid=D2", Some(other)).await;
        assert_eq!((back.clicks[0].lead, back.clicks[0].agent), (other, owner));
        assert_eq!(
            (self.told[0].lead, self.told[0].new),
            (one, false),
            "the lead that lists show"
        );
        let shown = self.lead(one).await;
        assert_eq!((shown.click_count, shown.last.unwrap().lead), (3, other));
        let ad = self
            .store
            .attributed_click(one, konektor_core::attribution::Platform::Meta)
            .await;
        assert_eq!(
            ad.unwrap().unwrap().lead,
            other,
            "an ad that brought one brought the person"
        );
        // Who filled in a form first and clicked later keeps the agent of the click.
        let made = self.submit(form(Addressed::Nobody, "Wati", "6281100000088")).await;
        let Submitted::Done { lead: made, .. } = made else {
            panic!("{made:?}")
        };
        let clicked = self.visitor("").await;
        let agent = self.lead(clicked).await.agent;
        self.submit(form(Addressed::Visitor(clicked), "", "6281100000088"))
            .await;
        let shown = self.lead(clicked).await;
        assert_eq!((shown.id, shown.agent), (made, agent));
        assert_eq!(self.visit("", Some(clicked)).await.clicks[0].agent, agent);
        self.store
            .unmerge_lead(clicked, "user:1".to_owned(), self.now)
            .await
            .unwrap();
        assert_eq!(self.lead(made).await.agent, None);
    }

    async fn a_removed_person_is_gone_with_all_leads_that_are_one(&mut self) {
        let (one, other) = (self.visitor("").await, self.visitor("").await);
        self.submit(form(Addressed::Visitor(one), "Yuni", "6281100000099"))
            .await;
        self.submit(form(Addressed::Visitor(other), "", "6281100000099")).await;
        assert!(
            self.store
                .remove_lead(other, "user:1".to_owned(), self.now)
                .await
                .unwrap()
        );
        for lead in [one, other] {
            assert!(self.store.find_lead(lead).await.unwrap().is_none());
            assert!(self.store.timeline(lead, None, 10).await.unwrap().is_empty());
            assert_ne!(
                self.visit("", Some(lead)).await.clicks[0].lead,
                lead,
                "who comes back is somebody new"
            );
        }
        let anew = self.submit(form(Addressed::Nobody, "Yuni", "6281100000099")).await;
        assert!(
            matches!(anew, Submitted::Done { made: true, .. }),
            "the number is free: {anew:?}"
        );
    }

    async fn an_import_says_beforehand_what_it_does(&mut self) {
        let lead = self.visitor("").await;
        let row = |phone: &str, name: &str| ImportRow {
            patch: LeadPatch {
                name: Some(Some((name.to_owned(), NameSource::Manual))),
                phone: Some(Some(phone.to_owned())),
                ..LeadPatch::default()
            },
            ..ImportRow::default()
        };
        let mut rows = vec![
            row("6281500000001", "Satu"),
            row("6281500000001", "Satu"),
            row("6281500000002", "Dua"),
            ImportRow {
                code: Some(lead),
                ..row("6281500000002", "Dua")
            },
            ImportRow {
                code: Some(LeadId {
                    workspace: self.workspace,
                    number: VisitorNumber(30_000_000_000),
                }),
                ..row("6281500000003", "Empat")
            },
        ];
        rows.extend((0..60).map(|n| row(&format!("6281600000{n:03}"), "Banyak")));
        let mut actions = Vec::new();
        for dry_run in [true, false, true, false] {
            let before = self.listed(LeadFilter::default()).await.len();
            let by = "import:user:1".to_owned();
            let imported = self
                .store
                .import_leads(self.workspace, rows.clone(), dry_run, by, self.now)
                .await;
            let imported: Vec<_> = imported.unwrap().into_iter().map(|row| row.action).collect();
            actions.push(imported);
            assert!(!dry_run || self.listed(LeadFilter::default()).await.len() == before);
        }
        use ImportAction::{Create, Merge, NoSuchLead, Unchanged};
        assert_eq!(actions[0][..5], [Create, Unchanged, Create, Merge, NoSuchLead]);
        assert_eq!(actions[0], actions[1]);
        assert_eq!(actions[2], actions[3]);
        assert!(
            actions[3].iter().all(|action| matches!(action, Unchanged | NoSuchLead)),
            "{actions:?}"
        );
    }
}
