//! API keys. The key itself is shown once, when it is made.

pub mod create;
pub mod delete;
pub mod list;

use super::{page::Page, time::Time};
use konektor_store::model::ApiKey;
use serde::Serialize;
use utoipa::ToSchema;

/// An API key, without the key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct KeyView {
    /// Its id.
    #[schema(example = "2")]
    pub id: String,
    /// For people.
    #[schema(example = "Sheet export")]
    pub name: String,
    /// What it may do: `read`, `write`.
    #[schema(example = json!(["read"]))]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends; `null` for never.
    #[schema(required)]
    pub expires_at: Option<Time>,
}

/// A page of the list.
pub type KeyPage = Page<KeyView>;

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes,
            created_at: Time(key.created_at),
            expires_at: key.expires_at.map(Time),
        }
    }
}
