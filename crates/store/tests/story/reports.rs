//! What was counted adds up, and says who could not get a lead.

use crate::{
    common::{databases::Opens, shop::agent},
    shop::{BROWSER, START, Story, TODAY},
};
use konektor_core::{
    decide::Visit,
    fold::{Came, PASSED_OVER, SourceKind},
    lead::Status,
    screening::Class,
};
use konektor_store::{Store, model::*};

/// The other side of the ledger: why somebody got nobody.
pub async fn who_could_not_get_a_lead_is_counted<S: Store>(database: &dyn Opens<S>) {
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

impl<S: Store> Story<S> {
    pub async fn the_reports_add_up(&mut self) {
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
}
