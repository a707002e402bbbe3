//! What goes on beside the visitors: hours and nights, agents, people who work with leads, retention, a database that goes away.

use crate::town::{DAY_MS, HOUR_MS, MINUTE_MS, Town, agent, rotator};
use konektor_core::{
    ids::LeadId,
    lead::{NameSource, Status},
};
use konektor_store::{Identity, Privacy, Store, WebhookStore, model::*};

impl Town {
    pub async fn an_hour(&mut self) {
        for _ in 0..6 {
            self.ten_minutes().await;
        }
    }

    pub async fn ten_minutes(&mut self) {
        let end = self.time.plus_ms(10 * MINUTE_MS);
        self.visitors_come().await;
        if !self.chance(4) {
            self.fold().await;
        }
        self.replay().await;
        if self.chance(3) {
            self.deliver().await;
        }
        match self.random.below(60) {
            0 => self.agents_change().await,
            1..8 => self.somebody_works().await,
            8..12 => self.somebody_fills_in_a_form().await,
            12 if self.away_until.is_none() => {
                self.figures.outages += 1;
                self.away_until = Some(
                    self.time
                        .plus_ms(20 * MINUTE_MS + self.random.below(4) as i64 * HOUR_MS),
                );
            }
            13 if self.away_until.is_none() => self.restart().await,
            _ => {}
        }
        if self.away_until.is_some_and(|until| self.time > until) {
            self.away_until = None;
        }
        if self.away_until.is_none() {
            self.look_ahead().await;
        }
        self.time = self.time.max(end);
    }

    /// What the server does once a day, if it believes its clock.
    pub async fn a_night(&mut self) {
        self.away_until = None;
        while !self.spool.is_empty() {
            self.replay().await;
        }
        self.fold().await;
        let now = self.now();
        if self.may_send() {
            self.store.expire_deliveries(now).await.expect("it answers");
        }
        if !self.may_forget() {
            return;
        }
        let before = |days: i64| now.plus_ms(-days * DAY_MS);
        while self.store.forget_deliveries(before(12)).await.expect("it answers") > 0 {}
        while self.store.forget_messages(before(12)).await.expect("it answers") > 0 {}
        for what in [Forgotten::ClickIds, Forgotten::Origin] {
            while self.store.forget_of_clicks(what, before(16)).await.expect("it answers") > 0 {}
        }
        let mut after = None;
        loop {
            let silent = self
                .store
                .silent_leads(before(20), now, after, 50)
                .await
                .expect("it answers");
            if !silent.leads.is_empty() {
                self.erase(silent.leads).await;
            }
            match silent.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }

    async fn agents_change(&mut self) {
        if self.away_until.is_some() {
            return;
        }
        self.figures.agents += 1;
        let now = self.now();
        let which = self.random.below(self.agents.len());
        let id = self.agents[which];
        match self.random.below(5) {
            0 if self.agents.len() < 7 => {
                let n = 10 + self.figures.agents as usize;
                let added = self
                    .store
                    .add_agent(self.workspace, agent(n), now)
                    .await
                    .expect("it answers");
                self.agents.push(added.id);
            }
            1 if self.agents.len() > 3 => {
                assert!(
                    self.store
                        .remove_agent(self.workspace, id, now)
                        .await
                        .expect("it answers")
                );
                self.agents.remove(which);
            }
            kind => {
                let all = self.store.agents(self.workspace).await.expect("it answers");
                let was = all
                    .into_iter()
                    .find(|agent| agent.id == id)
                    .expect("it is there")
                    .fields;
                let hours = r#"[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"22:00","to":"14:00"}]"#;
                let fields = match kind {
                    2 => AgentFields {
                        active: !was.active,
                        ..was
                    },
                    3 => AgentFields {
                        paused_until: Some(now.plus_ms(5 * HOUR_MS)),
                        ..was
                    },
                    _ if was.hours.is_none() => AgentFields {
                        hours: Some(serde_json::from_str(hours).expect("hours")),
                        ..was
                    },
                    _ => AgentFields { hours: None, ..was },
                };
                let set = self.store.set_agent(self.workspace, id, fields, now).await;
                assert!(set.expect("it answers").is_some());
            }
        }
        for (id, slug) in self.rotators.clone().into_iter().zip(["promo", "bio"]) {
            let fields = rotator(slug, &self.agents);
            let set = self.store.set_rotator(self.workspace, id, fields).await;
            assert!(set.expect("it answers").is_some());
        }
    }

    /// Somebody who is in the list and in the database.
    fn anybody(&mut self) -> Option<LeadId> {
        if self.visitors.is_empty() || self.away_until.is_some() {
            return None;
        }
        let visitor = self.random.pick(&self.visitors);
        (!visitor.is_gone).then_some(visitor.lead)
    }

    async fn somebody_works(&mut self) {
        let (Some(lead), Some(other)) = (self.anybody(), self.anybody()) else {
            return;
        };
        let (now, by) = (self.now(), "user:1".to_owned());
        match self.random.below(24) {
            0 => self.remove(lead).await,
            1 => {
                let all = self.store.all_leads_of(vec![lead]).await.expect("it answers");
                self.erase(all).await;
            }
            2..5 => {
                let merged = self.store.merge_leads(lead, other, by, now).await.expect("it answers");
                self.figures.merges += u64::from(matches!(merged, Merge::Done(_)));
            }
            5..8 => drop(self.store.unmerge_lead(lead, by, now).await.expect("it answers")),
            n => {
                let patch = LeadPatch {
                    status: Some(*self.random.pick(&Status::ALL)),
                    value: (n % 2 == 0).then_some(Some(1_000 * n as i64)),
                    name: (n % 5 == 0).then(|| Some((format!("Rina {n}"), NameSource::Manual))),
                    ..LeadPatch::default()
                };
                // Nobody, where they are in the spool only.
                self.store.update_lead(lead, patch, by, now).await.expect("it answers");
            }
        }
    }

    async fn somebody_fills_in_a_form(&mut self) {
        let Some(lead) = self.anybody() else { return };
        let phone = format!("62811000{:05}", self.random.below(60));
        let form = Submission {
            lead: Addressed::Visitor(lead),
            name: Some("Siti".to_owned()),
            phone: Some(phone),
            source: NameSource::Form,
            by: "form:1".to_owned(),
            ..Submission::default()
        };
        let submitted = self
            .store
            .submit(self.workspace, form, self.now())
            .await
            .expect("it answers");
        if let Submitted::Done { merged, .. } = submitted {
            self.figures.merges += merged.len() as u64;
        }
    }

    /// Takes a person out of the list.
    async fn remove(&mut self, lead: LeadId) {
        let all = self.store.all_leads_of(vec![lead]).await.expect("it answers");
        if self
            .store
            .remove_lead(lead, "user:1".to_owned(), self.now())
            .await
            .expect("it answers")
        {
            for lead in all {
                if let Some(&n) = self.by_lead.get(&lead) {
                    self.visitors[n].is_gone = true;
                }
            }
        }
    }

    async fn erase(&mut self, leads: Vec<LeadId>) {
        let erased = self.store.erase(leads, self.now()).await.expect("it answers");
        self.erased_clicks += erased.clicks as u64;
        for lead in erased.leads {
            self.figures.erased += 1;
            self.erased.insert(lead);
            if let Some(&n) = self.by_lead.get(&lead) {
                self.visitors[n].is_gone = true;
            }
        }
    }
}
