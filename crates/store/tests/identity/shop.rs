//! A shop with two agents and a link, and all that can be read of its leads.

use crate::common::{
    self,
    shop::{agent, rotator, workspace},
};
use konektor_core::{
    decide::{Decisions, Memory, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, WorkspaceId},
    lead::{NameSource, Status},
    time::UnixMs,
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub const START: UnixMs = UnixMs(1_795_323_600_000); // 2026-11-22 12:00 in Jakarta
const BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36";

pub struct Shop<S> {
    pub store: S,
    pub workspace: WorkspaceId,
    pub other: WorkspaceId,
    pub agents: Vec<AgentId>,
    rotator: RotatorId,
    memory: Option<Box<Memory>>,
    prints: Fingerprints,
    pub now: UnixMs,
    /// What dashboards were told of the last visit.
    pub told: Vec<FoldedLead>,
}

/// What a form says of somebody.
pub fn form(lead: Addressed, name: &str, phone: &str) -> Submission {
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
    pub async fn open(store: S) -> Self {
        let other = workspace("Another");
        let workspace = store.add_workspace(workspace("Toko"), START).await.unwrap();
        let other = store.add_workspace(other, START).await.unwrap();
        let mut agents = Vec::new();
        for (name, phone) in [("Ayu", "6281200000001"), ("Budi", "6281200000002")] {
            let added = store.add_agent(workspace, agent(name, phone), START).await;
            agents.push(added.unwrap().id);
        }
        let rotator = rotator("promo", &agents);
        let rotator = store.add_rotator(workspace, rotator, START).await.unwrap().id;
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
    pub async fn visit(&mut self, query: &str, cookie: Option<LeadId>) -> Decisions {
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

    pub async fn visitor(&mut self, query: &str) -> LeadId {
        self.visit(query, None).await.clicks[0].lead
    }

    pub async fn submit(&mut self, submission: Submission) -> Submitted {
        self.now = self.now.plus_ms(1_000);
        self.store.submit(self.workspace, submission, self.now).await.unwrap()
    }

    pub async fn lead(&self, id: LeadId) -> Lead {
        self.store.find_lead(id).await.unwrap().expect("the lead is there")
    }

    /// Who has a number.
    pub async fn lead_of(&mut self, phone: &str) -> LeadId {
        let ask = Submission {
            make: false,
            ..form(Addressed::Nobody, "", phone)
        };
        match self.submit(ask).await {
            Submitted::Done { lead, .. } => lead,
            other => panic!("{other:?}"),
        }
    }

    /// All that can be read of a lead but its timeline.
    pub async fn all_of(&self, id: LeadId) -> String {
        let lead = self.store.find_lead(id).await.unwrap();
        let details = self.store.lead_details(id).await.unwrap();
        format!("{lead:?} {details:?}")
    }

    pub async fn listed(&self, filter: LeadFilter) -> Vec<LeadId> {
        let leads = self.store.leads(self.workspace, filter, None, 1_000).await.unwrap();
        leads.leads.into_iter().map(|lead| lead.id).collect()
    }

    /// All that can be read of some leads but their timelines, and what lists and sums say.
    pub async fn everything(&self, leads: &[LeadId]) -> Vec<String> {
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
}
