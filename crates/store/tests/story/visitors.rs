//! Visitors come, return and share links, also over an end of the server.

use crate::shop::{BROWSER, Story};
use konektor_core::{
    attribution::{Layer, Platform},
    click::{RecognisedBy, Why},
    decide::Visit,
    ids::{LeadId, VisitorNumber},
    lead::Status,
};
use konektor_store::{Store, model::*};

impl<S: Store> Story<S> {
    pub async fn visitors_come_and_take_turns(&mut self) {
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

    pub async fn a_visitor_returns(&mut self) {
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

    pub async fn a_click_id_is_known_and_shared(&mut self) {
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

    pub async fn everything_is_still_there(&mut self) {
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
}
