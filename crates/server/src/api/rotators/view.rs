//! A rotator as the API shows it.

use super::{Surroundings, page::PageSettings, shares::ShareView};
use crate::{
    api::{
        page::Page,
        time::Time,
        words::{ModeWord, TargetWord},
    },
    config::Settings,
};
use konektor_core::{message::Template, routing::Mode};
use konektor_store::model::{Rotator, RotatorFields};
use serde::Serialize;
use utoipa::ToSchema;

/// A link `/wa/{slug}`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rotator)]
pub struct RotatorView {
    /// Its id.
    #[schema(example = "7")]
    id: String,
    /// Since when.
    created_at: Time,
    /// The last part of the link.
    #[schema(example = "promo")]
    slug: String,
    /// For people.
    #[schema(example = "Promo Lebaran")]
    name: String,
    /// Redirect or page.
    #[schema(value_type = ModeWord)]
    mode: Mode,
    /// The text that stands ready in the visitor's WhatsApp.
    #[schema(example = "Hi {agent}, I'm interested. [{code}]")]
    message: String,
    /// Which of WhatsApp's addresses it leads to.
    #[schema(value_type = TargetWord)]
    target: String,
    /// Where visitors go when nobody is on duty: digits of a phone number, or an https address.
    #[schema(required, example = "6281234567890")]
    fallback: Option<String>,
    /// Who takes its leads, in the order that breaks ties.
    agents: Vec<ShareView>,
    /// What its page says, and what link previews show.
    #[schema(required, value_type = Option<PageSettings>)]
    page: Option<serde_json::Value>,
    /// The addresses that it is reached at.
    #[schema(example = json!(["https://go.example.com/wa/promo"]))]
    links: Vec<String>,
    /// What is probably not meant as it is, in words.
    #[schema(example = json!(["No agent is named, so every visitor is told that you are closed."]))]
    warnings: Vec<String>,
}

/// A page of the list.
pub type RotatorPage = Page<RotatorView>;

impl RotatorView {
    pub(super) fn new(rotator: Rotator, surroundings: &Surroundings, settings: &Settings) -> Self {
        let Rotator {
            id,
            created_at,
            on_public_host,
            fields,
        } = rotator;
        let own = surroundings.hosts.iter().map(|host| format!("https://{host}"));
        let bases = on_public_host.then(|| settings.base_url()).into_iter().chain(own);
        let links: Vec<_> = bases.map(|base| format!("{base}/wa/{}", fields.slug)).collect();
        let warnings = warnings(&fields, &links, surroundings);
        // An agent who was removed takes no leads any more, and could not be sent back in a PATCH.
        let is_there = |share: &ShareView| {
            surroundings
                .agents
                .iter()
                .any(|agent| agent.id.to_string() == share.agent_id)
        };
        Self {
            id: id.to_string(),
            created_at: Time(created_at),
            slug: fields.slug,
            name: fields.name,
            mode: fields.mode,
            message: fields.message,
            target: fields.target,
            fallback: fields.fallback,
            agents: fields
                .agents
                .into_iter()
                .map(ShareView::from)
                .filter(is_there)
                .collect(),
            page: fields.page,
            links,
            warnings,
        }
    }
}

fn warnings(fields: &RotatorFields, links: &[String], surroundings: &Surroundings) -> Vec<String> {
    let mut warnings = Vec::new();
    if links.is_empty() {
        warnings.push(
            "The link is reached nowhere: another workspace uses its slug on the server's own host, and this one has no \
             host of its own. Choose another slug, or add a host."
                .to_owned(),
        );
    }
    if !Template::parse(&fields.message).is_ok_and(|message| message.mentions_code()) {
        warnings.push("The message does not contain {code}, so a chat cannot be matched to its lead.".to_owned());
    }
    let members: Vec<_> = fields
        .agents
        .iter()
        .filter_map(|share| {
            Some((
                share.weight,
                surroundings.agents.iter().find(|agent| agent.id == share.agent)?,
            ))
        })
        .collect();
    let closed = match fields.fallback {
        Some(_) => "every visitor goes to the fallback",
        None => "every visitor is told that you are closed",
    };
    if members.is_empty() {
        warnings.push(format!("No agent is named, so {closed}."));
    } else if members.iter().all(|(weight, _)| *weight == 0) {
        warnings.push("All weights are 0, so nobody gets new leads.".to_owned());
    } else if !members.iter().any(|(weight, agent)| *weight > 0 && agent.fields.active) {
        warnings.push(format!("All agents with a weight are switched off, so {closed}."));
    }
    warnings
}
