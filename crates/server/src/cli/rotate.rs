//! `konektor key rotate`: a new key for what the server signs and seals.

use super::{Context, Error};
use crate::{
    config::Settings,
    seal::{SealError, Sealer, seal_row},
    secrets,
    webhooks::secret::seal_row as webhook_row,
};
use konektor_core::time::UnixMs;
use konektor_store::{
    Store, StoreError,
    model::{Destination, PreviousSecret, Webhook, WebhookFields},
};
use serde_json::json;

/// What a rotation did.
pub(super) struct Rotated {
    resealed: usize,
    /// Destinations whose credentials do not open with any key, with the reason. They are left as they are.
    unopened: Vec<(Destination, SealError)>,
    /// Webhooks whose secrets were sealed anew, and those whose secrets do not open.
    webhooks: usize,
    silent_webhooks: Vec<(Webhook, SealError)>,
}

/// Adds a key and seals all credentials with it.
pub(super) async fn rotate(context: &Context) -> Result<Rotated, Error> {
    let store = context.store().await?;
    store.add_signing_salt(secrets::random(), context.clock.now()).await?;
    store.close().await?;
    // A store knows the keys that were there when it was opened.
    let store = context.store().await?;
    let rotated = reseal_all(&store, &context.settings, context.clock.now()).await?;
    store.close().await?;
    Ok(rotated)
}

async fn reseal_all(store: &impl Store, settings: &Settings, now: UnixMs) -> Result<Rotated, Error> {
    let mut rotated = Rotated {
        resealed: 0,
        unopened: Vec::new(),
        webhooks: 0,
        silent_webhooks: Vec::new(),
    };
    let destinations = store.all_destinations().await?;
    let webhooks = store.all_webhooks().await?;
    if destinations.is_empty() && webhooks.is_empty() {
        return Ok(rotated); // so the secret is not asked for, which would make a key file where there is none
    }
    let secret = secrets::secret_key(settings.secret_key, &settings.data)?;
    let sealer = secrets::sealer(&secret, &store.installation().await?);
    for destination in destinations {
        match reseal(&sealer, &destination) {
            Ok(sealed) => {
                store_sealed(store, destination, sealed, now).await?;
                rotated.resealed += 1;
            }
            Err(error) => rotated.unopened.push((destination, error)),
        }
    }
    for webhook in webhooks {
        match reseal_webhook(&sealer, &webhook) {
            Ok(fields) => {
                // One that was removed meanwhile needs no secret.
                store
                    .set_webhook(webhook.workspace, webhook.id, fields, false, now)
                    .await?;
                rotated.webhooks += 1;
            }
            Err(error) => rotated.silent_webhooks.push((webhook, error)),
        }
    }
    Ok(rotated)
}

fn reseal(sealer: &Sealer, destination: &Destination) -> Result<Vec<u8>, SealError> {
    let row = seal_row(destination.id);
    let plain = sealer.open(&row, &destination.fields.sealed)?;
    Ok(sealer.seal(&row, &plain))
}

/// The same secrets; an old one that does not open any more has had its time.
fn reseal_webhook(sealer: &Sealer, webhook: &Webhook) -> Result<WebhookFields, SealError> {
    let row = webhook_row(webhook.id);
    let reseal = |sealed: &[u8]| sealer.open(&row, sealed).map(|plain| sealer.seal(&row, &plain));
    let mut fields = webhook.fields.clone();
    fields.secret = reseal(&fields.secret)?;
    fields.previous = fields.previous.and_then(|previous| {
        let sealed = reseal(&previous.sealed).ok()?;
        Some(PreviousSecret { sealed, ..previous })
    });
    Ok(fields)
}

/// The same credentials, so nothing was repaired.
async fn store_sealed(
    store: &impl Store,
    destination: Destination,
    sealed: Vec<u8>,
    now: UnixMs,
) -> Result<(), StoreError> {
    let mut fields = destination.fields;
    fields.sealed = sealed;
    // One that was removed meanwhile needs no credentials.
    store
        .set_destination(destination.workspace, destination.id, fields, false, now)
        .await
        .map(drop)
}

impl Rotated {
    /// For people.
    pub(super) fn words(&self) -> String {
        let mut words = "New visitor cookies are signed with a new key after the next start.".to_owned();
        if self.resealed > 0 {
            words += &format!(
                "\nThe credentials of {} ad platform destinations are sealed with it: restart the server now.",
                self.resealed
            );
        }
        if self.webhooks > 0 {
            words += &format!(
                "\nThe secrets of {} webhooks are sealed with it: restart the server now.",
                self.webhooks
            );
        }
        for (webhook, error) in &self.silent_webhooks {
            words += &format!(
                "\nThe secret of the webhook {} stays as it was: {error} Give it a new one.",
                webhook.id
            );
        }
        for (destination, error) in &self.unopened {
            words += &format!(
                "\nThe credentials of {} ({}) stay as they were: {error} Enter them again.",
                destination.fields.name, destination.id
            );
        }
        words
    }

    /// For machines.
    pub(super) fn json(&self) -> serde_json::Value {
        let unopened: Vec<_> = self.unopened.iter().map(|(d, _)| d.id.to_string()).collect();
        let silent: Vec<_> = self.silent_webhooks.iter().map(|(w, _)| w.id.to_string()).collect();
        json!({
            "rotated": true, "resealed": self.resealed, "unopened": unopened, "webhooks": self.webhooks,
            "silent_webhooks": silent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{app::Database, clock::Clock};
    use konektor_core::{
        attribution::Platform,
        event::{Consent, Hold, Mapping},
        ids::{DestinationId, WorkspaceId},
    };
    use konektor_store::model::{DestinationFields, DestinationHold, NewWorkspace};
    use std::sync::{Arc, atomic::AtomicI64};

    const NOW: UnixMs = UnixMs(1_786_932_000_000);

    /// A data directory with a workspace.
    struct Installation {
        directory: tempfile::TempDir,
        context: Context,
        workspace: WorkspaceId,
    }

    impl Installation {
        async fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let data = directory.path().to_str().unwrap().to_owned();
            let context = Context {
                settings: Settings::load([("KONEKTOR_DATA".to_owned(), data)].into_iter()).unwrap(),
                clock: Clock::Set(Arc::new(AtomicI64::new(NOW.0))),
                json: false,
            };
            let new = NewWorkspace {
                name: "Toko".to_owned(),
                country: "ID".to_owned(),
                time_zone: "Asia/Jakarta".to_owned(),
                code_key: [7; 16],
            };
            let store = context.store().await.unwrap();
            let workspace = store.add_workspace(new, NOW).await.unwrap();
            store.close().await.unwrap();
            Self {
                directory,
                context,
                workspace,
            }
        }

        async fn add(&self, store: &Database, id: i64, sealer: &Sealer) -> Destination {
            let id = DestinationId(id);
            let fields = DestinationFields {
                platform: Platform::Meta,
                name: "Meta".to_owned(),
                settings: serde_json::Map::new(),
                sealed: sealer.seal(&seal_row(id), format!("token {id}").as_bytes()),
                mapping: Mapping::default(),
                consent: Consent::Granted,
                active: true,
            };
            store.add_destination(self.workspace, id, fields, NOW).await.unwrap()
        }

        async fn sealer(&self, store: &Database) -> Sealer {
            let secret = secrets::secret_key(None, &self.context.settings.data).unwrap();
            secrets::sealer(&secret, &store.installation().await.unwrap())
        }
    }

    #[tokio::test]
    async fn a_rotation_seals_all_credentials_with_the_new_key() {
        let installation = Installation::new().await;
        let store = installation.context.store().await.unwrap();
        let before = installation.sealer(&store).await;
        installation.add(&store, 1, &before).await;
        installation.add(&store, 2, &before).await;
        let hold = DestinationHold {
            kind: Hold::Auth,
            code: None,
            reason: "expired".to_owned(),
            since: NOW,
        };
        let message = "Meta is held".to_owned();
        store
            .hold_destination(DestinationId(2), hold.clone(), message)
            .await
            .unwrap();
        store.close().await.unwrap();

        let rotated = rotate(&installation.context).await.unwrap();
        assert_eq!(
            rotated.json(),
            json!({ "rotated": true, "resealed": 2, "unopened": [], "webhooks": 0, "silent_webhooks": [] })
        );
        assert!(rotated.words().contains("restart"), "{}", rotated.words());
        let store = installation.context.store().await.unwrap();
        let after = installation.sealer(&store).await;
        let destinations = store.all_destinations().await.unwrap();
        assert_eq!(destinations.len(), 2);
        for destination in destinations {
            let (row, sealed) = (seal_row(destination.id), &destination.fields.sealed);
            assert!(after.is_newest(sealed));
            assert_eq!(
                after.open(&row, sealed).unwrap(),
                format!("token {}", destination.id).as_bytes()
            );
            assert_eq!(
                before.open(&row, sealed),
                Err(SealError::Key),
                "the old key alone is of no use any more"
            );
            let still = (destination.id == DestinationId(2)).then(|| hold.clone());
            assert_eq!(destination.hold, still, "a rotation repairs nothing");
        }
    }

    #[tokio::test]
    async fn what_does_not_open_is_named_and_left_as_it_is() {
        let installation = Installation::new().await;
        let store = installation.context.store().await.unwrap();
        let foreign = installation.add(&store, 1, &Sealer::new([(1, [9; 32])])).await;
        installation.add(&store, 2, &installation.sealer(&store).await).await;
        store.close().await.unwrap();
        let rotated = rotate(&installation.context).await.unwrap();
        assert_eq!(
            rotated.json(),
            json!({ "rotated": true, "resealed": 1, "unopened": ["1"], "webhooks": 0, "silent_webhooks": [] })
        );
        assert!(
            rotated.words().contains("Meta (1) stay as they were"),
            "{}",
            rotated.words()
        );
        let store = installation.context.store().await.unwrap();
        assert_eq!(store.all_destinations().await.unwrap()[0], foreign);
    }

    #[tokio::test]
    async fn without_destinations_no_key_file_is_made() {
        let installation = Installation::new().await;
        let rotated = rotate(&installation.context).await.unwrap();
        assert_eq!(
            rotated.json(),
            json!({ "rotated": true, "resealed": 0, "unopened": [], "webhooks": 0, "silent_webhooks": [] })
        );
        let store = installation.context.store().await.unwrap();
        assert_eq!(store.installation().await.unwrap().signing_salts.len(), 2);
        assert!(!installation.directory.path().join("secret.key").exists());
    }
}
