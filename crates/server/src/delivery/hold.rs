//! Holding a destination: nothing is sent there until somebody repairs it, and an alert says so.

use crate::app::App;
use konektor_platforms::Hold;
use konektor_store::{
    Store, StoreError,
    model::{Destination, DestinationHold},
};

/// Holds the destination and tells everybody who can repair it. `reason` is in words.
pub(super) async fn hold(
    app: &App,
    destination: &Destination,
    kind: Hold,
    code: Option<String>,
    reason: String,
) -> Result<(), StoreError> {
    let Destination {
        id, workspace, fields, ..
    } = destination;
    tracing::warn!(destination = %id, platform = %fields.platform, hold = kind.as_str(), code, "a destination is held");
    let message = format!(
        "{} is held: {} Nothing is lost; events wait until {}.",
        fields.name,
        sentence(&reason),
        match kind {
            Hold::Auth => "new credentials are entered",
            Hold::Config => "its settings are mended",
        }
    );
    let since = app.clock.now();
    let hold = DestinationHold {
        kind,
        code,
        reason,
        since,
    };
    app.store.hold_destination(*id, hold, message).await?;
    app.live.destination_held(*workspace, *id);
    app.live.alerts_changed(*workspace);
    Ok(())
}

/// The words with one full stop at their end.
fn sentence(words: &str) -> String {
    format!("{}.", words.trim_end_matches(['.', ' ']))
}
