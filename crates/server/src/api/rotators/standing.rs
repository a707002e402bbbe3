//! A rotator looked at as a whole: its settings beside its agents, its hosts and the time.

use super::{
    Surroundings,
    warnings::{Findings, Warning, warnings},
};
use crate::{api::days::stored, app::App};
use jiff::ToSpan;
use konektor_core::{
    decide::Outlook,
    fold::SourceKind,
    ids::RotatorId,
    message::{Template, TemplateError},
    phone::Phone,
    rotation::{
        Rotation,
        learning::{Learned, Learner},
    },
    routing::{Agent, Fallback, Preview, Rotator},
    schedule::{Gap, first_gap},
};
use konektor_store::{
    Reports, StoreError,
    model::{ReportRange, RotatorFields},
};

/// How far it is looked ahead for a time without anybody.
const AHEAD_MS: i64 = 86_400_000;
/// More than there are platforms.
const PLATFORMS: usize = 100;

/// What is looked at: a saved rotator, or what somebody is about to save.
pub struct Subject {
    /// Of a saved one.
    pub id: Option<RotatorId>,
    /// Its settings. The message may be wrong, and the slug empty: they are being written.
    pub fields: RotatorFields,
    /// What it has learned so far.
    pub learned: Option<Learned>,
    /// No address leads to it.
    pub is_unreachable: bool,
    /// It cannot be saved under its slug.
    pub is_slug_taken: bool,
}

/// How it stands.
pub struct Standing {
    /// As visitors would be routed by it; without a text if its message is wrong.
    pub rotator: Rotator,
    /// What is wrong with its message.
    pub message_error: Option<TemplateError>,
    /// Whose turn it is.
    pub outlook: Outlook,
    /// What is probably not meant as it is.
    pub warnings: Vec<Warning>,
}

impl Standing {
    /// Looks at it. `rotation` is a copy of its credits, of which `turns` turns are shown.
    pub async fn of(
        app: &App,
        surroundings: &Surroundings,
        subject: Subject,
        rotation: Rotation,
        turns: usize,
    ) -> Result<Self, StoreError> {
        let Subject {
            id,
            is_unreachable,
            is_slug_taken,
            ..
        } = subject;
        let (rotator, message_error) = routed(surroundings, subject);
        let Surroundings {
            routing, turns_today, ..
        } = surroundings;
        let outlook = turns_today.outlook(routing, &rotator, rotation, turns);
        let is_closed = outlook.prospects.iter().all(|prospect| prospect.passed.is_some());
        let ad_clicks = match id {
            Some(id) if is_closed => ad_clicks(app, surroundings, id).await?,
            _ => 0,
        };
        let findings = Findings {
            rotator: &rotator,
            message_error: message_error.as_ref(),
            prospects: &outlook.prospects,
            is_unreachable,
            is_slug_taken,
            gap: gap(surroundings, &rotator),
            ad_clicks,
            now: surroundings.now,
        };
        let warnings = warnings(&findings);
        Ok(Self {
            rotator,
            message_error,
            outlook,
            warnings,
        })
    }
}

/// The rotator as the routing snapshot would have it.
fn routed(surroundings: &Surroundings, subject: Subject) -> (Rotator, Option<TemplateError>) {
    let Subject {
        id,
        mut fields,
        learned,
        ..
    } = subject;
    let (message, message_error) = match Template::parse(&fields.message) {
        Ok(message) => (message, None),
        Err(error) => (Template::default(), Some(error)),
    };
    // An agent who was removed takes no leads any more.
    let is_there = |agent| surroundings.agents.iter().any(|known| known.id == agent);
    fields.agents.retain(|share| is_there(share.agent));
    let rotator = Rotator {
        id: id.unwrap_or_default(),
        workspace: surroundings.workspace.clone(),
        slug: fields.slug,
        name: fields.name,
        mode: fields.mode,
        message,
        target: fields.target.parse().unwrap_or_default(),
        fallback: fields.fallback.map(|text| match Phone::from_stored(&text) {
            Some(phone) => Fallback::Phone(phone),
            None => Fallback::Url(text),
        }),
        learning: Learner::of(fields.learning, learned.as_ref(), &fields.agents),
        agents: fields.agents,
        page: None,
        preview: Preview::default(),
        on_public_host: false,
    };
    (rotator, message_error)
}

/// When nobody will be on duty, of those who take new leads. Where there are none of these at all, that is said
/// otherwise.
fn gap(surroundings: &Surroundings, rotator: &Rotator) -> Option<Gap> {
    let takers = rotator.agents.iter().filter(|share| share.weight > 0);
    let agents = takers.filter_map(|share| surroundings.routing.agent(share.agent));
    let agents: Vec<&Agent> = agents.map(AsRef::as_ref).filter(|agent| agent.active).collect();
    match agents.is_empty() {
        true => None,
        false => first_gap(&agents, surroundings.now, AHEAD_MS),
    }
}

/// Clicks that came to a rotator through a platform, yesterday and today by the workspace's calendar, which is more than
/// 24 hours and less than 48: the fold counts by the day, and clicks are not looked at one by one. A click counts if its
/// touch names a platform, by a click ID or else, without UTM values, by the page that linked here; double taps do not.
/// Those of the last second may not be counted yet.
async fn ad_clicks(app: &App, surroundings: &Surroundings, rotator: RotatorId) -> Result<u64, StoreError> {
    let workspace = &surroundings.workspace;
    let today = surroundings.now.in_zone(&workspace.time_zone).date();
    let range = ReportRange {
        from: stored(today.saturating_sub(1.day())),
        to: stored(today),
        rotator: Some(rotator),
    };
    let (platforms, all) = app
        .store
        .sources(workspace.id, SourceKind::Platform, range, PLATFORMS)
        .await?;
    let without = platforms.iter().find(|count| count.name.is_empty());
    Ok(all.clicks - without.map_or(0, |count| count.came.clicks))
}
