//! `konektor held-data`

use super::{Context, Error, existing_workspace};
use crate::api::time::Time;
use clap::Args;
use konektor_core::{ids::LeadId, time::UnixMs};
use konektor_store::{Privacy, Store};
use serde_json::json;
use std::io::Write;

/// Leads that are read at once.
const PART: usize = 500;

#[derive(Args)]
pub(super) struct Held {
    /// Id of the workspace.
    #[arg(long)]
    workspace: i64,
    /// Begin of the time in question: RFC 3339, such as 2026-08-01T00:00:00Z.
    #[arg(long)]
    from: String,
    /// Its end.
    #[arg(long)]
    to: String,
}

impl Held {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let (from, to) = (moment(&self.from)?, moment(&self.to)?);
        if from > to {
            return Err("--from is after --to".into());
        }
        let store = context.store().await?;
        let id = existing_workspace(&store, self.workspace).await?;
        let routing = store.routing().await?;
        let workspace = routing.workspace(id).ok_or("the workspace is gone")?;
        let mut out = std::io::stdout().lock();
        if !context.json {
            writeln!(out, "lead_id,code,first_seen,last_seen,removed,kinds")?;
        }
        let mut after: Option<LeadId> = None;
        loop {
            let held = store.held_data(id, (from, to), after, PART).await?;
            for held in &held {
                let (lead, code) = (held.lead.packed(), workspace.code_key.code(held.lead.number));
                let (first, last) = (Time(held.first_seen), Time(held.last_seen));
                if context.json {
                    let line = json!({
                        "lead_id": lead.to_string(), "code": code.to_string(), "first_seen": first, "last_seen": last,
                        "removed": held.removed, "kinds": held.kinds,
                    });
                    writeln!(out, "{line}")?;
                } else {
                    // Ids, times and words: nothing that would have to be quoted.
                    writeln!(
                        out,
                        "{lead},{code},{first},{last},{},{}",
                        held.removed,
                        held.kinds.join(" ")
                    )?;
                }
            }
            match held.last() {
                Some(last) if held.len() == PART => after = Some(last.lead),
                _ => break,
            }
        }
        store.close().await?;
        Ok(())
    }
}

fn moment(text: &str) -> Result<UnixMs, Error> {
    Ok(Time::parse(text)?.0)
}
