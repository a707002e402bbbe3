//! `konektor doctor`

use super::{Context, Error, existing_workspace};
use crate::{
    api::doctor::get::FindingView,
    app::App,
    click::spool,
    doctor::{look, words::say},
    enrich::geo::Geo,
};
use clap::Args;
use konektor_core::{
    attribution::Platform,
    doctor::{Finding, Severity},
    routing::Workspace,
    time::UnixMs,
};
use konektor_platforms::wire::{HttpRequest, Method};
use konektor_store::{Store, StoreError};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Looks while the server runs, too, and sees what the page Doctor sees: visits that wait are counted in the spool, and the clock
/// is compared with that of a platform that is connected, which is asked for nothing but the time.
#[derive(Args)]
pub(super) struct Doctor {
    /// Ask no platform for the time.
    #[arg(long)]
    offline: bool,
    /// Id of a workspace; without it, all of them.
    #[arg(long)]
    workspace: Option<i64>,
}

impl Doctor {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        let store = context.store().await?;
        let only = match self.workspace {
            Some(id) => Some(existing_workspace(&store, id).await?),
            None => None,
        };
        let Context {
            settings, clock, json, ..
        } = context;
        let app = App::new(store, settings, clock).await?;
        if let Some(built_at) = Geo::open(&app.settings.data)?.built_at() {
            let _ = app.geo_built_at.set(built_at); // nobody else sets it
        }
        if let Some((visits, since)) = spool::waiting(&app.settings.data)? {
            app.degraded.begin(since);
            app.degraded.set_waiting(visits);
        }
        if !self.offline {
            compare_clocks(&app).await?;
        }
        let routing = app.routing.load_full();
        let mut workspaces: Vec<_> = routing
            .workspaces()
            .filter(|workspace| only.is_none_or(|only| only == workspace.id))
            .cloned()
            .collect();
        workspaces.sort_by_key(|workspace| workspace.id);

        let mut found: Vec<(Arc<Workspace>, Finding)> = Vec::new();
        for (at, workspace) in workspaces.iter().enumerate() {
            let findings = look(&app, workspace).await?.findings;
            // What is wrong with the server is said once.
            let findings = findings.into_iter().filter(|f| at == 0 || !f.kind.is_of_server());
            found.extend(findings.map(|finding| (workspace.clone(), finding)));
        }
        let now = app.clock.now();
        let problems = found.iter().filter(|(_, f)| f.severity == Severity::Problem).count();
        if json {
            let items = found.into_iter().map(|(workspace, finding)| {
                let mut item = json!(FindingView::new(finding, &workspace.code_key));
                item["workspace_id"] = json!(workspace.id.to_string());
                item
            });
            println!(
                "{}",
                json!({ "items": items.collect::<Vec<_>>(), "problems": problems })
            );
        } else if found.is_empty() {
            println!("All is well.");
        } else {
            let several = workspaces.len() > 1;
            for (workspace, finding) in &found {
                let whose = if several {
                    format!(" ({})", workspace.name)
                } else {
                    String::new()
                };
                println!("{}", in_words(finding, &whose, now));
            }
        }
        app.store.close().await?;
        match problems {
            0 => Ok(()),
            1 => Err("the doctor found a problem".into()),
            n => Err(format!("the doctor found {n} problems").into()),
        }
    }
}

/// How long a platform may take to say what time it is.
const CLOCK_TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the platforms that are connected, one after the other, until one has said the time. Whether it likes the question does
/// not matter; no credential is sent.
async fn compare_clocks(app: &App) -> Result<(), StoreError> {
    let hosts = &app.settings.platform_hosts;
    let mut asked = BTreeSet::new();
    for destination in app.store.all_destinations().await? {
        let url = match destination.fields.platform {
            Platform::Meta => &hosts.meta,
            Platform::Google => &hosts.google,
            Platform::Tiktok => &hosts.tiktok,
            Platform::Linkedin => &hosts.linkedin,
            _ => continue,
        };
        if !destination.fields.active || !asked.insert(url.clone()) {
            continue;
        }
        let question = HttpRequest {
            method: Method::Get,
            url: url.clone(),
            headers: Vec::new(),
            body: String::new(),
        };
        // That it cannot be reached is seen by what waits for it.
        let _ = app.delivery.transport.send(&question, CLOCK_TIMEOUT).await;
        if app.delivery.transport.clock_beside().is_some() {
            break;
        }
    }
    Ok(())
}

/// A paragraph for a terminal.
fn in_words(finding: &Finding, whose: &str, now: UnixMs) -> String {
    let said = say(finding);
    let severity = match finding.severity {
        Severity::Problem => "PROBLEM",
        Severity::Warning => "WARNING",
        Severity::Advice => "ADVICE",
    };
    let since = finding.since.filter(|since| *since <= now);
    let since = since.map_or(String::new(), |since| {
        format!("\n  since {}", since.timestamp().strftime("%Y-%m-%d %H:%M UTC"))
    });
    format!("{severity}{whose}: {}\n  {}{since}\n", said.cause, said.fix)
}
