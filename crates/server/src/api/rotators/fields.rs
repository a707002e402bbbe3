//! What may be said about a rotator, and when it is refused.

use super::{
    Surroundings,
    fallback::{self, FallbackInput, Rules},
    learning::NewLearning,
    page::PageSettings,
    shares::{self, NewShare},
};
use crate::{
    api::{
        body::{not_null, nullable},
        checks::Checks,
        error::ApiError,
        words::{ModeWord, TargetWord},
    },
    config::Settings,
};
use konektor_core::{
    lead::clean_name,
    message::{Target, Template},
    routing::{Mode, Workspace},
};
use konektor_store::model::RotatorFields;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

const SLUG_MAX_CHARS: usize = 64;

/// A rotator to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRotator {
    /// The last part of the link: letters (lower-cased), digits, hyphens.
    #[schema(example = "promo", max_length = 64)]
    slug: String,
    /// For people; the slug if absent.
    #[schema(example = "Promo Lebaran")]
    name: Option<String>,
    /// Redirect or page; `redirect` if absent.
    #[schema(value_type = Option<ModeWord>)]
    mode: Option<Mode>,
    /// The WhatsApp text with variables in braces; a friendly default if absent.
    #[schema(example = "Hi {agent}, I'm interested. [{code}]")]
    message: Option<String>,
    /// Which of WhatsApp's addresses it leads to; `wa.me` if absent.
    #[schema(value_type = Option<TargetWord>)]
    target: Option<Target>,
    /// Where visitors go when nobody is on duty.
    #[schema(value_type = Option<FallbackInput>)]
    fallback: Option<Value>,
    /// Who takes its leads, in the order that breaks ties.
    agents: Option<Vec<NewShare>>,
    /// How its shares are learned; they are not if absent.
    learning: Option<NewLearning>,
    /// What its page says, and what link previews show.
    page: Option<PageSettings>,
}

/// What to change of a rotator. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotatorPatch {
    /// The last part of the link. Links with the old one stop working.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, max_length = 64)]
    pub(super) slug: Option<String>,
    /// For people.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub(super) name: Option<String>,
    /// Redirect or page.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = ModeWord, required = false)]
    pub(super) mode: Option<Mode>,
    /// The WhatsApp text with variables in braces.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub(super) message: Option<String>,
    /// Which of WhatsApp's addresses it leads to.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false, value_type = TargetWord, required = false)]
    pub(super) target: Option<Target>,
    /// Where visitors go when nobody is on duty; `null` for a page that says so.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<FallbackInput>)]
    pub(super) fallback: Option<Option<Value>>,
    /// Who takes its leads; replaces the whole list.
    #[serde(default, deserialize_with = "not_null")]
    #[schema(nullable = false)]
    pub(super) agents: Option<Vec<NewShare>>,
    /// How its shares are learned; `null` switches it off, and forgets what was learned.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<NewLearning>)]
    pub(super) learning: Option<Option<NewLearning>>,
    /// What its page says; replaces all of it, `null` clears it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<PageSettings>)]
    pub(super) page: Option<Option<PageSettings>>,
}

impl NewRotator {
    /// The fields of the new rotator, checked.
    pub(super) fn check(
        self,
        workspace: &Workspace,
        surroundings: &Surroundings,
        settings: &Settings,
    ) -> Result<RotatorFields, ApiError> {
        let all = RotatorPatch {
            name: Some(self.name.unwrap_or_else(|| self.slug.trim().to_ascii_lowercase())),
            slug: Some(self.slug),
            mode: self.mode,
            message: self.message,
            target: self.target,
            fallback: Some(self.fallback),
            agents: self.agents,
            learning: Some(self.learning),
            page: Some(self.page),
        };
        all.apply(blank(), workspace, surroundings, settings)
    }
}

/// A rotator of which nothing was said.
pub(super) fn blank() -> RotatorFields {
    RotatorFields {
        slug: String::new(),
        name: String::new(),
        mode: Mode::Redirect,
        message: Template::default_text().to_owned(),
        target: Target::default().as_str().to_owned(),
        fallback: None,
        page: None,
        agents: Vec::new(),
        learning: None,
    }
}

impl RotatorPatch {
    /// The rotator's fields after the change, checked.
    pub(super) fn apply(
        self,
        mut fields: RotatorFields,
        workspace: &Workspace,
        surroundings: &Surroundings,
        settings: &Settings,
    ) -> Result<RotatorFields, ApiError> {
        let mut checks = Checks::default();
        if let Some(slug) = self.slug.and_then(|slug| checks.ok("slug", check_slug(&slug))) {
            fields.slug = slug;
        }
        if let Some(name) = self.name.and_then(|name| checks.ok("name", clean_name(&name))) {
            fields.name = name;
        }
        if let Some(mode) = self.mode {
            fields.mode = mode;
        }
        if let Some(message) = self
            .message
            .and_then(|text| checks.ok("message", Template::parse(&text)))
        {
            fields.message = message.source().to_owned();
        }
        if let Some(target) = self.target {
            fields.target = target.as_str().to_owned();
        }
        if let Some(fallback) = self.fallback {
            let (own_hosts, allowed_hosts) = (&surroundings.hosts, &settings.fallback_hosts);
            let rules = Rules {
                country: &workspace.country,
                own_hosts,
                allowed_hosts,
            };
            fields.fallback = fallback.and_then(|sent| checks.ok("fallback", fallback::check(&sent, &rules)));
        }
        if let Some(agents) = self.agents {
            fields.agents = shares::check(agents, &surroundings.agents, &mut checks);
        }
        if let Some(learning) = self.learning {
            fields.learning = learning.map(|learning| learning.check(fields.learning, &mut checks));
        }
        if let Some(page) = self.page {
            if let Some(page) = &page {
                page.check(&mut checks);
            }
            let json = page.map(serde_json::to_value).transpose();
            fields.page = json.map_err(|_| ApiError::Broken("a rotator's page cannot be written as JSON"))?;
        }
        checks.finish()?;
        Ok(fields)
    }
}

fn check_slug(text: &str) -> Result<String, &'static str> {
    let slug = text.trim().to_ascii_lowercase();
    let fits = (1..=SLUG_MAX_CHARS).contains(&slug.len())
        && slug
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match fits {
        true => Ok(slug),
        false => Err("The slug has 1 to 64 letters (a-z), digits and hyphens, such as promo-lebaran."),
    }
}
