//! `konektor user`

use super::{Context, Error, existing_workspace};
use crate::auth::{email, password};
use clap::{Subcommand, ValueEnum};
use konektor_store::{
    Access, Store,
    model::{self, NewUser},
};
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
    /// Give somebody another password, read from standard input, and sign them out everywhere.
    Password {
        /// E-mail address.
        #[arg(long)]
        email: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Role {
    /// Everything.
    Owner,
    /// Everything, except that owners are not theirs to change.
    Admin,
    /// Their own leads.
    Agent,
}

impl User {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        match self {
            Self::Add { workspace, email, role } => add(context, workspace, &email, role).await,
            Self::Password { email } => set_password(context, &email).await,
        }
    }
}

async fn add(context: Context, workspace: i64, email: &str, role: Role) -> Result<(), Error> {
    let email = email::parse(email)?;
    let store = context.store().await?;
    let workspace = existing_workspace(&store, workspace).await?;
    let password_hash = hash_typed_password(&email)?;
    let role = match role {
        Role::Owner => model::Role::Owner,
        Role::Admin => model::Role::Admin,
        Role::Agent => model::Role::Agent,
    };
    let new = NewUser {
        workspace,
        email,
        password_hash,
        role,
    };
    let id = store.add_user(new, context.clock.now()).await?;
    store.close().await?;
    context.print(&id.to_string(), json!({ "id": id.to_string() }));
    Ok(())
}

async fn set_password(context: Context, email: &str) -> Result<(), Error> {
    let email = email::parse(email)?;
    let store = context.store().await?;
    let known = store.credentials(email.clone()).await?;
    let user = known.ok_or_else(|| format!("there is no user {email}"))?.user;
    store.set_password(user.id, hash_typed_password(&email)?, None).await?;
    store.close().await?;
    context.print("done", json!({ "id": user.id.to_string() }));
    Ok(())
}

fn hash_typed_password(email: &str) -> Result<String, Error> {
    let password = read_password()?;
    password::check(&password, email)?;
    Ok(password::hash_password(&password)?)
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
