//! The shop works with its leads: edits, searches, pages, and hands over.

use crate::shop::{BROWSER, Story};
use konektor_core::{
    attribution::Platform,
    decide::Visit,
    ids::{LeadId, VisitorNumber},
    lead::{NameSource, Status},
};
use konektor_store::{Store, model::*};

impl<S: Store> Story<S> {
    pub async fn the_shop_works_with_its_leads(&mut self) {
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
            leads.leads.into_iter().map(|lead| lead.id).collect()
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
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let page = store
                .leads(self.workspace, LeadFilter::default(), before, 2)
                .await
                .unwrap();
            assert!(page.leads.len() <= 2);
            paged.extend(page.leads.iter().map(|lead| lead.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(paged, all, "pages neither repeat nor leave out");
        assert_eq!(all.len(), self.leads.len());
        assert!(
            store
                .leads(self.other, LeadFilter::default(), None, 100)
                .await
                .unwrap()
                .leads
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
}
