//! Lists by day and by where leads came from, beside a look at all leads.

use crate::shop::{Shop, form};
use konektor_core::{attribution::Platform, ids::LeadId, time::UnixMs};
use konektor_store::{Store, model::*};

const DAY_MS: i64 = 86_400_000;

impl<S: Store> Shop<S> {
    /// Of three weeks: campaigns that come and go, people whom no click made, and some who are one, of different days.
    pub async fn lists_of_days_and_campaigns_have_all_who_fit(&mut self) {
        let began = self.now;
        let mut leads = Vec::new();
        for day in 0..21_u64 {
            self.now = began.plus_ms(day as i64 * DAY_MS);
            for n in 0..3 + day % 3 {
                let query = match (day / 4 + n) % 4 {
                    0 => format!("gclid=days{day}-{n}&utm_source=google&utm_campaign=spring"),
                    1 => format!("fbclid=days{day}-{n}&utm_campaign=week{}", day / 7),
                    2 => "utm_source=newsletter".to_owned(),
                    _ => String::new(),
                };
                leads.push(self.visitor(&query).await);
            }
            let phone = format!("628770000{day:04}");
            if day % 5 == 1 {
                self.submit(form(Addressed::Nobody, "Tanpa Klik", &phone)).await;
            }
            if day % 5 == 2 {
                let earlier = leads[leads.len() / 2];
                self.submit(form(Addressed::Visitor(earlier), "Satu", &phone)).await;
                let latest = leads[leads.len() - 1];
                self.submit(form(Addressed::Visitor(latest), "Satu", &phone)).await;
            }
        }
        let everybody = self.all_leads().await;
        let since = |days: i64| Some(began.plus_ms(days * DAY_MS));
        let mut filters = Vec::new();
        for campaign in [None, Some("spring"), Some("week0"), Some("week2"), Some("nobody")] {
            for source in [None, Some("newsletter"), Some("google")] {
                for platform in [None, Some(Platform::Google), Some(Platform::Tiktok)] {
                    for (from, to) in [(None, None), (since(3), since(6)), (since(14), None), (None, since(9))] {
                        filters.push(LeadFilter {
                            campaign: campaign.map(str::to_owned),
                            source: source.map(str::to_owned),
                            first_platform: platform,
                            from,
                            to,
                            ..LeadFilter::default()
                        });
                    }
                }
            }
        }
        let mut sizes = Vec::new();
        for filter in filters {
            let expected: Vec<LeadId> = everybody
                .iter()
                .filter(|lead| fits(lead, &filter))
                .map(|lead| lead.id)
                .collect();
            assert_eq!(self.listed(filter.clone()).await, expected, "{filter:?}");
            assert_eq!(self.in_pages_of_three(&filter).await, expected, "{filter:?}");
            sizes.push(expected.len());
        }
        assert!(
            sizes.contains(&0) && sizes.iter().filter(|size| **size > 3).count() > 20,
            "{sizes:?}"
        );
    }

    async fn all_leads(&self) -> Vec<Lead> {
        let all = self
            .store
            .leads(self.workspace, LeadFilter::default(), None, 1_000)
            .await;
        all.unwrap().leads
    }

    async fn in_pages_of_three(&self, filter: &LeadFilter) -> Vec<LeadId> {
        let (mut all, mut before) = (Vec::new(), None);
        loop {
            let page = self
                .store
                .leads(self.workspace, filter.clone(), before, 3)
                .await
                .unwrap();
            all.extend(page.leads.iter().map(|lead| lead.id));
            before = page.next;
            if before.is_none() {
                return all;
            }
        }
    }
}

fn fits(lead: &Lead, filter: &LeadFilter) -> bool {
    let touch = lead.first.as_ref().map(|click| &click.facts.touch);
    let campaign = touch.and_then(|touch| touch.utm.campaign.as_deref());
    let source = touch.and_then(|touch| touch.utm.source.as_deref());
    let is_in = |at: UnixMs| filter.from.is_none_or(|from| at >= from) && filter.to.is_none_or(|to| at < to);
    is_in(lead.created_at)
        && filter.campaign.as_deref().is_none_or(|wanted| campaign == Some(wanted))
        && filter.source.as_deref().is_none_or(|wanted| source == Some(wanted))
        && filter
            .first_platform
            .is_none_or(|wanted| touch.and_then(|touch| touch.platform) == Some(wanted))
}
