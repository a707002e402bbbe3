//! A workspace as the API shows it.

use super::currencies;
use konektor_store::model::Workspace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One business.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Workspace)]
pub struct WorkspaceView {
    /// Its id.
    #[schema(example = "1")]
    id: String,
    /// Its name.
    #[schema(example = "Toko Kopi")]
    name: String,
    /// Country of phone numbers that are written without a country code, ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
    /// Zone of its days, and of agents without one.
    #[schema(example = "Asia/Jakarta")]
    time_zone: String,
    /// Its currency, ISO 4217; `null` if it has chosen none and its country's is not known.
    #[schema(required, example = "IDR")]
    currency: Option<String>,
    /// What is kept of visitors who did not consent.
    privacy_mode: PrivacyMode,
}

/// What is kept of visitors who did not consent (by the link's parameter `consent=granted` or the cookie `konektor_consent`) or
/// whose browser asks for privacy (`Sec-GPC`): `off`, the usual; `strict`, no cookie, no address and no click ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrivacyMode {
    /// The usual.
    Off,
    /// No cookie, no address and no click ID.
    Strict,
}

/// The workspace's own currency, else its country's.
pub fn currency_of(workspace: &Workspace) -> Option<String> {
    let countrys = || currencies::of_country(&workspace.country).map(str::to_owned);
    workspace.currency.clone().or_else(countrys)
}

impl From<Workspace> for WorkspaceView {
    fn from(workspace: Workspace) -> Self {
        Self {
            id: workspace.id.to_string(),
            currency: currency_of(&workspace),
            name: workspace.name,
            country: workspace.country,
            time_zone: workspace.time_zone,
            privacy_mode: match workspace.is_strict {
                true => PrivacyMode::Strict,
                false => PrivacyMode::Off,
            },
        }
    }
}
