//! Form hooks: where form tools post what people filled in. The hook itself is [`crate::hooks::forms`].

pub mod create;
pub mod delete;
mod fields;
pub mod get;
pub mod list;
pub mod submissions;
pub mod update;
mod view;

pub use view::{FormPage, FormView, ShownForm};

use super::error::ApiError;
use crate::app::App;
use konektor_core::{ids::FormId, routing::Workspace};
use konektor_store::{Hooks, model::Form};

const NOT_FOUND: ApiError = ApiError::NotFound("form");

/// The form with this id in the path.
async fn find(app: &App, workspace: &Workspace, id: &str) -> Result<Form, ApiError> {
    let id: FormId = id.parse().map_err(|_| NOT_FOUND)?;
    let forms = app.store.forms(workspace.id).await?;
    forms.into_iter().find(|form| form.id == id).ok_or(NOT_FOUND)
}

/// The row that a form's secret is sealed for.
pub fn row(id: FormId) -> String {
    format!("forms/{id}")
}
