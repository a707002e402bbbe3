//! Why a delivery waits that nothing was said of yet: its destination is held or switched off, or it is too early.

use crate::{
    api::{error::ApiError, time::Time},
    app::App,
};
use konektor_core::{event::DeliveryState, ids::DestinationId, routing::Workspace, time::UnixMs};
use konektor_store::{
    Store,
    model::{Delivery, Destination},
};
use std::collections::HashMap;

/// What is needed to say so.
pub struct Waiting {
    now: UnixMs,
    destinations: HashMap<DestinationId, Destination>,
}

impl Waiting {
    /// For these deliveries. Destinations are looked up only if one of them waits.
    pub async fn of(app: &App, workspace: &Workspace, deliveries: &[&Delivery]) -> Result<Self, ApiError> {
        let destinations = match deliveries.iter().any(|delivery| is_unexplained(delivery)) {
            true => app.store.destinations(workspace.id).await?,
            false => Vec::new(),
        };
        Ok(Self {
            now: app.clock.now(),
            destinations: destinations.into_iter().map(|d| (d.id, d)).collect(),
        })
    }

    /// The delivery's own reason, else why it waits.
    pub fn reason(&self, delivery: &Delivery) -> Option<String> {
        if !is_unexplained(delivery) {
            return delivery.reason.clone();
        }
        let destination = self.destinations.get(&delivery.destination)?;
        match &destination.hold {
            Some(hold) => Some(format!("Waits until its destination is repaired: {}", hold.reason)),
            None if !destination.fields.active => Some("Waits until its destination is switched on.".to_owned()),
            None if self.now < delivery.not_before => {
                let not_before = Time(delivery.not_before);
                Some(format!(
                    "Waits until {not_before}: the platform does not know the click earlier."
                ))
            }
            None => None,
        }
    }
}

fn is_unexplained(delivery: &Delivery) -> bool {
    delivery.reason.is_none() && matches!(delivery.state, DeliveryState::Pending | DeliveryState::Held)
}
