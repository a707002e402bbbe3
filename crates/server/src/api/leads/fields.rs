//! What may be changed of a lead by hand, and when it is refused.

use super::view::stored;
use crate::api::{
    body::{not_null, nullable},
    checks::Checks,
    error::ApiError,
    words::StatusWord,
};
use konektor_core::{
    ids::AgentId,
    lead::{Amount, Currency, NameSource, Status, clean_email, clean_name},
    phone::Phone,
    routing::Workspace,
};
use konektor_store::model::{Agent, Lead, LeadPatch};
use serde::Deserialize;
use utoipa::ToSchema;

const NOTES_MAX_CHARS: usize = 10_000;

/// What to change of a lead. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeadPatch)]
pub struct LeadEdit {
    /// Its name, by hand: forms and WhatsApp will not overwrite it. `null` goes back to `Visitor [CODE]`.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 120)]
    name: Option<Option<String>>,
    /// How far it has come.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = StatusWord, required = false)]
    status: Option<Status>,
    /// Whether its chat has started. A status beyond `new` other than `lost` says so as well; `false` takes it back.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, required = false)]
    arrived: Option<bool>,
    /// Its number as people write it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "0812 3456 7890")]
    phone: Option<Option<String>>,
    /// Its e-mail address.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// Hands it to this agent, at every rotator, from the next click on.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, example = "3")]
    pub(super) agent_id: Option<String>,
    /// What it is worth; needs a currency. `null` clears both.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<f64>, minimum = 0, example = 150_000)]
    value: Option<Option<Amount>>,
    /// ISO 4217.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "IDR")]
    currency: Option<Option<Currency>>,
    /// Free text.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 10_000)]
    notes: Option<Option<String>>,
}

impl LeadEdit {
    /// The change, checked against the lead as it is. `agents` are those of the workspace.
    pub(super) fn check(self, lead: &Lead, workspace: &Workspace, agents: &[Agent]) -> Result<LeadPatch, ApiError> {
        let mut checks = Checks::default();
        let named = |name: String| (name, NameSource::Manual);
        let mut patch = LeadPatch {
            name: self
                .name
                .map(|name| name.and_then(|name| checks.ok("name", clean_name(&name)).map(named))),
            status: self.status,
            arrived: self.arrived,
            agent: self.agent_id.and_then(|id| check_agent(&id, lead, agents, &mut checks)),
            email: self
                .email
                .map(|email| email.and_then(|email| checks.ok("email", clean_email(&email)))),
            value: self.value.map(|value| value.map(stored)),
            currency: self.currency.map(|currency| currency.map(String::from)),
            ..LeadPatch::default()
        };
        if let Some(phone) = self.phone {
            let parsed = phone.and_then(|text| checks.ok("phone", Phone::parse(&text, &workspace.country)));
            patch.phone = Some(parsed.map(String::from));
        }
        if let Some(notes) = self.notes {
            let notes = notes.filter(|notes| !notes.trim().is_empty());
            checks.at_most("notes", notes.as_deref().unwrap_or_default(), NOTES_MAX_CHARS);
            patch.notes = Some(notes);
        }
        check_money(&mut patch, lead, &mut checks);
        checks.finish()?;
        Ok(patch)
    }
}

/// The new owner. Naming the present one changes nothing: who sends a lead back as they got it does not mean to
/// take it out of the rotation.
fn check_agent(id: &str, lead: &Lead, agents: &[Agent], checks: &mut Checks) -> Option<AgentId> {
    let known = id.parse().ok().filter(|id| agents.iter().any(|agent| agent.id == *id));
    if known.is_none() {
        let id: String = id.chars().take(40).collect();
        checks.refuse("agent_id", format!("There is no agent \"{id}\"."));
    }
    known.filter(|id| lead.agent != Some(*id))
}

/// A value without a currency means nothing, nor a currency without a value.
fn check_money(patch: &mut LeadPatch, lead: &Lead, checks: &mut Checks) {
    if patch.value == Some(None) && patch.currency.is_none() {
        patch.currency = Some(None);
    }
    let has_value = patch.value.unwrap_or(lead.value).is_some();
    let has_currency = patch.currency.as_ref().unwrap_or(&lead.currency).is_some();
    if has_value && !has_currency {
        checks.refuse(
            "currency",
            "A value needs a currency. Send one with it, such as \"IDR\".",
        );
    } else if has_currency && !has_value {
        checks.refuse("value", "A currency needs a value. Send both, or null for both.");
    }
}
