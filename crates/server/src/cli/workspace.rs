//! `konektor workspace`

use super::{Context, Error};
use crate::secrets;
use clap::Subcommand;
use konektor_core::lead::clean_name;
use konektor_store::{Store, model::NewWorkspace};
use serde_json::json;

#[derive(Subcommand)]
pub(super) enum Workspace {
    /// Add a workspace and print its id.
    Add {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Country of phone numbers written without a country code.
        #[arg(long, default_value = "ID")]
        country: String,
        /// Zone of its days and working hours.
        #[arg(long, default_value = "Asia/Jakarta")]
        time_zone: String,
    },
}

impl Workspace {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        let Self::Add {
            name,
            country,
            time_zone,
        } = self;
        let new = new_workspace(&name, &country, &time_zone)?;
        let store = context.store().await?;
        let id = store.add_workspace(new, context.clock.now()).await?;
        store.close().await?;
        context.print(&id.to_string(), json!({ "id": id.to_string() }));
        Ok(())
    }
}

/// Checks what a workspace is made of and gives it a key for its visitor codes.
pub(super) fn new_workspace(name: &str, country: &str, time_zone: &str) -> Result<NewWorkspace, Error> {
    let country = country.to_ascii_uppercase();
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(format!("{country} is no country code; write two letters, such as ID").into());
    }
    if jiff::tz::TimeZone::get(time_zone).is_err() {
        return Err(format!("{time_zone} is no time zone; write an IANA name, such as Asia/Jakarta").into());
    }
    Ok(NewWorkspace {
        name: clean_name(name)?,
        country,
        time_zone: time_zone.to_owned(),
        code_key: secrets::random(),
    })
}
