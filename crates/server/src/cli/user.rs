//! `konektor user`

use super::{Context, Error, existing_workspace};
use crate::auth::password::hash_password;
use clap::{Subcommand, ValueEnum};
use konektor_store::{Store, model::NewUser};
use serde_json::json;
use std::io::{IsTerminal, Read};

#[derive(Subcommand)]
pub(super) enum User {
    /// Add somebody who signs in. The password is read from standard input.
    Add {
        /// Id of the workspace.
        #[arg(long)]
        workspace: i64,
        /// E-mail address.
        #[arg(long)]
        email: String,
        /// What they may do.
        #[arg(long)]
        role: Role,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Role {
    /// Everything.
    Owner,
    /// Everything but the workspace itself.
    Admin,
    /// Their own leads.
    Agent,
}

impl User {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        let Self::Add { workspace, email, role } = self;
        let email = email.trim().to_lowercase();
        if !email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        {
            return Err(format!("{email} is no e-mail address").into());
        }
        let store = context.store()?;
        let workspace = existing_workspace(&store, workspace).await?;
        let password_hash = hash_password(&read_password()?)?;
        let role = match role {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Agent => "agent",
        };
        let new = NewUser {
            workspace,
            email,
            password_hash,
            role: role.to_owned(),
        };
        let id = store.add_user(new, context.clock.now()).await?;
        store.close().await?;
        context.print(&id.to_string(), json!({ "id": id.to_string() }));
        Ok(())
    }
}

fn read_password() -> Result<String, Error> {
    let mut input = std::io::stdin().lock();
    let mut password = String::new();
    if input.is_terminal() {
        eprint!("Password: ");
        std::io::BufRead::read_line(&mut input, &mut password)?;
    } else {
        input.take(4_096).read_to_string(&mut password)?;
    }
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}
