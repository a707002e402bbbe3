//! What was taught about who is a person.

pub mod create;
pub mod delete;
pub mod list;

use super::{page::Page, time::Time};
use konektor_core::screening::taught::Rule;
use konektor_store::model::ScreeningRule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewScreeningRule)]
pub struct RuleFields {
    /// `user_agent`: whoever is taken for a program for this name alone. `network`: whoever comes from there beyond the limits
    /// of one address, or without naming a browser.
    #[schema(value_type = RuleKind)]
    kind: String,
    /// The name as it stands in the user agent, in any case; or the network, at most /24 (/48 of IPv6).
    #[schema(example = "TokoBot")]
    value: String,
}

/// What a rule is about.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScreeningRuleKind)]
pub enum RuleKind {
    /// A name in the user agent.
    UserAgent,
    /// A network.
    Network,
}

impl RuleFields {
    /// As it is written.
    pub fn of(rule: &Rule) -> Self {
        Self {
            kind: rule.kind().to_owned(),
            value: rule.value(),
        }
    }
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScreeningRule)]
pub struct RuleView {
    /// Its id.
    id: String,
    /// What it is about.
    #[schema(value_type = RuleKind)]
    kind: String,
    /// The name, or the network.
    #[schema(example = "TokoBot")]
    value: String,
    /// When it was taught.
    created_at: Time,
    /// By whom: `user:1`, `key:3`.
    #[schema(example = "user:1")]
    created_by: String,
}

impl From<ScreeningRule> for RuleView {
    fn from(rule: ScreeningRule) -> Self {
        let RuleFields { kind, value } = RuleFields::of(&rule.rule);
        Self {
            id: rule.id.to_string(),
            kind,
            value,
            created_at: Time(rule.created_at),
            created_by: rule.created_by,
        }
    }
}

/// A page of the list.
pub type RulePage = Page<RuleView>;
