//! `konektor key`

use super::{Context, Error, existing_workspace, rotate::rotate};
use crate::auth::api_key;
use clap::{Subcommand, ValueEnum};
use konektor_store::{Access, Store, model::NewApiKey};
use serde_json::json;

#[derive(Subcommand)]
pub(super) enum Key {
    /// Add an API key and print it. It is shown this once and kept nowhere.
    Add {
        /// Id of the workspace.
        #[arg(long)]
        workspace: i64,
        /// What it may do.
        #[arg(long, value_delimiter = ',', default_value = "read")]
        scope: Vec<Scope>,
        /// What it is for.
        #[arg(long, default_value = "command line")]
        name: String,
        /// Days until it ends; without it, never.
        #[arg(long)]
        expires_in_days: Option<u32>,
    },
    /// Make a new key that signs visitor cookies, and seal the ad platforms' credentials with it. Older ones still
    /// recognise and open. Restart the server afterwards.
    Rotate,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(super) enum Scope {
    /// Look.
    Read,
    /// Change.
    Write,
}

const DAY_MS: i64 = 86_400_000;

impl Key {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        let Self::Add {
            workspace,
            scope,
            name,
            expires_in_days,
        } = self
        else {
            let rotated = rotate(&context).await?;
            context.print(&rotated.words(), rotated.json());
            return Ok(());
        };
        let store = context.store().await?;
        let workspace = existing_workspace(&store, workspace).await?;
        let now = context.clock.now();
        let scopes = [(Scope::Read, "read"), (Scope::Write, "write")];
        let scopes = scopes
            .iter()
            .filter(|(s, _)| scope.contains(s))
            .map(|(_, text)| text.to_string())
            .collect();
        let (key, hash) = api_key::make();
        let expires_at = expires_in_days.map(|days| now.plus_ms(i64::from(days) * DAY_MS));
        let added = store
            .add_api_key(
                NewApiKey {
                    workspace,
                    name,
                    hash,
                    scopes,
                    expires_at,
                },
                now,
            )
            .await?;
        store.close().await?;
        context.print(&key, json!({ "id": added.id.to_string(), "key": key }));
        Ok(())
    }
}
