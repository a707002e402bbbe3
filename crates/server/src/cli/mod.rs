//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage.

mod backup;
mod demo;
mod doctor;
mod erase;
mod health;
mod held;
mod key;
mod migrate_store;
mod platforms;
mod progress;
mod restore;
mod rotate;
mod user;
mod workspace;

use crate::{
    app::Database,
    clock::Clock,
    config::Settings,
    serve::{self, Error},
    telemetry,
};
use clap::{Parser, Subcommand};
use konektor_core::ids::WorkspaceId;
use konektor_store::Store;
use std::process::ExitCode;

/// One link behind every WhatsApp ad: recognises the visitor, finds the right agent, keeps the lead.
#[derive(Parser)]
#[command(name = "konektor", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print JSON, for machines.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve,
    /// Run a throwaway workspace with agents and a link to click.
    Demo(demo::Demo),
    /// Manage workspaces.
    #[command(subcommand)]
    Workspace(workspace::Workspace),
    /// Manage users.
    #[command(subcommand)]
    User(user::User),
    /// Manage API keys.
    #[command(subcommand)]
    Key(key::Key),
    /// Look for what is wrong without anybody having noticed. Exits with 1 if leads, events or data are being lost.
    Doctor(doctor::Doctor),
    /// Write a backup of the database to a file, while the server runs.
    Backup(backup::Backup),
    /// Make a backup the database again. The server must not be running.
    Restore(restore::Restore),
    /// Erase a person: the lead, and all that is kept of them.
    Erase(erase::Erase),
    /// List of which leads which kinds of data are held: what has to be known after a breach. CSV, or JSON lines.
    HeldData(held::Held),
    /// Copy everything from SQLite to PostgreSQL, or back. Stop the server first.
    MigrateStore(migrate_store::MigrateStore),
    /// Ask the running server how it is: prints ready or degraded, fails if it does not answer.
    Health,
    /// Show the settings in effect; secrets are not shown.
    Config,
}

/// What a command runs with.
struct Context {
    settings: Settings,
    clock: Clock,
    json: bool,
}

impl Context {
    async fn store(&self) -> Result<Database, Error> {
        serve::open_store(&self.settings, &self.clock).await
    }

    /// Prints a result: for people as they would want to use it, for machines as an object.
    fn print(&self, plain: &str, json: serde_json::Value) {
        if self.json {
            println!("{json}")
        } else {
            println!("{plain}")
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse(); // exits with 2 on wrong usage
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("konektor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { command, json }: Arguments) -> Result<(), Error> {
    let settings = Settings::load(std::env::vars())?;
    telemetry::start_logs(&settings.log);
    let context = Context {
        settings,
        clock: Clock::System,
        json,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve(context).await,
            Command::Demo(demo) => demo.run(context).await,
            Command::Workspace(command) => command.run(context).await,
            Command::User(command) => command.run(context).await,
            Command::Key(command) => command.run(context).await,
            Command::Doctor(doctor) => doctor.run(context).await,
            Command::Backup(command) => command.run(&context),
            Command::Restore(command) => command.run(&context).await,
            Command::Erase(command) => command.run(&context).await,
            Command::HeldData(command) => command.run(&context).await,
            Command::MigrateStore(command) => command.run(context).await,
            Command::Health => health::run(context).await,
            Command::Config => {
                let settings = context.settings.redacted();
                let plain: Vec<_> = settings
                    .iter()
                    .map(|(name, value)| format!("{name} = {value}"))
                    .collect();
                let json = settings
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.as_str().into()))
                    .collect();
                context.print(&plain.join("\n"), serde_json::Value::Object(json));
                Ok(())
            }
        }
    })
}

async fn serve(context: Context) -> Result<(), Error> {
    let store = context.store().await?;
    let told_to_end = serve::until_told_to_end(); // listened for before anybody can connect
    let running = serve::start(context.settings, context.clock, store).await?;
    tracing::info!(address = %running.address, "listening");
    told_to_end.await;
    tracing::info!("ending");
    running.stop().await;
    Ok(())
}

/// The workspace that is meant, if it exists.
async fn existing_workspace(store: &Database, id: i64) -> Result<WorkspaceId, Error> {
    let workspaces = store.workspaces().await?;
    let known = workspaces
        .iter()
        .find(|workspace| workspace.id.0 == id)
        .map(|workspace| workspace.id);
    known.ok_or_else(|| {
        let ids: Vec<_> = workspaces.iter().map(|w| format!("{} ({})", w.id, w.name)).collect();
        let there = if ids.is_empty() {
            "there is none yet: konektor workspace add".to_owned()
        } else {
            ids.join(", ")
        };
        format!("there is no workspace {id}; there is: {there}").into()
    })
}
