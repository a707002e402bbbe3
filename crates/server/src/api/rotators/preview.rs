//! `POST /rotators/preview`

use super::{
    Surroundings,
    fallback::FallbackInput,
    fields::{RotatorPatch, blank},
    find,
    shares::NewShare,
    standing::{Standing, Subject},
    warnings::Warning,
};
use crate::{
    api::{
        auth::Caller,
        body::{Body, nullable},
        error::ApiError,
        refusals::{Refused, RefusedBody},
        words::{ModeWord, TargetWord},
    },
    app::App,
    click::{
        outlook::rotation,
        send_to::{address, message_facts},
    },
};
use axum::{Json, extract::State};
use konektor_core::{
    attribution::Utm,
    decide::{Passed, Prospect, SendTo},
    message::{MessageFacts, Target, location, text_of},
    phone::Phone,
    routing::{Fallback, Mode, Routing},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use utoipa::ToSchema;

/// Turns that are shown.
const TURNS: usize = 20;
/// Stands for an agent's number while there is no agent; it is not shown.
const SOME_NUMBER: &str = "6281234567890";

/// A rotator as somebody is writing it. What is absent is as it is saved, or as a new rotator has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotatorDraft {
    /// The saved rotator that it is, whose turns go on; absent for a new one.
    #[schema(example = "7")]
    rotator_id: Option<String>,
    /// The last part of the link; one that is empty is not looked at.
    #[schema(example = "promo", max_length = 64)]
    slug: Option<String>,
    /// For people.
    name: Option<String>,
    /// Redirect or page.
    #[schema(value_type = Option<ModeWord>)]
    mode: Option<Mode>,
    /// The WhatsApp text. What is wrong with it is said in the answer.
    #[schema(example = "Hi {agent}, I'm interested. [{code}]")]
    message: Option<String>,
    /// Which of WhatsApp's addresses it leads to.
    #[schema(value_type = Option<TargetWord>)]
    target: Option<Target>,
    /// Where visitors go when nobody is on duty; `null` for nowhere.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<FallbackInput>)]
    fallback: Option<Option<Value>>,
    /// Who takes its leads, in the order that breaks ties.
    agents: Vec<NewShare>,
}

/// What a rotator would do now, and what is probably not meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotatorPreview {
    /// What stands ready in WhatsApp for the one who is next, with an example of a code. While a new visitor would be sent
    /// to nobody in WhatsApp, it is written for the first agent. `null` if there is a `message_problem`.
    #[schema(required, example = "Hi Ayu, I'm interested. [7QK3M9D]")]
    message: Option<String>,
    /// What is wrong with the message, and where; `null` if nothing is.
    #[schema(required)]
    message_problem: Option<String>,
    /// Where a new visitor would be sent; `null` if to the page that says that you are closed, or if that depends on a
    /// message that has a problem.
    #[schema(required, example = "https://wa.me/6281234567890?text=Hi%20Ayu")]
    location: Option<String>,
    /// Whose turns come next, if all agents stay as they are now: up to 20, none while nobody is eligible.
    next: Vec<NextTurn>,
    /// What each agent may expect now, in the rotator's order.
    shares: Vec<ShareNow>,
    /// What is probably not meant as it is.
    warnings: Vec<Warning>,
}

/// A turn to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextTurn {
    /// Whose.
    #[schema(example = "3")]
    agent_id: String,
}

/// What an agent may expect now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareNow {
    /// Who.
    #[schema(example = "3")]
    agent_id: String,
    /// Their weight.
    weight: u32,
    /// Their part of all turns, 0 to 1.
    #[schema(example = 0.25)]
    share: f64,
    /// Whether they get new leads now.
    eligible: bool,
    /// Why not; `null` if they do. Of several reasons the most lasting one.
    #[schema(required)]
    reason: Option<PassedReason>,
}

/// Why an agent gets no new lead now: switched off, paused, not in working hours, at the daily cap, or of weight 0.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PassedReason {
    Off,
    Paused,
    OutsideHours,
    Capped,
    NoWeight,
}

impl From<Passed> for PassedReason {
    fn from(passed: Passed) -> Self {
        match passed {
            Passed::Off => Self::Off,
            Passed::NoWeight => Self::NoWeight,
            Passed::Paused => Self::Paused,
            Passed::OutsideHours => Self::OutsideHours,
            Passed::Capped => Self::Capped,
        }
    }
}

impl From<Prospect> for ShareNow {
    fn from(prospect: Prospect) -> Self {
        Self {
            agent_id: prospect.agent.to_string(),
            weight: prospect.weight,
            share: prospect.share,
            eligible: prospect.passed.is_none(),
            reason: prospect.passed.map(PassedReason::from),
        }
    }
}

/// Shows what a rotator would do now, saved or not: whose turns come next, what a visitor would read, what is probably not
/// meant. Nothing is saved and no turn is used; a key needs the scope `read` only.
#[utoipa::path(
    post, path = "/rotators/preview", operation_id = "preview_rotator", tag = "rotators",
    request_body = RotatorDraft,
    responses((status = 200, description = "What it would do.", body = RotatorPreview), RefusedBody, Refused)
)]
pub async fn preview(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(draft): Body<RotatorDraft>,
) -> Result<Json<RotatorPreview>, ApiError> {
    let surroundings = Surroundings::load(&app, &caller.workspace).await?;
    let subject = draft.subject(&app, &surroundings).await?;
    let rotation = rotation(&app, subject.id).await?;
    let standing = Standing::of(&app, &surroundings, subject, rotation, TURNS).await?;
    let is_sound = standing.message_error.is_none();
    Ok(Json(RotatorPreview {
        message: is_sound.then(|| text(&standing, &surroundings.routing)),
        message_problem: standing.message_error.as_ref().map(ToString::to_string),
        location: location_now(&standing),
        next: standing
            .outlook
            .next
            .iter()
            .map(|agent| NextTurn {
                agent_id: agent.to_string(),
            })
            .collect(),
        shares: standing.outlook.prospects.into_iter().map(ShareNow::from).collect(),
        warnings: standing.warnings,
    }))
}

impl RotatorDraft {
    async fn subject(self, app: &App, surroundings: &Surroundings) -> Result<Subject, ApiError> {
        let saved = match &self.rotator_id {
            Some(id) => Some(
                find(app, &surroundings.workspace, id)
                    .await
                    .map_err(|error| missing(error, id))?,
            ),
            None => None,
        };
        let before = saved.as_ref().map_or_else(blank, |saved| saved.fields.clone());
        let message = self.message.unwrap_or_else(|| before.message.clone());
        let written = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let slug = written(self.slug);
        // A new rotator is called as its link, until it has a name.
        let name = written(self.name).or_else(|| slug.clone().filter(|_| saved.is_none()));
        let patch = RotatorPatch {
            slug,
            name,
            mode: self.mode,
            target: self.target,
            fallback: self.fallback,
            agents: Some(self.agents),
            ..RotatorPatch::default()
        };
        let mut fields = patch.apply(before, &surroundings.workspace, surroundings, &app.settings)?;
        fields.message = message;
        let id = saved.as_ref().map(|saved| saved.id);
        let learned = saved.as_ref().and_then(|saved| saved.learned.clone());
        let same_slug = saved.filter(|saved| saved.fields.slug == fields.slug);
        Ok(Subject {
            id,
            is_slug_taken: same_slug.is_none() && surroundings.is_slug_taken(&fields.slug, id),
            is_unreachable: same_slug.is_some_and(|saved| surroundings.links(app, &saved).is_empty()),
            fields,
            learned,
        })
    }
}

fn missing(error: ApiError, id: &str) -> ApiError {
    match error {
        ApiError::NotFound(_) => {
            let id: String = id.chars().take(40).collect();
            ApiError::invalid("rotator_id", format!("There is no rotator \"{id}\"."))
        }
        error => error,
    }
}

/// What stands ready in WhatsApp.
fn text(standing: &Standing, routing: &Routing) -> String {
    let rotator = &standing.rotator;
    let some_number = Phone::from_stored(SOME_NUMBER).expect("it is one");
    let first = || rotator.agents.iter().find_map(|share| routing.agent(share.agent));
    let (phone, agent) = match (&standing.outlook.to, &rotator.fallback) {
        (SendTo::Agent(agent), _) => (&agent.phone, agent.name.as_str()),
        (SendTo::Fallback, Some(Fallback::Phone(phone))) => (phone, ""),
        _ => first().map_or((&some_number, ""), |agent| (&agent.phone, agent.name.as_str())),
    };
    let (code, utm) = (rotator.workspace.code_key.example().to_string(), Utm::default());
    let facts = MessageFacts {
        agent,
        ..message_facts(rotator, &code, &utm, None)
    };
    text_of(&location(rotator.target, phone, &rotator.message, &facts)).into_owned()
}

/// Where a new visitor would be sent.
fn location_now(standing: &Standing) -> Option<String> {
    let rotator = &standing.rotator;
    let has_text = !matches!(
        (&standing.outlook.to, &rotator.fallback),
        (SendTo::Fallback, Some(Fallback::Url(_)))
    );
    if has_text && standing.message_error.is_some() {
        return None;
    }
    let (code, utm) = (rotator.workspace.code_key.example().to_string(), Utm::default());
    address(rotator, &standing.outlook.to, message_facts(rotator, &code, &utm, None)).map(Into::into)
}

#[cfg(test)]
mod tests;
