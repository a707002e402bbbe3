//! The demo's destinations: one for each ad platform, connected to the stand-ins.

use super::Error;
use crate::{app::App, seal};
use konektor_core::{
    attribution::Platform,
    event::{Consent, Mapping},
    ids::{DestinationId, WorkspaceId},
};
use konektor_store::{Store, model::DestinationFields};
use serde_json::{Value, json};

/// A link to click for each platform, one a line.
pub(super) fn links(link: &str) -> String {
    [
        ("Meta", "fbclid=IwAR2DemoClick"),
        ("Google", "gclid=Cj0KCQDemoClick_wcB"),
        ("TikTok", "ttclid=E.C.P.DemoClick"),
        ("LinkedIn", "li_fat_id=3f2b6d0e-7c1a-4b52-9a0e-2f6f1d6f0a11"),
    ]
    .map(|(platform, query)| format!("    {platform:9} {link}?{query}\n"))
    .concat()
}

/// Adds the destinations.
pub(super) async fn connect(app: &App, workspace: WorkspaceId) -> Result<(), Error> {
    for (n, (platform, name, settings, credentials)) in destinations().into_iter().enumerate() {
        let id = DestinationId(n as i64 + 1);
        let object = |value: Value| match value {
            Value::Object(fields) => fields,
            _ => unreachable!("they are written as objects"),
        };
        let fields = DestinationFields {
            platform,
            name: name.to_owned(),
            settings: object(settings),
            sealed: seal::seal_credentials(&app.sealer, id, &object(credentials)),
            mapping: Mapping::default(),
            consent: Consent::Unspecified,
            active: true,
        };
        app.store
            .add_destination(workspace, id, fields, app.clock.now())
            .await?;
    }
    Ok(app.reload_routing().await?)
}

fn destinations() -> [(Platform, &'static str, Value, Value); 4] {
    let token = json!({ "access_token": "demo-access-token" });
    [
        (
            Platform::Meta,
            "Meta",
            json!({ "dataset_id": "123456789012345" }),
            token.clone(),
        ),
        (
            Platform::Google,
            "Google Ads",
            json!({ "account_id": "1234567890", "conversion_action_id": "7723667014" }),
            json!({ "client_id": "demo", "client_secret": "demo", "refresh_token": "demo" }),
        ),
        (
            Platform::Tiktok,
            "TikTok",
            json!({ "pixel_code": "C4DEMODEMODEMODEMO00" }),
            token.clone(),
        ),
        (
            Platform::Linkedin,
            "LinkedIn",
            json!({ "conversion_rule_id": "23456" }),
            token,
        ),
    ]
}
