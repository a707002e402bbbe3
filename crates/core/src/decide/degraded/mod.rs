//! Degraded mode: visits that are answered without the store.
//!
//! When the store does not commit in time, a visitor is sent on all the same: [`Away`] chooses for them, or, where a batch
//! was decided and hangs in its commit, they get what was decided ([`decided`]). What they were told is kept as a
//! [`Spooled`] visit outside of the store. When the store is back, [`replay`] decides such visits again, bound to what was
//! told: the same visitor code, the same agent, the time of the click.

mod away;
mod owners;
mod replay;

pub use away::Away;
pub use owners::Owners;
pub use replay::{keys, replay};

use super::{Decisions, Outcome, SendTo, Visit, record};
use crate::{
    click::{Click, ClickFacts, RecognisedBy, Why},
    identity::continuity::ClickIdPrint,
    ids::{AgentId, ClickId, LeadId, RotatorId, VisitorNumber, WorkspaceId},
    routing::Rotator,
    time::UnixMs,
};
use serde::{Deserialize, Serialize};

/// What a visitor was told who could not wait for the store.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whose click it is; `None` if no number was at hand, and so no code and no cookie.
    pub lead: Option<LeadId>,
    /// Where they were sent.
    pub to: SendTo,
    /// A name that a person gave the lead, where it was known.
    pub name: Option<String>,
    /// How they were recognised.
    pub by: RecognisedBy,
    /// A double tap.
    pub dup: bool,
    /// The click that a transaction of the store may hold already.
    pub click: Option<ClickId>,
}

/// What became of a visit whose batch was decided, and whose commit is not known to have succeeded.
#[derive(Clone, Debug)]
pub enum Decided {
    /// Sent on; the click is in the store or not.
    Sent(Told),
    /// There is no click.
    NoClick(Outcome),
}

/// What each visit of a batch is told whose commit nobody waits for any longer. Takes the outcomes.
pub fn decided(decisions: &mut Decisions) -> Vec<Decided> {
    let mut clicks = decisions.clicks.iter();
    let outcomes = std::mem::take(&mut decisions.outcomes).into_iter();
    let told = outcomes.map(|outcome| match outcome {
        // Each that was sent on has a click, in the same order.
        Outcome::Sent { lead, to, name } => {
            let click = clicks.next();
            Decided::Sent(Told {
                lead: Some(lead),
                to,
                name,
                by: click.map_or(RecognisedBy::New, |click| click.facts.by),
                dup: click.is_some_and(|click| click.facts.dup),
                click: click.map(|click| click.id),
            })
        }
        other => Decided::NoClick(other),
    });
    told.collect()
}

/// A visit that was answered and waits to be recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spooled {
    /// The click that a transaction of the store may hold already: if it does, there is nothing left to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub click: Option<ClickId>,
    /// When it arrived.
    pub at: UnixMs,
    /// Whose visitor.
    pub workspace: WorkspaceId,
    /// The number behind the code that the visitor was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<VisitorNumber>,
    /// At which link.
    pub rotator: RotatorId,
    /// Whom they were sent to; `None` for a fallback or the closed page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// Fingerprints of the primary click ID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<ClickIdPrint>,
    /// Everything else. Whether it made the lead is only known when it is replayed.
    pub facts: ClickFacts,
}

impl Spooled {
    /// A visit with what its visitor was told.
    pub fn new(rotator: &Rotator, visit: Visit, told: &Told) -> Self {
        let (at, print) = (visit.at, visit.click_id);
        let workspace = rotator.workspace.id;
        let (agent, why) = match &told.to {
            SendTo::Agent(agent) => (Some(agent.id), Why::Degraded),
            SendTo::Fallback => (None, Why::Fallback),
            SendTo::Closed => (None, Why::Closed),
        };
        let nobody = LeadId {
            workspace,
            number: VisitorNumber(0),
        };
        let Click { facts, .. } = record(
            told.click.unwrap_or_default(),
            rotator,
            told.lead.unwrap_or(nobody),
            agent,
            &why,
            told.by,
            false,
            false,
            told.dup,
            visit,
        );
        Self {
            click: told.click,
            at,
            workspace,
            number: told.lead.map(|lead| lead.number),
            rotator: rotator.id,
            agent,
            print,
            facts,
        }
    }

    /// Whose it is, if the visitor was given a code.
    pub fn lead(&self) -> Option<LeadId> {
        let workspace = self.workspace;
        self.number.map(|number| LeadId { workspace, number })
    }
}
