//! A destination as the API shows it. Its credentials are never shown, not even in part.

use super::connection;
use crate::{
    api::{
        error::ApiError,
        page::Page,
        time::Time,
        words::{ClosedList, ConsentWord, DestinationPlatform, DestinationPlatformWord, HoldWord, Words},
    },
    app::App,
    seal::open_credentials,
};
use konektor_core::event::{Consent, Hold, Mapping};
use konektor_platforms::Fields;
use konektor_store::{
    Store,
    model::{Destination, DestinationHold, DestinationStats},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A connection to an ad platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Destination)]
pub struct DestinationView {
    /// Its id.
    #[schema(example = "4503599627370496")]
    pub(super) id: String,
    /// Since when. What happened before is not reported.
    created_at: Time,
    /// Which platform.
    #[schema(value_type = DestinationPlatformWord)]
    platform: DestinationPlatform,
    /// For people.
    #[schema(example = "Meta")]
    name: String,
    /// Where events go, in the platform's terms.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>, example = json!({ "dataset_id": "1234567890123456" }))]
    settings: Fields,
    /// Whether there are credentials that can be used. They themselves are never shown.
    has_credentials: bool,
    /// The platform's event of each status that makes one. A click makes the event `click`, or `Contact` if there is
    /// no such entry.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({ "qualified": "Lead", "won": "Purchase" }))]
    mapping: Mapping,
    /// What holds for visitors who said nothing.
    #[schema(value_type = ConsentWord)]
    consent: Consent,
    /// Switched on. While it is off its events wait.
    active: bool,
    /// `held`: waits for somebody to repair it. `paused`: switched off. Else `active`.
    #[schema(value_type = StateWord)]
    state: State,
    /// Why it is held; `null` if it is not.
    #[schema(required)]
    hold: Option<HoldView>,
    /// What will break soon, or is broken already.
    warnings: Vec<String>,
    /// How its events stand.
    stats: StatsView,
}

/// A page of the list.
pub type DestinationPage = Page<DestinationView>;

/// Whether anything is sent to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is.
    Active,
    /// It was switched off.
    Paused,
    /// Not before somebody has repaired it.
    Held,
}

/// Schema of [`State`].
pub type StateWord = Words<State>;

impl ClosedList for State {
    const NAME: &'static str = "DestinationState";
    const ABOUT: &'static str = "Whether anything is sent to a destination.";
    fn all() -> Vec<Self> {
        vec![Self::Active, Self::Paused, Self::Held]
    }
}

/// Why nothing is sent until somebody repairs the destination.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DestinationHold)]
struct HoldView {
    /// What it waits for.
    #[schema(value_type = HoldWord)]
    kind: Hold,
    /// The platform's code.
    #[schema(required, example = "190")]
    code: Option<String>,
    /// The platform's words.
    reason: String,
    /// Since when.
    since: Time,
    /// What to do.
    fix: &'static str,
}

/// How a destination's events stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DestinationStats)]
struct StatsView {
    /// Waiting.
    pending: u64,
    /// Since when the oldest of them may be sent, or from when on; attempts do not move it.
    #[schema(required)]
    oldest_due: Option<Time>,
    /// Taken by the platform within the last 24 hours.
    sent_24h: u64,
    /// Refused or expired within the last 24 hours.
    failed_24h: u64,
    /// When the platform last took one.
    #[schema(required)]
    last_sent: Option<Time>,
}

impl DestinationView {
    /// Shows a destination, and looks up how it does.
    pub(super) async fn new(app: &App, destination: Destination) -> Result<Self, ApiError> {
        let now = app.clock.now();
        let stats = app.store.destination_stats(destination.id, now).await?;
        let has_credentials = open_credentials(app, &destination).is_ok();
        let warnings = match connection(app, &destination) {
            Ok(connection) => connection.warnings(now),
            Err(error) => vec![error],
        };
        let state = match (&destination.hold, destination.fields.active) {
            (Some(_), _) => State::Held,
            (None, false) => State::Paused,
            (None, true) => State::Active,
        };
        let fields = destination.fields;
        Ok(Self {
            id: destination.id.to_string(),
            created_at: Time(destination.created_at),
            platform: DestinationPlatform(fields.platform),
            name: fields.name,
            settings: fields.settings,
            has_credentials,
            mapping: fields.mapping,
            consent: fields.consent,
            active: fields.active,
            state,
            hold: destination.hold.map(HoldView::from),
            warnings,
            stats: stats.into(),
        })
    }
}

impl From<DestinationHold> for HoldView {
    fn from(hold: DestinationHold) -> Self {
        Self {
            kind: hold.kind,
            code: hold.code,
            reason: hold.reason,
            since: Time(hold.since),
            fix: match hold.kind {
                Hold::Auth => {
                    "Make new credentials on the platform, or give these the permission that they lack, and save them \
                     here: the events that wait are sent then."
                }
                Hold::Config => {
                    "Correct the settings and save them; if it was repaired on the platform, switch the destination on \
                     again (active: true). The events that wait are sent then."
                }
            },
        }
    }
}

impl From<DestinationStats> for StatsView {
    fn from(stats: DestinationStats) -> Self {
        Self {
            pending: stats.pending,
            oldest_due: stats.oldest_due.map(Time),
            sent_24h: stats.sent_today,
            failed_24h: stats.failed_today,
            last_sent: stats.last_sent.map(Time),
        }
    }
}
