//! One story, told through the trait: every database is held to it.

mod common;

use common::databases::Opens;
use konektor_core::{
    attribution::{Layer, Platform},
    click::{RecognisedBy, Why},
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::{Came, Fresh, PASSED_OVER, SourceKind},
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
    lead::{NameSource, Status},
    routing::{Mode, Share},
    screening::{Class, taught::Rule},
    time::{Day, UnixMs},
};
use konektor_store::{Store, StoreError, model::*};
use std::sync::Arc;

const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const TODAY: Day = Day(20_261_122);
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36";

on_each_database! {
    crate::START =>
    crate::tell as tells_the_story
    crate::who_could_not_get_a_lead_is_counted as who_could_not_get_a_lead_is_counted
}

/// A shop opens, visitors come, return and share links, the server ends and starts again, the shop works with
/// its leads.
async fn tell<S: Store>(database: &dyn Opens<S>) {
    let mut story = Story::begin(database.open().await).await;
    story.visitors_come_and_take_turns().await;
    story.a_visitor_returns().await;
    story.a_click_id_is_known_and_shared().await;
    story.store.close().await.unwrap();

    story.reopen(database.open().await).await;
    story.everything_is_still_there().await;
    story.the_shop_works_with_its_leads().await;
    story.the_reports_add_up().await;
    story.chats_and_sales_are_summed_up().await;
    story.configuration_changes_and_guards_itself().await;
    story.store.close().await.unwrap();
}

/// The other side of the ledger: why somebody got nobody.
async fn who_could_not_get_a_lead_is_counted<S: Store>(database: &dyn Opens<S>) {
    let mut story = Story::begin(database.open().await).await;
    let fields = AgentFields {
        daily_cap: Some(1),
        ..agent("Ayu", "6281200000001")
    };
    let (shop, capped) = (story.workspace, story.agents[0]);
    story.store.set_agent(shop, capped, fields, START).await.unwrap();
    for n in 0..5 {
        let given = story.record(vec![story.visit(&format!("gclid=P{n}"), BROWSER)]).await;
        assert_eq!(
            given.clicks[0].agent == Some(capped),
            n == 0,
            "the first one is theirs, and fills their day"
        );
        if n == 0 {
            let back = Visit {
                cookie: Some(given.clicks[0].lead.number),
                ..story.visit("", BROWSER)
            };
            story.record(vec![back]).await;
        }
        story.fold().await;
    }
    let off = AgentFields {
        active: false,
        ..agent("Ayu", "6281200000001")
    };
    story.store.set_agent(shop, capped, off, START).await.unwrap();
    story.record(vec![story.visit("gclid=P9", BROWSER)]).await;
    while story.fold().await.clicks > 0 {}
    let range = ReportRange {
        from: TODAY,
        to: TODAY,
        rotator: None,
    };
    let counted = story.store.counters(shop, PASSED_OVER, range).await.unwrap();
    let mut counted: Vec<_> = counted.into_iter().map(|counter| (counter.key, counter.n)).collect();
    counted.sort();
    assert_eq!(
        counted,
        [(format!("{capped}/capped"), 4), (format!("{capped}/switched_off"), 1)]
    );
    story.store.close().await.unwrap();
}

struct Story<S> {
    store: S,
    workspace: WorkspaceId,
    other: WorkspaceId,
    agents: Vec<AgentId>,
    rotator: RotatorId,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
    now: UnixMs,
    leads: Vec<LeadId>,
    /// Clicks handed to the next fold; every other fold is handed none and reads the log.
    fresh: Option<Fresh>,
}

fn agent(name: &str, phone: &str) -> AgentFields {
    AgentFields {
        name: name.to_owned(),
        phone: phone.to_owned(),
        active: true,
        paused_until: None,
        hours: None,
        time_zone: None,
        daily_cap: None,
    }
}

fn rotator(slug: &str, agents: &[AgentId]) -> RotatorFields {
    RotatorFields {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        mode: Mode::Redirect,
        message: "Hi [{code}]".to_owned(),
        target: "wa.me".to_owned(),
        fallback: None,
        page: None,
        agents: agents.iter().map(|&agent| Share { agent, weight: 1 }).collect(),
        learning: None,
    }
}

fn workspace(name: &str) -> NewWorkspace {
    NewWorkspace {
        name: name.to_owned(),
        country: "ID".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        code_key: [7; 16],
    }
}

impl<S: Store> Story<S> {
    async fn begin(store: S) -> Self {
        let shop = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let other = store.add_workspace(workspace("Another"), START).await.unwrap();
        let mut agents = Vec::new();
        for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
            agents.push(store.add_agent(shop, agent(name, phone), START).await.unwrap().id);
        }
        let rotator = store
            .add_rotator(shop, rotator("promo", &agents), START)
            .await
            .unwrap()
            .id;
        let prints = Fingerprints::new(store.installation().await.unwrap().fingerprint_key);
        let memory = Some(store.memory(FloodLimits::default()).await.unwrap());
        Self {
            store,
            workspace: shop,
            other,
            agents,
            rotator,
            memory,
            prints,
            now: START,
            leads: Vec::new(),
            fresh: Some(Fresh::default()),
        }
    }

    async fn reopen(&mut self, store: S) {
        self.store = store;
        self.fresh = None;
        self.memory = Some(self.store.memory(FloodLimits::default()).await.unwrap());
    }

    fn visit(&self, query: &str, browser: &str) -> Visit {
        let link = (self.workspace, self.rotator);
        common::visit(&self.prints, link, self.now, query, browser)
    }

    async fn record(&mut self, visits: Vec<Visit>) -> Decisions {
        self.now = self.now.plus_ms(60_000);
        let routing = Arc::new(self.store.routing().await.unwrap());
        let memory = self.memory.take().expect("the memory comes back with each batch");
        let (memory, decisions) = self
            .store
            .record(routing, memory, visits, Arc::default())
            .await
            .unwrap();
        self.memory = Some(memory);
        if let Some(fresh) = &mut self.fresh {
            fresh.add(decisions.after, decisions.clicks.clone());
        }
        decisions
    }

    async fn fold(&mut self) -> FoldProgress {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let next = self.fresh.is_none().then(Fresh::default);
        let fresh = std::mem::replace(&mut self.fresh, next).unwrap_or_default();
        let progress = self.store.fold(routing, fresh, 1_000).await.unwrap();
        self.memory.as_mut().unwrap().forget_old(self.now, progress.watermark);
        progress
    }

    async fn lead(&self, index: usize) -> Lead {
        self.store
            .find_lead(self.leads[index])
            .await
            .unwrap()
            .expect("the lead is there")
    }

    async fn visitors_come_and_take_turns(&mut self) {
        let queries = ["gclid=G1&utm_campaign=lebaran", "fbclid=F1", "utm_source=bio", ""];
        let visits = queries.iter().map(|query| self.visit(query, BROWSER)).collect();
        let decisions = self.record(visits).await;
        self.leads = decisions.clicks.iter().map(|click| click.lead).collect();
        let given: Vec<_> = decisions.clicks.iter().map(|click| click.agent.unwrap()).collect();
        assert_eq!(given, [self.agents[0], self.agents[1], self.agents[0], self.agents[1]]);

        let unfolded = self.lead(0).await;
        assert_eq!(
            (unfolded.click_count, unfolded.status),
            (1, Status::New),
            "a lead is whole before the fold"
        );
        assert_eq!(self.fold().await.clicks, 4);
        assert_eq!(self.fold().await.clicks, 0, "nothing is folded twice");
        assert_eq!(
            self.lead(0).await.first.unwrap().facts.touch.platform,
            Some(Platform::Google)
        );
        assert_eq!(self.lead(2).await.first.unwrap().facts.touch.layer, Layer::Utm);
    }

    async fn a_visitor_returns(&mut self) {
        for query in ["", "ttclid=T1"] {
            let visit = Visit {
                cookie: Some(self.leads[0].number),
                ..self.visit(query, BROWSER)
            };
            let decisions = self.record(vec![visit]).await;
            assert_eq!(decisions.clicks[0].facts.why, Why::Owner);
            let back = FoldedLead {
                lead: self.leads[0],
                agent: Some(self.agents[0]),
                new: false,
            };
            assert_eq!(self.fold().await.leads, [back]);
        }
        let lead = self.lead(0).await;
        assert_eq!(lead.click_count, 3);
        assert_eq!(lead.agent, Some(self.agents[0]));
        assert_eq!(
            lead.first.unwrap().facts.touch.platform,
            Some(Platform::Google),
            "the first touch never changes"
        );
        assert_eq!(lead.last.unwrap().facts.touch.platform, Some(Platform::Tiktok));
        let timeline = self.store.timeline(lead.id, None, 10).await.unwrap();
        let by: Vec<_> = timeline
            .iter()
            .map(|item| match item {
                TimelineItem::Click(click) => click.facts.by,
                other => panic!("nothing else happened yet: {other:?}"),
            })
            .collect();
        assert_eq!(by, [RecognisedBy::Cookie, RecognisedBy::Cookie, RecognisedBy::New]);
    }

    async fn a_click_id_is_known_and_shared(&mut self) {
        // From memory while it is not folded, from the index afterwards.
        for fold in [false, true] {
            let query = format!("gclid=G-{fold}");
            let first = self.record(vec![self.visit(&query, BROWSER)]).await.clicks[0].lead;
            if fold {
                self.fold().await;
            }
            let again = self.record(vec![self.visit(&query, BROWSER)]).await;
            assert_eq!(
                (again.clicks[0].lead, again.clicks[0].facts.by),
                (first, RecognisedBy::ClickId)
            );
            let shared = self.record(vec![self.visit(&query, "another")]).await;
            assert_ne!(shared.clicks[0].lead, first);
            assert!(shared.clicks[0].facts.shared);
            self.leads.extend([first, shared.clicks[0].lead]);
            self.fold().await;
            assert!(
                self.store
                    .find_lead(shared.clicks[0].lead)
                    .await
                    .unwrap()
                    .unwrap()
                    .shared_link
            );
        }
        // The last click before the end is not folded: the start has to find it.
        let last = self.record(vec![self.visit("gclid=G-last", BROWSER)]).await.clicks[0].lead;
        self.leads.push(last);
    }

    async fn everything_is_still_there(&mut self) {
        let last = *self.leads.last().unwrap();
        let decisions = self.record(vec![self.visit("gclid=G-last", BROWSER)]).await;
        assert_eq!(
            (decisions.clicks[0].lead, decisions.clicks[0].facts.by),
            (last, RecognisedBy::ClickId)
        );
        let owner = self.store.find_lead(last).await.unwrap().unwrap().agent;
        let next = self.record(vec![self.visit("gclid=G-next", BROWSER)]).await;
        assert_ne!(
            next.clicks[0].agent, owner,
            "rotation goes on where the last lead left it"
        );
        assert!(next.clicks[0].lead.number > last.number, "numbers are not given twice");
        assert!(next.clicks[0].id > decisions.clicks[0].id);
        self.leads.push(next.clicks[0].lead);
        while self.fold().await.clicks > 0 {}
        let unknown = VisitorNumber(500_000);
        let visit = Visit {
            cookie: Some(unknown),
            ..self.visit("", BROWSER)
        };
        let made_again = self.record(vec![visit]).await;
        assert_eq!(
            made_again.new_leads[0].id,
            LeadId {
                workspace: self.workspace,
                number: unknown
            }
        );
        self.leads.push(made_again.new_leads[0].id);
        while self.fold().await.clicks > 0 {}
    }

    async fn the_shop_works_with_its_leads(&mut self) {
        let (store, id) = (&self.store, self.leads[0]);
        let patch = LeadPatch {
            name: Some(Some(("Siti Aminah".to_owned(), NameSource::Manual))),
            status: Some(Status::Won),
            phone: Some(Some("6281234567890".to_owned())),
            email: Some(Some("siti@example.com".to_owned())),
            value: Some(Some(1_250_000_000)),
            currency: Some(Some("IDR".to_owned())),
            agent: Some(self.agents[1]),
            ..LeadPatch::default()
        };
        let lead = store
            .update_lead(id, patch.clone(), "key:1".to_owned(), self.now)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(lead.name, Some(("Siti Aminah".to_owned(), NameSource::Manual)));
        assert_eq!(
            (lead.status, lead.agent, lead.pinned),
            (Status::Won, Some(self.agents[1]), true)
        );
        let missing = LeadId {
            number: VisitorNumber(9),
            workspace: self.other,
        };
        assert!(
            store
                .update_lead(missing, patch, "key:1".to_owned(), self.now)
                .await
                .unwrap()
                .is_none()
        );
        let changes = store.timeline(id, None, 100).await.unwrap();
        assert_eq!(
            changes
                .iter()
                .filter(|item| matches!(item, TimelineItem::Change { .. }))
                .count(),
            7
        );

        let found = async |filter: LeadFilter| -> Vec<LeadId> {
            let leads = store.leads(self.workspace, filter, None, 100).await.unwrap();
            leads.into_iter().map(|lead| lead.id).collect()
        };
        let search = |search: LeadSearch| LeadFilter {
            search: Some(search),
            ..LeadFilter::default()
        };
        let by_name = LeadSearch {
            name_prefix: Some("siti am".to_owned()),
            ..LeadSearch::default()
        };
        let by_phone = LeadSearch {
            phone_prefixes: vec!["62812".to_owned()],
            ..LeadSearch::default()
        };
        let by_email = LeadSearch {
            email_prefix: Some("siti@".to_owned()),
            ..LeadSearch::default()
        };
        let by_code = LeadSearch {
            lead: Some(id),
            ..LeadSearch::default()
        };
        for filter in [by_name, by_phone, by_email, by_code].map(search) {
            assert_eq!(found(filter).await, [id]);
        }
        let nothing = LeadSearch {
            name_prefix: Some("%".to_owned()),
            ..LeadSearch::default()
        };
        assert!(
            found(search(nothing)).await.is_empty(),
            "no character of a search has a meaning"
        );
        assert_eq!(
            found(LeadFilter {
                status: Some(Status::Won),
                ..LeadFilter::default()
            })
            .await,
            [id]
        );
        assert_eq!(
            found(LeadFilter {
                status: Some(Status::New),
                ..LeadFilter::default()
            })
            .await
            .len(),
            self.leads.len() - 1
        );
        for platform in [Platform::Google, Platform::Tiktok] {
            let filter = LeadFilter {
                platform: Some(platform),
                ..LeadFilter::default()
            };
            assert!(
                found(filter).await.contains(&id),
                "by the first touch and by the latest: {platform}"
            );
        }
        let filter = LeadFilter {
            campaign: Some("lebaran".to_owned()),
            ..LeadFilter::default()
        };
        assert_eq!(found(filter).await, [id]);

        let all = found(LeadFilter::default()).await;
        let mut paged: Vec<LeadId> = Vec::new();
        loop {
            let page = store
                .leads(self.workspace, LeadFilter::default(), paged.last().copied(), 2)
                .await
                .unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page.iter().map(|lead| lead.id));
        }
        assert_eq!(paged, all, "pages neither repeat nor leave out");
        assert_eq!(all.len(), self.leads.len());
        assert!(
            store
                .leads(self.other, LeadFilter::default(), None, 100)
                .await
                .unwrap()
                .is_empty()
        );

        // Handed over by hand: the next click goes there.
        let visit = Visit {
            cookie: Some(id.number),
            ..self.visit("", BROWSER)
        };
        let decisions = self.record(vec![visit]).await;
        assert_eq!(decisions.clicks[0].agent, Some(self.agents[1]));
        assert_eq!(decisions.outcomes.len(), 1);
        while self.fold().await.clicks > 0 {}
    }

    async fn the_reports_add_up(&mut self) {
        let range = ReportRange {
            from: TODAY,
            to: TODAY,
            rotator: None,
        };
        let sum = async |metric| -> u64 {
            self.store
                .counters(self.workspace, metric, range)
                .await
                .unwrap()
                .iter()
                .map(|counter| counter.n)
                .sum()
        };
        assert_eq!(sum("new").await as usize, self.leads.len());
        assert_eq!(sum("clicks").await, sum("new").await + sum("returning").await);
        assert_eq!(sum("shared_link").await, 2);
        assert_eq!(sum("agent").await, sum("clicks").await, "somebody got each click");

        for kind in SourceKind::ALL {
            let (counts, all) = self.store.sources(self.workspace, kind, range, 1_000).await.unwrap();
            assert_eq!(all.clicks, sum("clicks").await);
            assert_eq!(all.new, sum("new").await);
            let clicks: u64 = counts.iter().map(|count| count.came.clicks).sum();
            assert_eq!(clicks, all.clicks, "{kind:?}");
            let (most, _) = self.store.sources(self.workspace, kind, range, 1).await.unwrap();
            assert_eq!(most, counts[..1], "the one with the most comes first");
            let (_, theirs) = self.store.sources(self.other, kind, range, 1_000).await.unwrap();
            assert_eq!(theirs, Came::default());
        }

        let born = BornRange {
            from: START,
            to: self.now.plus_ms(1),
            rotator: None,
        };
        let mut worked = 0;
        for index in 0..self.leads.len() {
            worked += u64::from(self.lead(index).await.status != Status::New);
        }
        let funnel = self.store.funnel(self.workspace, born).await.unwrap();
        let counted: u64 = funnel.worked.iter().map(|worked| worked.leads).sum();
        assert!(worked > 0 && counted == worked && funnel.gone == 0, "{funnel:?}");
        let before = BornRange { to: START, ..born };
        assert_eq!(
            self.store.funnel(self.workspace, before).await.unwrap(),
            Funnel::default()
        );
        assert_eq!(self.store.funnel(self.other, born).await.unwrap(), Funnel::default());

        let ledger = self.store.ledger(self.workspace, range).await.unwrap();
        let given: u32 = ledger.iter().map(|line| line.given).sum();
        assert_eq!(given as usize, self.leads.len(), "a turn is a new lead, never a click");
        assert!(
            ledger.iter().all(|line| (f64::from(line.given) - line.due).abs() < 1.0),
            "{ledger:?}"
        );
        assert!(self.store.ledger(self.other, range).await.unwrap().is_empty());

        let screened = Screened {
            workspace: self.workspace,
            day: TODAY,
            rotator: self.rotator,
            reason: Class::Bot,
            count: 3,
        };
        let sample = |n: usize| Sample {
            workspace: self.workspace,
            rotator: self.rotator,
            reason: Class::Bot,
            at: self.now,
            request: format!("GET /wa/promo {n}"),
        };
        self.store
            .add_screened(vec![screened.clone(), screened], (0..30).map(sample).collect())
            .await
            .unwrap();
        assert_eq!(sum("screened").await, 6);
        let samples = self.store.screening_samples(self.workspace, None, 100).await.unwrap();
        assert_eq!(samples.len(), 20, "the latest are kept");
        assert_eq!(samples[0].request, "GET /wa/promo 29");

        let latest = async |workspace, from, limit| {
            let clicks = self.store.latest_clicks(workspace, from, limit).await.unwrap();
            clicks.iter().map(|click| (click.id, click.lead)).collect::<Vec<_>>()
        };
        let all = latest(self.workspace, START, 1_000).await;
        assert!(all.len() > 5 && all.is_sorted(), "the oldest first: {all:?}");
        assert_eq!(latest(self.workspace, START, 2).await, all[all.len() - 2..]);
        let late = latest(self.workspace, self.now.plus_ms(60_000), 1_000).await;
        assert!(late.is_empty(), "what is older is not looked at: {late:?}");
        assert!(latest(self.other, START, 1_000).await.is_empty());
    }

    async fn chats_and_sales_are_summed_up(&mut self) {
        let patch = |status| LeadPatch {
            status,
            ..LeadPatch::default()
        };
        let told = |arrived| LeadPatch {
            arrived: Some(arrived),
            ..LeadPatch::default()
        };
        let at = self.now.plus_ms(60_000);
        let born = BornRange {
            from: START,
            to: at,
            rotator: None,
        };
        for index in 0..4 {
            let id = self.leads[index];
            let first = patch(Some(Status::New));
            self.store.update_lead(id, first, "key:1".to_owned(), at).await.unwrap();
            self.store
                .update_lead(id, told(false), "key:1".to_owned(), at)
                .await
                .unwrap();
        }
        self.fold().await;
        let arrivals = async |group| self.store.arrivals(self.workspace, group, born).await.unwrap();
        assert!(arrivals(ArrivalGroup::Source).await.is_empty(), "all is taken back");
        assert!(
            self.store
                .sales(self.workspace, SaleDate::Sale, born)
                .await
                .unwrap()
                .is_empty()
        );

        for (index, patch) in [
            (0, patch(Some(Status::Won))),
            (1, told(true)),
            (1, told(true)),
            (2, patch(Some(Status::Lost))),
        ] {
            let lead = self
                .store
                .update_lead(self.leads[index], patch, "user:1".to_owned(), at)
                .await;
            let arrival = lead.unwrap().unwrap().arrival;
            let by = arrival.as_ref().map(|arrival| (arrival.at, arrival.by.as_str()));
            assert_eq!(by, (index < 2).then_some((at, "user:1")), "{index}");
        }
        let listed = self
            .store
            .leads(self.workspace, LeadFilter::default(), None, 100)
            .await
            .unwrap();
        assert_eq!(listed.iter().filter(|lead| lead.arrival.is_some()).count(), 2);
        self.fold().await;
        let arrivals = async |group| self.store.arrivals(self.workspace, group, born).await.unwrap();
        let platforms = [("google".to_owned(), 1), ("meta".to_owned(), 1)];
        assert_eq!(arrivals(ArrivalGroup::Platform).await, platforms);
        assert_eq!(
            arrivals(ArrivalGroup::Campaign).await,
            [(String::new(), 1), ("lebaran".to_owned(), 1)]
        );
        assert_eq!(arrivals(ArrivalGroup::Rotator).await, [(self.rotator.to_string(), 2)]);
        assert!(
            self.store
                .arrivals(self.other, ArrivalGroup::Agent, born)
                .await
                .unwrap()
                .is_empty()
        );
        let never = BornRange { to: START, ..born };
        assert!(
            self.store
                .arrivals(self.workspace, ArrivalGroup::Agent, never)
                .await
                .unwrap()
                .is_empty()
        );

        let until = BornRange {
            to: at.plus_ms(1),
            ..born
        };
        for by in [SaleDate::Sale, SaleDate::FirstClick] {
            let sales = self.store.sales(self.workspace, by, until).await.unwrap();
            let [sale] = sales.as_slice() else {
                panic!("one sale, not {sales:?}")
            };
            assert_eq!((sale.won_at, sale.returning, sale.born_at < at), (at, true, true));
        }
        assert!(
            self.store
                .sales(self.workspace, SaleDate::Sale, born)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            self.store
                .sales(self.other, SaleDate::Sale, until)
                .await
                .unwrap()
                .is_empty()
        );

        let listed = async |filter: LeadFilter| -> Vec<LeadId> {
            let leads = self.store.leads(self.workspace, filter, None, 100).await.unwrap();
            leads.iter().map(|lead| lead.id).collect()
        };
        let arrived = |arrived| LeadFilter {
            arrived: Some(arrived),
            ..LeadFilter::default()
        };
        assert_eq!(listed(arrived(true)).await, [self.leads[1], self.leads[0]]);
        assert_eq!(listed(arrived(false)).await.len(), self.leads.len() - 2);
        for (sold, is_found) in [
            (
                SoldFilter {
                    from: Some(at),
                    ..SoldFilter::default()
                },
                true,
            ),
            (
                SoldFilter {
                    to: Some(at),
                    ..SoldFilter::default()
                },
                false,
            ),
            (
                SoldFilter {
                    returning: Some(true),
                    ..SoldFilter::default()
                },
                true,
            ),
            (
                SoldFilter {
                    returning: Some(false),
                    ..SoldFilter::default()
                },
                false,
            ),
            (
                SoldFilter {
                    took_ms: Some(1),
                    ..SoldFilter::default()
                },
                true,
            ),
            (
                SoldFilter {
                    took_below_ms: Some(1),
                    ..SoldFilter::default()
                },
                false,
            ),
        ] {
            let filter = LeadFilter {
                sold: Some(sold),
                ..LeadFilter::default()
            };
            let wanted = if is_found { vec![self.leads[0]] } else { Vec::new() };
            assert_eq!(listed(filter).await, wanted, "{sold:?}");
        }
        let all = listed(LeadFilter::default()).await.len();
        for (with, without) in [
            (
                LeadFilter {
                    campaign: Some("lebaran".to_owned()),
                    ..LeadFilter::default()
                },
                Without {
                    campaign: true,
                    ..Without::default()
                },
            ),
            (
                LeadFilter {
                    clicked: Some(false),
                    ..LeadFilter::default()
                },
                Without::default(),
            ),
        ] {
            let without = LeadFilter {
                without,
                clicked: with.clicked.map(|clicked| !clicked),
                ..LeadFilter::default()
            };
            assert_eq!(listed(with).await.len() + listed(without).await.len(), all);
        }
        let mut by_first = 0;
        for platform in [Platform::Google, Platform::Meta, Platform::Tiktok, Platform::Linkedin] {
            let filter = LeadFilter {
                first_platform: Some(platform),
                ..LeadFilter::default()
            };
            by_first += listed(filter).await.len();
        }
        let nowhere = LeadFilter {
            without: Without {
                platform: true,
                ..Without::default()
            },
            ..LeadFilter::default()
        };
        assert_eq!(by_first + listed(nowhere).await.len(), all, "each has one first touch");
    }

    async fn configuration_changes_and_guards_itself(&mut self) {
        let store = &self.store;
        let taken = store.add_rotator(self.workspace, rotator("promo", &[]), self.now).await;
        assert!(matches!(taken, Err(StoreError::Taken { .. })));
        let taken = store.add_rotator(self.other, rotator("promo", &[]), self.now).await;
        assert!(
            matches!(taken, Err(StoreError::Taken { .. })),
            "on the public host slugs are unique across workspaces"
        );
        store
            .add_host(self.other, "wa.other.example".to_owned(), self.now)
            .await
            .unwrap();
        let own_host = store
            .add_rotator(self.other, rotator("promo", &[]), self.now)
            .await
            .unwrap();
        assert!(!own_host.on_public_host, "on a host of its own the slug is free");
        let host_taken = store
            .add_host(self.workspace, "wa.other.example".to_owned(), self.now)
            .await;
        assert!(matches!(host_taken, Err(StoreError::Taken { .. })));

        let routing = store.routing().await.unwrap();
        assert_eq!(routing.find_public_rotator("promo").unwrap().id, self.rotator);
        assert_eq!(routing.find_rotator(self.other, "promo").unwrap().id, own_host.id);
        assert_eq!(routing.workspace_of_host("wa.other.example"), Some(self.other));

        let rule = |kind: &str, value: &str| Rule::parse(kind, value).unwrap();
        let teach = async |rule: Rule| {
            let taught = store.add_screening_rule(self.workspace, rule, "user:1".to_owned(), self.now);
            taught.await.unwrap().expect("there is room")
        };
        let name = teach(rule("user_agent", "TokoBot")).await;
        assert_eq!(teach(rule("user_agent", "TokoBot")).await, name, "once");
        let network = teach(rule("network", "203.0.113.0/24")).await;
        let rules = store.screening_rules(self.workspace).await.unwrap();
        assert_eq!(rules, [name.clone(), network]);
        assert!(store.screening_rules(self.other).await.unwrap().is_empty());
        let routing = store.routing().await.unwrap();
        let taught = |workspace| routing.workspace(workspace).unwrap().taught.clone();
        assert!(taught(self.workspace).has_network_of([203, 0, 113, 7].into()) && !taught(self.other).is_any());
        assert!(!store.remove_screening_rule(self.other, name.id).await.unwrap());
        assert!(store.remove_screening_rule(self.workspace, name.id).await.unwrap());
        assert_eq!(store.screening_rules(self.workspace).await.unwrap().len(), 1);

        let changed = AgentFields {
            active: false,
            ..agent("Ayu", "6281200000001")
        };
        assert!(
            store
                .set_agent(self.other, self.agents[0], changed.clone(), self.now)
                .await
                .unwrap()
                .is_none()
        );
        assert!(
            store
                .set_agent(self.workspace, self.agents[0], changed, self.now)
                .await
                .unwrap()
                .is_some()
        );
        assert!(!store.routing().await.unwrap().agent(self.agents[0]).unwrap().active);
        assert!(
            store
                .remove_agent(self.workspace, self.agents[0], self.now)
                .await
                .unwrap()
        );
        assert!(
            !store
                .remove_agent(self.workspace, self.agents[0], self.now)
                .await
                .unwrap()
        );
        assert_eq!(store.agents(self.workspace).await.unwrap().len(), 1);

        let key = NewApiKey {
            workspace: self.workspace,
            name: "test".to_owned(),
            hash: [3; 32],
            scopes: vec!["read".to_owned()],
            expires_at: Some(self.now.plus_ms(1_000)),
        };
        let id = store.add_api_key(key, self.now).await.unwrap().id;
        assert!(store.find_api_key([3; 32], self.now).await.unwrap().is_some());
        assert!(
            store
                .find_api_key([3; 32], self.now.plus_ms(1_000))
                .await
                .unwrap()
                .is_none(),
            "it has ended"
        );
        assert!(!store.revoke_api_key(self.other, id, self.now).await.unwrap());
        assert!(store.revoke_api_key(self.workspace, id, self.now).await.unwrap());
        assert!(store.find_api_key([3; 32], self.now).await.unwrap().is_none());
    }
}
