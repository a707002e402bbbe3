//! Changes of agents, rotators and hosts, one at a time. An edit reads, checks, writes and reloads the routing
//! snapshot: two at once could lose a change, or leave the older of two snapshots in place.

use crate::app::App;
use konektor_store::StoreError;
use tokio::sync::{Mutex, MutexGuard};

static EDITS: Mutex<()> = Mutex::const_new(());

/// An edit under way. The next one begins when it is dropped.
pub struct Edit {
    _alone: MutexGuard<'static, ()>,
}

/// Waits for the edits before it.
pub async fn begin() -> Edit {
    Edit {
        _alone: EDITS.lock().await,
    }
}

impl Edit {
    /// Ends it: from here on clicks are routed by what it wrote.
    pub async fn take_effect(self, app: &App) -> Result<(), StoreError> {
        app.reload_routing().await
    }
}
