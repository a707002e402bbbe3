//! A touch as the API shows it.

use crate::api::words::{LayerWord, PlatformWord};
use konektor_core::attribution::{Layer, Platform, Touch, Utm};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Where a click came from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Touch)]
pub struct TouchView {
    /// The evidence that counts. Mind that `fbclid` alone proves "through Meta", not "through an ad".
    #[schema(value_type = LayerWord)]
    layer: Layer,
    /// The platform behind it.
    #[schema(required, value_type = Option<PlatformWord>)]
    platform: Option<Platform>,
    /// Click IDs by parameter, never altered.
    #[schema(example = json!({ "gclid": "Cj0KCQjw" }))]
    click_ids: BTreeMap<String, String>,
    /// UTM values: those of `source`, `medium`, `campaign`, `term`, `content` and `id` that were there.
    #[schema(example = json!({ "source": "bio", "campaign": "lebaran" }))]
    utm: BTreeMap<&'static str, String>,
    /// Scheme and host of the page that linked here.
    #[schema(required, example = "https://l.instagram.com")]
    referrer: Option<String>,
}

impl From<Touch> for TouchView {
    fn from(touch: Touch) -> Self {
        let Utm {
            source,
            medium,
            campaign,
            term,
            content,
            id,
        } = touch.utm;
        let utm = [
            ("source", source),
            ("medium", medium),
            ("campaign", campaign),
            ("term", term),
            ("content", content),
            ("id", id),
        ];
        Self {
            layer: touch.layer,
            platform: touch.platform,
            click_ids: touch
                .click_ids
                .into_iter()
                .map(|id| (id.parameter.into_owned(), id.value))
                .collect(),
            utm: utm
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            referrer: touch.referrer,
        }
    }
}
