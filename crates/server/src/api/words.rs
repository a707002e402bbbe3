//! The closed lists of the domain as the API documents them. `core` knows nothing of OpenAPI, so the schemas are
//! made here, from the very words that its types serialise to.

use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Layer, Platform},
    click::{RecognisedBy, Why},
    event::{Consent, DeliveryState, Hold, Trigger},
    lead::{NameSource, Status, TrackingStatus, UnknownWord},
    message::Target,
    rotation::learning::Verdict,
    routing::Mode,
    screening::Class,
    user_agent::InApp,
};
use konektor_platforms::Connection;
use serde::{Serialize, Serializer};
use std::{borrow::Cow, marker::PhantomData};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// A type of which there is a fixed list of words.
pub trait ClosedList: Serialize + Sized {
    /// Name of the schema.
    const NAME: &'static str;
    /// What the words are for.
    const ABOUT: &'static str;
    /// All of them.
    fn all() -> Vec<Self>;
}

/// The schema of a [`ClosedList`], for `#[schema(value_type = …)]`.
pub struct Words<T>(PhantomData<T>);

impl<T: ClosedList> PartialSchema for Words<T> {
    fn schema() -> RefOr<Schema> {
        let words = T::all()
            .into_iter()
            .map(|word| serde_json::json!(word))
            .collect::<Vec<_>>();
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(T::ABOUT))
            .enum_values(Some(words))
            .into()
    }
}

impl<T: ClosedList> ToSchema for Words<T> {
    fn name() -> Cow<'static, str> {
        T::NAME.into()
    }
}

/// The word that a text is; `what` says what kind of word is expected.
pub fn parse<T: ClosedList>(what: &'static str, text: &str) -> Result<T, UnknownWord> {
    let written = |word: &T| {
        serde_json::to_value(word)
            .ok()
            .and_then(|word| word.as_str().map(str::to_owned))
    };
    let mut known = Vec::new();
    for word in T::all() {
        match written(&word) {
            Some(name) if name == text => return Ok(word),
            name => known.extend(name),
        }
    }
    Err(UnknownWord {
        what,
        word: text.chars().take(40).collect(),
        known: known.join(", "),
    })
}

/// A platform that can be a destination's.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct DestinationPlatform(pub Platform);

/// What makes an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventTrigger(pub Trigger);

impl Serialize for EventTrigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// Schema of [`Status`].
pub type StatusWord = Words<Status>;
/// Schema of [`NameSource`].
pub type NameSourceWord = Words<NameSource>;
/// Schema of [`TrackingStatus`].
pub type TrackingStatusWord = Words<TrackingStatus>;
/// Schema of [`Layer`].
pub type LayerWord = Words<Layer>;
/// Schema of [`Platform`].
pub type PlatformWord = Words<Platform>;
/// Schema of [`RecognisedBy`].
pub type RecognisedByWord = Words<RecognisedBy>;
/// Schema of [`Why`].
pub type WhyWord = Words<Why>;
/// Schema of [`Class`].
pub type ReasonWord = Words<Class>;
/// Schema of [`InApp`].
pub type InAppWord = Words<InApp>;
/// Schema of [`Mode`].
pub type ModeWord = Words<Mode>;
/// Schema of [`Verdict`].
pub type VerdictWord = Words<Verdict>;
/// Schema of [`Target`].
pub type TargetWord = Words<Target>;
/// Schema of [`DestinationPlatform`].
pub type DestinationPlatformWord = Words<DestinationPlatform>;
/// Schema of [`Consent`].
pub type ConsentWord = Words<Consent>;
/// Schema of [`Hold`].
pub type HoldWord = Words<Hold>;
/// Schema of [`EventTrigger`].
pub type EventTriggerWord = Words<EventTrigger>;
/// Schema of [`DeliveryState`].
pub type DeliveryStateWord = Words<DeliveryState>;

impl ClosedList for Status {
    const NAME: &'static str = "LeadStatus";
    const ABOUT: &'static str = "How far a lead has come.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl ClosedList for NameSource {
    const NAME: &'static str = "NameSource";
    const ABOUT: &'static str = "Who or what named a lead. `auto`: nobody yet.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl ClosedList for TrackingStatus {
    const NAME: &'static str = "TrackingStatus";
    const ABOUT: &'static str = "What the ad platforms know of a lead.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl ClosedList for Layer {
    const NAME: &'static str = "Layer";
    const ABOUT: &'static str = "The evidence that a touch rests on, strongest first.";
    fn all() -> Vec<Self> {
        vec![Self::ClickId, Self::Utm, Self::Referrer, Self::Direct]
    }
}

impl ClosedList for Platform {
    const NAME: &'static str = "Platform";
    const ABOUT: &'static str = "An ad platform, or another site whose click IDs are known.";
    fn all() -> Vec<Self> {
        let mut platforms: Vec<_> = CLICK_ID_PARAMETERS
            .iter()
            .filter_map(|parameter| parameter.platform)
            .collect();
        platforms.dedup();
        platforms
    }
}

impl ClosedList for RecognisedBy {
    const NAME: &'static str = "RecognisedBy";
    const ABOUT: &'static str = "How a visitor was recognised.";
    fn all() -> Vec<Self> {
        vec![Self::Cookie, Self::ClickId, Self::DoubleTap, Self::New]
    }
}

impl ClosedList for Why {
    const NAME: &'static str = "Why";
    const ABOUT: &'static str = "Why a click went to this agent.";
    fn all() -> Vec<Self> {
        vec![
            Self::Turn,
            Self::Owner,
            Self::OwnerElsewhere,
            Self::Substitute,
            Self::Transfer,
            Self::OwnChoice,
            Self::OffHours,
            Self::Fallback,
            Self::Closed,
            Self::Degraded,
        ]
    }
}

impl ClosedList for Class {
    const NAME: &'static str = "NotCountedReason";
    const ABOUT: &'static str = "Why a request was not counted as a person's.";
    fn all() -> Vec<Self> {
        Self::ALL.into_iter().filter(|class| !class.is_human()).collect()
    }
}

impl ClosedList for InApp {
    const NAME: &'static str = "InApp";
    const ABOUT: &'static str = "The app whose in-app browser opened the link.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl ClosedList for Mode {
    const NAME: &'static str = "Mode";
    const ABOUT: &'static str = "`redirect`: to WhatsApp at once. `page`: a light page with a button first.";
    fn all() -> Vec<Self> {
        vec![Self::Redirect, Self::Page]
    }
}

impl ClosedList for Verdict {
    const NAME: &'static str = "LearningVerdict";
    const ABOUT: &'static str = "What came of looking at a rotator's leads. `one_agent`: there is nobody to choose between. \
        `few_leads`, `few_won`: too little to go by, the set shares are used. `no_difference`: the agents differ by no more than \
        equal ones would. `moved`: shares follow what the agents win.";
    fn all() -> Vec<Self> {
        vec![
            Self::OneAgent,
            Self::FewLeads,
            Self::FewWon,
            Self::NoDifference,
            Self::Moved,
        ]
    }
}

impl ClosedList for Target {
    const NAME: &'static str = "Target";
    const ABOUT: &'static str = "`wa.me`, or `api` for api.whatsapp.com, where networks block the short one.";
    fn all() -> Vec<Self> {
        vec![Self::WaMe, Self::Api]
    }
}

impl ClosedList for DestinationPlatform {
    const NAME: &'static str = "DestinationPlatform";
    const ABOUT: &'static str = "An ad platform that Konektor reports to.";
    fn all() -> Vec<Self> {
        Connection::PLATFORMS.map(Self).into()
    }
}

impl ClosedList for Consent {
    const NAME: &'static str = "Consent";
    const ABOUT: &'static str = "Whether visitors agreed to be reported to an ad platform.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}

impl ClosedList for Hold {
    const NAME: &'static str = "Hold";
    const ABOUT: &'static str =
        "What a held destination waits for: `auth`, other credentials; `config`, other settings.";
    fn all() -> Vec<Self> {
        vec![Self::Auth, Self::Config]
    }
}

impl ClosedList for EventTrigger {
    const NAME: &'static str = "EventTrigger";
    const ABOUT: &'static str =
        "What makes an event: `click`; `arrived`, the start of the chat; or the status that a lead came to.";
    fn all() -> Vec<Self> {
        // A new lead is a click.
        let statuses = Status::ALL.into_iter().filter(|status| *status != Status::New);
        let statuses = statuses.map(|status| Self(Trigger::Status(status)));
        let first = [Self(Trigger::Click), Self(Trigger::Arrived)];
        first.into_iter().chain(statuses).collect()
    }
}

impl ClosedList for DeliveryState {
    const NAME: &'static str = "DeliveryState";
    const ABOUT: &'static str = "How far an event is on its way. `held`: waits for its destination to be repaired. \
        `confirmed`: the platform says that it counts, which not all of them do.";
    fn all() -> Vec<Self> {
        Self::ALL.into()
    }
}
