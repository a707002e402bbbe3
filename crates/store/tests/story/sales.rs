//! Chats that started and what was sold, in sums and in lists.

use crate::shop::{START, Story};
use konektor_core::{attribution::Platform, ids::LeadId, lead::Status, time::UnixMs};
use konektor_store::{Store, model::*};

impl<S: Store> Story<S> {
    /// When chats start and sales are made: after all that came before.
    fn sold_at(&self) -> UnixMs {
        self.now.plus_ms(60_000)
    }

    pub async fn chats_and_sales_are_summed_up(&mut self) {
        let patch = |status| LeadPatch {
            status,
            ..LeadPatch::default()
        };
        let told = |arrived| LeadPatch {
            arrived: Some(arrived),
            ..LeadPatch::default()
        };
        let at = self.sold_at();
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
            .unwrap()
            .leads;
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
    }

    async fn listed(&self, filter: LeadFilter) -> Vec<LeadId> {
        let leads = self.store.leads(self.workspace, filter, None, 100).await.unwrap();
        leads.leads.iter().map(|lead| lead.id).collect()
    }

    pub async fn leads_are_listed_by_chat_and_sale(&mut self) {
        let at = self.sold_at();
        let arrived = |arrived| LeadFilter {
            arrived: Some(arrived),
            ..LeadFilter::default()
        };
        assert_eq!(self.listed(arrived(true)).await, [self.leads[1], self.leads[0]]);
        assert_eq!(self.listed(arrived(false)).await.len(), self.leads.len() - 2);
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
            assert_eq!(self.listed(filter).await, wanted, "{sold:?}");
        }
    }

    pub async fn each_lead_is_listed_with_or_without_what_it_came_by(&mut self) {
        let all = self.listed(LeadFilter::default()).await.len();
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
            assert_eq!(self.listed(with).await.len() + self.listed(without).await.len(), all);
        }
        let mut by_first = 0;
        for platform in [Platform::Google, Platform::Meta, Platform::Tiktok, Platform::Linkedin] {
            let filter = LeadFilter {
                first_platform: Some(platform),
                ..LeadFilter::default()
            };
            by_first += self.listed(filter).await.len();
        }
        let nowhere = LeadFilter {
            without: Without {
                platform: true,
                ..Without::default()
            },
            ..LeadFilter::default()
        };
        assert_eq!(
            by_first + self.listed(nowhere).await.len(),
            all,
            "each has one first touch"
        );
    }
}
