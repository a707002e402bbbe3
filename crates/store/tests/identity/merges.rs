//! Leads become one, and two again as they were.

use crate::shop::{Shop, form};
use konektor_core::lead::{NameSource, Status, submission::MOST_LEADS};
use konektor_store::{Store, model::*};

impl<S: Store> Shop<S> {
    pub async fn one_number_makes_one_lead_of_two_and_apart_they_are_what_they_were(&mut self) {
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

    /// Beyond a hundred nobody becomes one any more, by a form or by hand; each shows the number all the same.
    pub async fn a_number_that_everybody_types_makes_few_leads_one(&mut self) {
        const NUMBER: &str = "628123456789";
        let mut leads = Vec::new();
        for _ in 0..=MOST_LEADS {
            let lead = self.visitor("").await;
            self.submit(form(Addressed::Visitor(lead), "", NUMBER)).await;
            leads.push(lead);
        }
        let (first, last) = (leads[0], leads[MOST_LEADS]);
        assert_eq!(self.lead(leads[MOST_LEADS - 1]).await.id, first);
        let details = self.store.lead_details(first).await.unwrap().unwrap();
        assert_eq!(details.merged.len() + 1, MOST_LEADS);
        let by_hand = self.visitor("").await;
        let patch = LeadPatch {
            phone: Some(Some(NUMBER.to_owned())),
            ..LeadPatch::default()
        };
        let by = "user:1".to_owned();
        self.store.update_lead(by_hand, patch, by, self.now).await.unwrap();
        for lead in [last, by_hand] {
            let apart = self.lead(lead).await;
            assert_eq!((apart.id, apart.phone.as_deref()), (lead, Some(NUMBER)));
        }
    }

    /// Merges at random, in chains too, and takes apart in another order.
    pub async fn however_leads_are_merged_apart_they_are_what_they_were(&mut self) {
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

    pub async fn who_comes_back_goes_to_the_survivors_agent(&mut self) {
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

    pub async fn a_removed_person_is_gone_with_all_leads_that_are_one(&mut self) {
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
}
