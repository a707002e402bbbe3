//! Telling the rest of the server what a hook has changed.

use crate::app::App;
use konektor_core::ids::LeadId;
use konektor_store::{Store, StoreError};

/// Tells open dashboards of a lead, and the delivery of a status that may have changed.
pub async fn tell(app: &App, lead: LeadId) -> Result<(), StoreError> {
    let agent = app.store.find_lead(lead).await?.and_then(|lead| lead.agent);
    app.live.lead_updated(lead, agent);
    app.delivery.status_changed();
    Ok(())
}
