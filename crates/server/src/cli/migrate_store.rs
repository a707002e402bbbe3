//! `konektor migrate-store`

use super::{Context, Error, progress::Progress};
use clap::Args;
use konektor_store::{Address, transfer::transfer};
use serde_json::json;

/// From where to where.
#[derive(Args)]
pub(super) struct MigrateStore {
    /// The database that you have: sqlite:PATH or postgres://user:password@host/database.
    #[arg(long, value_name = "URL")]
    from: Address,
    /// The one that everything is copied into: an empty one, or one that this command has begun.
    #[arg(long, value_name = "URL")]
    to: Address,
}

impl MigrateStore {
    pub(super) async fn run(self, context: Context) -> Result<(), Error> {
        let mut bar: Option<Progress> = None;
        let moved = transfer(
            &self.from,
            &self.to,
            context.settings.google_click_wait_ms,
            context.clock.now(),
            |so_far| {
                let bar = bar.get_or_insert_with(|| Progress::of(so_far.total, "rows copied and compared"));
                bar.set(so_far.done);
            },
        )
        .await;
        if let Some(bar) = bar {
            bar.end();
        }
        let moved = moved?;
        let rows: u64 = moved.iter().map(|table| table.sum.rows).sum();
        let mut plain: Vec<_> = moved
            .iter()
            .map(|table| {
                let (sum, name) = (table.sum, table.table);
                format!("{:>12} {name:<18} {:032x}", sum.rows, sum.checksum)
            })
            .collect();
        plain.push(format!(
            "{rows:>12} rows are in {}, each table with the count and checksum of {}.\n\
             Set KONEKTOR_DATABASE to it, keep the secret key (secret.key in the data directory, or KONEKTOR_SECRET_KEY), \
             and start.",
            self.to, self.from
        ));
        let tables: Vec<_> = moved
            .iter()
            .map(|table| {
                let checksum = format!("{:032x}", table.sum.checksum);
                json!({ "table": table.table, "rows": table.sum.rows, "checksum": checksum })
            })
            .collect();
        context.print(&plain.join("\n"), json!({ "rows": rows, "tables": tables }));
        Ok(())
    }
}
