//! The closed lists of the domain as the API documents them. `core` knows nothing of OpenAPI, so the schemas are
//! made here, from the very words that its types serialise to.

use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Layer, Platform},
    click::{RecognisedBy, Why},
    lead::{NameSource, Status, TrackingStatus},
    message::Target,
    routing::Mode,
    screening::Class,
    user_agent::InApp,
};
use serde::Serialize;
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
/// Schema of [`Target`].
pub type TargetWord = Words<Target>;

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

impl ClosedList for Target {
    const NAME: &'static str = "Target";
    const ABOUT: &'static str = "`wa.me`, or `api` for api.whatsapp.com, where networks block the short one.";
    fn all() -> Vec<Self> {
        vec![Self::WaMe, Self::Api]
    }
}
