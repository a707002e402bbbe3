//! What stands in a timeline, and the words that say why.

use super::{TouchView, view::amount};
use crate::api::{
    page::Page,
    time::Time,
    words::{InAppWord, RecognisedByWord, WhyWord},
};
use konektor_core::{
    click::{Click, RecognisedBy, Why},
    routing::Routing,
    user_agent::{self, InApp, UserAgent},
};
use konektor_store::model::TimelineItem;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened to a lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = TimelineItem)]
pub enum TimelineView {
    /// It clicked.
    Click(Box<ClickView>),
    /// It was changed.
    Change(ChangeView),
}

/// A click.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineClick)]
pub struct ClickView {
    /// When.
    at: Time,
    /// How the visitor was recognised.
    #[schema(value_type = RecognisedByWord)]
    recognised_by: RecognisedBy,
    /// Why it went to this agent.
    #[schema(value_type = WhyWord)]
    why: Why,
    /// Both in words.
    #[schema(example = "Recognised by the cookie. Went to Rina, who has this lead.")]
    reason: String,
    /// The agent who got it; `null` for a fallback or the closed page.
    #[schema(required)]
    agent_id: Option<String>,
    /// At which rotator.
    rotator_id: String,
    /// Where it came from.
    touch: TouchView,
    /// The visitor's address.
    #[schema(required)]
    ip: Option<String>,
    /// Browser and version.
    #[schema(required)]
    browser: Option<String>,
    /// Make and model.
    #[schema(required)]
    device: Option<String>,
    /// The app whose in-app browser it was.
    #[schema(required, value_type = Option<InAppWord>)]
    in_app: Option<InApp>,
    /// A double tap: shown, not counted.
    duplicate: bool,
    /// The click that made the lead.
    new: bool,
}

/// An edit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineChange)]
pub struct ChangeView {
    /// When.
    at: Time,
    /// Which field.
    #[schema(example = "status")]
    field: String,
    /// Before.
    #[schema(required, example = "new")]
    old: Option<String>,
    /// After.
    #[schema(required, example = "contacted")]
    new: Option<String>,
    /// Who or what: `key:3` is an API key.
    #[schema(example = "key:3")]
    by: String,
}

/// A page of the timeline.
pub type TimelinePage = Page<TimelineView>;

impl TimelineView {
    /// Shows an item; `routing` knows the agents' names.
    pub fn new(item: TimelineItem, routing: &Routing) -> Self {
        match item {
            TimelineItem::Click(click) => Self::Click(Box::new(ClickView::new(*click, routing))),
            TimelineItem::Change {
                at,
                field,
                old,
                new,
                by,
            } => {
                let shown = |value: Option<String>| match (field.as_str(), value) {
                    // Kept as an integer, shown as the number that was typed.
                    ("value", Some(stored)) => Some(
                        stored
                            .parse()
                            .ok()
                            .and_then(amount)
                            .map_or(stored, |amount| amount.to_string()),
                    ),
                    (_, value) => value,
                };
                let (old, new) = (shown(old), shown(new));
                Self::Change(ChangeView {
                    at: Time(at),
                    field,
                    old,
                    new,
                    by,
                })
            }
        }
    }
}

impl ClickView {
    fn new(click: Click, routing: &Routing) -> Self {
        let reason = reason(&click, routing);
        let facts = click.facts;
        let UserAgent {
            device,
            browser,
            in_app,
            ..
        } = user_agent::parse(&facts.ua);
        Self {
            at: Time(click.at),
            recognised_by: facts.by,
            why: facts.why,
            reason,
            agent_id: click.agent.map(|id| id.to_string()),
            rotator_id: click.rotator.to_string(),
            touch: facts.touch.into(),
            ip: facts.ip.map(|address| address.to_string()),
            browser,
            device,
            in_app,
            duplicate: facts.dup,
            new: facts.new,
        }
    }
}

fn reason(click: &Click, routing: &Routing) -> String {
    let recognised = match click.facts.by {
        RecognisedBy::Cookie => "Recognised by the cookie.",
        RecognisedBy::ClickId => "Recognised by the click ID, which the same browser had used before.",
        RecognisedBy::DoubleTap => "The same request had come a moment before: a double tap.",
        RecognisedBy::New => "A new visitor.",
    };
    let agent = click.agent.map(|id| match routing.agent(id) {
        Some(agent) => agent.name.clone(),
        None => "an agent who was removed".to_owned(),
    });
    let agent = agent.as_deref().unwrap_or("nobody");
    let went = match click.facts.why {
        Why::Turn => format!("Went to {agent}, whose turn it was."),
        Why::Owner => format!("Went to {agent}, who has this lead."),
        Why::OwnerElsewhere => format!("Went to {agent}, who has this lead at another rotator."),
        Why::Substitute => format!("Went to {agent}, who stands in while the lead's agent is away."),
        Why::Transfer => format!("Went to {agent}, whose turn it was to take it over: the lead's agent had left."),
        Why::OwnChoice => {
            format!("Went to {agent}, whose turn it was: the lead's agent does not work at this rotator.")
        }
        Why::OffHours => format!("Nobody was on duty. Went to {agent}, who had waited longest."),
        Why::Fallback => "Nobody was on duty. Went to the rotator's fallback.".to_owned(),
        Why::Closed => "Nobody was there. Shown the page that says so.".to_owned(),
    };
    format!("{recognised} {went}")
}
