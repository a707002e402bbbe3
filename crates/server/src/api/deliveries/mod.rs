//! Deliveries: events on their way to ad platforms.

mod filter;
pub mod get;
pub mod list;
pub mod replay;
mod view;
mod waiting;

pub use view::{DeliveryPage, DeliveryView};
pub use waiting::Waiting;

use super::error::ApiError;
use crate::app::App;
use konektor_core::{ids::DeliveryId, routing::Workspace};
use konektor_store::{Store, model::Delivery};

const NOT_FOUND: ApiError = ApiError::NotFound("delivery");

fn parse_id(id: &str) -> Result<DeliveryId, ApiError> {
    id.parse().map_err(|_| NOT_FOUND)
}

/// The delivery with this id, with what was sent and answered.
async fn find(app: &App, workspace: &Workspace, id: DeliveryId) -> Result<Delivery, ApiError> {
    app.store.find_delivery(workspace.id, id).await?.ok_or(NOT_FOUND)
}

/// The delivery as it is shown.
async fn show(app: &App, workspace: &Workspace, delivery: Delivery) -> Result<DeliveryView, ApiError> {
    let waiting = Waiting::of(app, workspace, &[&delivery]).await?;
    Ok(DeliveryView::new(delivery, &workspace.code_key, &waiting))
}
