//! What all parts of a running server share.

use crate::{clock::Clock, config::Settings};
use arc_swap::ArcSwap;
use konektor_core::routing::Routing;
use konektor_store::{Store, StoreError, sqlite::SqliteStore};
use std::sync::Arc;

/// The database. One kind so far; the scheme of `KONEKTOR_DATABASE` chooses.
pub type Database = SqliteStore;

/// The shared parts, behind one `Arc`.
pub struct App {
    /// What is remembered.
    pub store: Database,
    /// The routing snapshot: read without a lock, replaced after a change.
    pub routing: ArcSwap<Routing>,
    /// How this server is set up.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
}

impl App {
    /// Puts the parts together and reads the routing snapshot.
    pub async fn new(store: Database, settings: Settings, clock: Clock) -> Result<Arc<Self>, StoreError> {
        let routing = ArcSwap::from_pointee(store.routing().await?);
        Ok(Arc::new(Self {
            store,
            routing,
            settings,
            clock,
        }))
    }

    /// Reads the routing snapshot anew: call it after each change of hosts, agents or rotators, before the
    /// answer, so that who made the change sees it take effect with their next click.
    pub async fn reload_routing(&self) -> Result<(), StoreError> {
        self.routing.store(Arc::new(self.store.routing().await?));
        Ok(())
    }
}
