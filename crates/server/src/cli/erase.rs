//! `konektor erase`

use super::{Context, Error, existing_workspace};
use crate::privacy::erase::{erase_whom, scrub_message};
use clap::Args;
use konektor_core::{identity::code::VisitorCode, ids::LeadId, phone::Phone, routing::Workspace};
use konektor_store::{Privacy, Store, model::Whom};
use serde_json::json;

#[derive(Args)]
pub(super) struct Erase {
    /// Id of the workspace.
    #[arg(long)]
    workspace: i64,
    #[command(flatten)]
    who: Who,
}

/// Who is meant: one of these.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The lead's id, as the API has it.
    #[arg(long)]
    lead: Option<i64>,
    /// The visitor code.
    #[arg(long)]
    code: Option<String>,
    /// A phone number: everybody who was ever known by it.
    #[arg(long)]
    phone: Option<String>,
    /// An e-mail address: everybody who was ever known by it.
    #[arg(long)]
    email: Option<String>,
}

impl Who {
    fn whom(self, workspace: &Workspace) -> Result<Whom, Error> {
        if let Some(lead) = self.lead {
            return Ok(Whom::Lead(LeadId::from_packed(lead)));
        }
        if let Some(code) = self.code {
            let code: VisitorCode = code
                .parse()
                .map_err(|_| format!("{code} is no visitor code, such as ABC1234"))?;
            return Ok(Whom::Lead(LeadId {
                workspace: workspace.id,
                number: workspace.code_key.number(code),
            }));
        }
        if let Some(phone) = self.phone {
            let phone = Phone::parse(&phone, &workspace.country)?;
            return Ok(Whom::Phone(phone.digits().to_owned()));
        }
        Ok(Whom::Email(self.email.unwrap_or_default().trim().to_lowercase()))
    }
}

impl Erase {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let store = context.store().await?;
        let id = existing_workspace(&store, self.workspace).await?;
        let routing = store.routing().await?;
        let workspace = routing.workspace(id).ok_or("the workspace is gone")?;
        let whom = self.who.whom(workspace)?;
        let erased = erase_whom(&store, &context.settings.data, id, whom, context.clock.now()).await?;
        let Some(erased) = erased else {
            store.close().await?;
            return Err("nobody like that is in this workspace: nothing was erased".into());
        };
        let files_clean = store.scrub(erased.needles).await?;
        store.close().await?;
        let leads: Vec<_> = erased.leads.iter().map(|lead| lead.packed().to_string()).collect();
        let plain = format!(
            "Erased: leads {}, {} clicks, {} submissions, {} events, {} messages.{}",
            leads.join(", "),
            erased.clicks,
            erased.submissions,
            erased.deliveries,
            erased.messages,
            scrub_message(files_clean)
        );
        context.print(
            &plain,
            json!({
                "leads": leads, "clicks": erased.clicks, "submissions": erased.submissions,
                "deliveries": erased.deliveries, "messages": erased.messages, "files_clean": files_clean,
            }),
        );
        Ok(())
    }
}
