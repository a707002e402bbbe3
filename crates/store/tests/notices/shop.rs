//! A shop with three agents, users and visitors.

use crate::common::{
    databases::Opens,
    shop::{agent, rotator, workspace},
    visit,
};
use konektor_core::{
    digest::{Frequency, Slot},
    flood::FloodLimits,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, UserId, WorkspaceId},
    reminder::Untouched,
    time::{Day, UnixMs},
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub const NOW: UnixMs = UnixMs(1_786_932_000_000);
pub const MINUTE_MS: i64 = 60_000;
pub const LEASE_MS: i64 = 120_000;

pub struct Shop<S> {
    pub store: S,
    pub id: WorkspaceId,
    pub agents: Vec<AgentId>,
    pub rotator: RotatorId,
}

impl<S: Store> Shop<S> {
    pub async fn open(database: &dyn Opens<S>) -> Self {
        let store = database.open().await;
        let id = store.add_workspace(workspace("Toko"), NOW).await.unwrap();
        let mut agents = Vec::new();
        for name in ["Ayu", "Budi", "Citra"] {
            agents.push(store.add_agent(id, agent(name, "6281200000001"), NOW).await.unwrap().id);
        }
        let rotator = rotator("promo", &agents);
        let rotator = store.add_rotator(id, rotator, NOW).await.unwrap().id;
        Self {
            store,
            id,
            agents,
            rotator,
        }
    }

    pub async fn user(&self, email: &str, role: Role, agent: Option<AgentId>) -> UserId {
        let new = NewUser {
            workspace: self.id,
            email: email.to_owned(),
            password_hash: "x".to_owned(),
            role,
        };
        let user = self.store.add_user(new, NOW).await.unwrap();
        if agent.is_some() {
            self.store.set_member(self.id, user, role, agent).await.unwrap();
        }
        user
    }

    pub async fn visitors(&self, count: usize) -> Vec<LeadId> {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let prints = Fingerprints::new(self.store.installation().await.unwrap().fingerprint_key);
        let visits = (0..count).map(|n| {
            let query = format!("utm_content={n}");
            visit(
                &prints,
                (self.id, self.rotator),
                NOW.plus_ms(n as i64),
                &query,
                "Chrome",
            )
        });
        let memory = self.store.memory(FloodLimits::default()).await.unwrap();
        let recorded = self
            .store
            .record(routing, memory, visits.collect(), Arc::default())
            .await;
        let (_, decisions) = recorded.unwrap();
        decisions.new_leads.iter().map(|new| new.id).collect()
    }

    pub async fn untouched(&self) -> Vec<Untouched> {
        let mut untouched = self.store.untouched(self.id, NOW).await.unwrap();
        untouched.reverse();
        untouched
    }

    pub async fn mails(&self) -> Vec<(String, MailState)> {
        let mails = self.store.mails(self.id, 100).await.unwrap();
        mails.into_iter().rev().map(|mail| (mail.email, mail.state)).collect()
    }
}

pub fn digest(workspace: WorkspaceId, day: i32) -> NewDigest {
    NewDigest {
        workspace,
        frequency: Frequency::Daily,
        slot: Slot {
            at: NOW,
            first: Day(day),
            last: Day(day),
        },
        by_mail: true,
    }
}
