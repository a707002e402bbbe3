//! What stands in a timeline, and the words that say why.

use super::{TouchView, view::amount};
use crate::api::{
    deliveries::Waiting,
    page::Page,
    time::Time,
    words::{
        DeliveryStateWord, DestinationPlatform, DestinationPlatformWord, EventTrigger, EventTriggerWord, InAppWord,
        RecognisedByWord, WhyWord,
    },
};
use konektor_core::{
    click::{Click, RecognisedBy, Why},
    event::DeliveryState,
    identity::code::CodeKey,
    lead::ARRIVED,
    routing::Routing,
    time::UnixMs,
    user_agent::{self, InApp, UserAgent},
};
use konektor_store::model::{Delivery, StoredSubmission, TimelineItem};
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened to a lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = TimelineItem)]
pub enum TimelineView {
    /// It clicked.
    Click(Box<ClickView>),
    /// An ad platform is told.
    Delivery(Box<DeliveryItemView>),
    /// A form, a message or an import said something of it.
    Submission(Box<SubmissionView>),
    /// It and another lead became one, or were taken apart.
    Merge(MergeView),
    /// It was changed.
    Change(ChangeView),
}

/// What somebody said of a lead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineSubmission)]
pub struct SubmissionView {
    /// When.
    at: Time,
    /// Who or what said it: `form:3`, `page:7`, `whatsapp`, `import:user:1`, `link:4`.
    #[schema(example = "form:3")]
    by: String,
    /// A name.
    #[schema(required, example = "Rina")]
    name: Option<String>,
    /// Digits of a number, country code first.
    #[schema(required, example = "6281234567890")]
    phone: Option<String>,
    /// An e-mail address.
    #[schema(required)]
    email: Option<String>,
    /// Further fields, in the form's order.
    fields: Vec<CustomField>,
    /// The wording beside the tick of consent.
    #[schema(required)]
    consent: Option<String>,
    /// Nothing but a code that anybody can type said whom it means.
    unverified: bool,
    /// Where they came from, where it said so.
    #[schema(required)]
    touch: Option<TouchView>,
}

/// A form's own field.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomField {
    /// Its name.
    #[schema(example = "Size")]
    pub name: String,
    /// What was filled in.
    #[schema(example = "XL")]
    pub value: String,
}

/// Leads became one, or two again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineMerge)]
pub struct MergeView {
    /// When.
    at: Time,
    /// The other lead.
    #[schema(example = "34359738369")]
    lead_id: String,
    /// Its visitor code.
    #[schema(example = "7QK3M9D")]
    code: String,
    /// This lead was merged into the other; else the other into this one.
    into: bool,
    /// They were taken apart.
    undone: bool,
    /// Who or what did it: `form:3` if both have the number that somebody filled in.
    #[schema(example = "user:1")]
    by: String,
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

/// An event on its way to an ad platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimelineDelivery)]
pub struct DeliveryItemView {
    /// When the event happened.
    at: Time,
    /// The delivery, of which there is more to see.
    #[schema(example = "812")]
    delivery_id: String,
    /// To which destination.
    destination_id: String,
    /// Of which platform.
    #[schema(value_type = DestinationPlatformWord)]
    platform: DestinationPlatform,
    /// What made the event.
    #[schema(value_type = EventTriggerWord)]
    event: EventTrigger,
    /// What the platform calls it.
    #[schema(example = "Contact")]
    event_name: String,
    /// By which the platform knows it again.
    #[schema(example = "kn-1S1XK5GZ00000-click")]
    event_id: String,
    /// How far it is.
    #[schema(value_type = DeliveryStateWord)]
    state: DeliveryState,
    /// When that was settled; `null` while it waits.
    #[schema(required)]
    settled_at: Option<Time>,
    /// The platform's code, or ours.
    #[schema(required)]
    code: Option<String>,
    /// Why it is so, in plain words.
    #[schema(required)]
    reason: Option<String>,
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
    /// Shows an item; `key` makes the codes, `routing` knows the agents' names, `waiting` why a delivery waits.
    pub fn new(item: TimelineItem, key: &CodeKey, routing: &Routing, waiting: &Waiting) -> Self {
        match item {
            TimelineItem::Submission(submission) => Self::Submission(Box::new(SubmissionView::new(*submission))),
            TimelineItem::Merge {
                at,
                other,
                into,
                undone,
                by,
            } => Self::Merge(MergeView {
                at: Time(at),
                lead_id: other.packed().to_string(),
                code: key.code(other.number).to_string(),
                into,
                undone,
                by,
            }),
            TimelineItem::Click(click) => Self::Click(Box::new(ClickView::new(*click, routing))),
            TimelineItem::Delivery(delivery) => Self::Delivery(Box::new(DeliveryItemView::new(*delivery, waiting))),
            TimelineItem::Change {
                at,
                field,
                old,
                new,
                by,
            } => Self::Change(ChangeView::new(at, field, old, new, by)),
        }
    }
}

impl ChangeView {
    /// Shows a change of a field.
    pub fn new(at: UnixMs, field: String, old: Option<String>, new: Option<String>, by: String) -> Self {
        let shown = |value: Option<String>| match (field.as_str(), value) {
            // Kept as an integer, shown as the number that was typed.
            ("value", Some(stored)) => Some(
                stored
                    .parse()
                    .ok()
                    .and_then(amount)
                    .map_or(stored, |amount| amount.to_string()),
            ),
            // Kept as milliseconds, shown as all times are.
            (ARRIVED, Some(stored)) => Some(stored.parse().map_or(stored, |ms| Time(UnixMs(ms)).to_string())),
            (_, value) => value,
        };
        let (old, new) = (shown(old), shown(new));
        Self {
            at: Time(at),
            field,
            old,
            new,
            by,
        }
    }
}

impl SubmissionView {
    fn new(StoredSubmission { at, by, said, .. }: StoredSubmission) -> Self {
        let fields = said.fields.into_iter();
        Self {
            at: Time(at),
            by,
            name: said.name,
            phone: said.phone,
            email: said.email,
            fields: fields.map(|(name, value)| CustomField { name, value }).collect(),
            consent: said.consent.map(|consent| consent.wording),
            unverified: said.unverified,
            touch: said.touch.map(Into::into),
        }
    }
}

impl ClickView {
    /// Shows a click; `routing` knows the agents' names.
    pub fn new(click: Click, routing: &Routing) -> Self {
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

impl DeliveryItemView {
    fn new(delivery: Delivery, waiting: &Waiting) -> Self {
        let reason = waiting.reason(&delivery);
        Self {
            at: Time(delivery.at),
            delivery_id: delivery.id.to_string(),
            destination_id: delivery.destination.to_string(),
            platform: DestinationPlatform(delivery.platform),
            event: EventTrigger(delivery.trigger),
            event_name: delivery.name,
            event_id: delivery.event_id.to_string(),
            state: delivery.state,
            settled_at: delivery.settled_at.map(Time),
            code: delivery.code,
            reason,
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
        Why::Degraded => format!("The database did not answer in time. Went to {agent} without it."),
    };
    format!("{recognised} {went}")
}
