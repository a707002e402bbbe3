//! A rotator as the API shows it.

use super::{
    Surroundings,
    learning::LearningView,
    page::PageSettings,
    shares::ShareView,
    standing::{Standing, Subject},
};
use crate::{
    api::{
        page::Page,
        time::Time,
        words::{ModeWord, TargetWord},
    },
    app::App,
};
use konektor_core::{rotation::Rotation, routing::Mode};
use konektor_store::{StoreError, model::Rotator};
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
    /// How its shares are learned; `null` if they are not. What was learned is in the report of rotation.
    #[schema(required)]
    learning: Option<LearningView>,
    /// What its page says, and what link previews show.
    #[schema(required, value_type = Option<PageSettings>)]
    page: Option<serde_json::Value>,
    /// The addresses that it is reached at.
    #[schema(example = json!(["https://go.example.com/wa/promo"]))]
    links: Vec<String>,
    /// What is probably not meant as it is, in words: the messages of a preview's warnings.
    #[schema(example = json!(["No agent is named, so every visitor is told that you are closed."]))]
    warnings: Vec<String>,
}

/// A page of the list.
pub type RotatorPage = Page<RotatorView>;

impl RotatorView {
    pub(super) async fn of(app: &App, rotator: Rotator, surroundings: &Surroundings) -> Result<Self, StoreError> {
        let links = surroundings.links(app, &rotator);
        let subject = Subject {
            id: Some(rotator.id),
            fields: rotator.fields.clone(),
            learned: rotator.learned.clone(),
            is_unreachable: links.is_empty(),
            is_slug_taken: false,
        };
        let standing = Standing::of(app, surroundings, subject, Rotation::default(), 0).await?;
        let Rotator {
            id, created_at, fields, ..
        } = rotator;
        Ok(Self {
            id: id.to_string(),
            created_at: Time(created_at),
            slug: fields.slug,
            name: fields.name,
            mode: fields.mode,
            message: fields.message,
            target: fields.target,
            fallback: fields.fallback,
            // Without those who were removed: they could not be sent back in a PATCH.
            agents: standing.rotator.agents.into_iter().map(ShareView::from).collect(),
            learning: fields.learning.map(LearningView::from),
            page: fields.page,
            links,
            warnings: standing.warnings.into_iter().map(|warning| warning.message).collect(),
        })
    }
}
