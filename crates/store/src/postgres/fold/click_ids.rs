//! The index of click IDs: who used them first, and which other browsers did.

use crate::{
    Result,
    postgres::{
        record::click_id_uses,
        sql,
        values::{lead, number},
    },
};
use deadpool_postgres::Transaction;
use konektor_core::{
    click::Click,
    fold::{Changes, Known},
    identity::continuity::{ClickIdPrint, ClickIdUse},
    time::UnixMs,
};
use std::collections::{BTreeMap, BTreeSet};

macro_rules! insert {
    () => {
        "INSERT INTO click_ids (workspace_id, print, number, with_browser, at)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])"
    };
}

/// Click IDs that clicks came with.
#[derive(Default)]
pub(super) struct Used {
    /// By whom each was used first among these clicks.
    first: BTreeMap<i64, ClickIdUse>,
    /// Workspace, fingerprint, and that of the browser's own use.
    all: BTreeSet<(i64, i64, i64)>,
}

impl Used {
    /// Clicks come in their order.
    pub(super) fn add(&mut self, click: &Click, print: ClickIdPrint) {
        self.first.entry(print.click_id).or_insert(ClickIdUse {
            lead: click.lead,
            with_browser: print.with_browser,
            at: click.at,
        });
        let workspace = click.lead.workspace.0;
        self.all.insert((workspace, print.click_id, print.with_browser));
    }

    /// Enters those that nobody had, and reads what is known of the others. Nearly all are new, and so cost one look at an
    /// index whose pages are nowhere near one another. Another server may have had one that this one could not know of when
    /// it recorded the click, so what the click says of it does not count.
    pub(super) async fn claim(mut self, transaction: &Transaction<'_>, known: &mut Known) -> Result<()> {
        if self.first.is_empty() {
            return Ok(());
        }
        let sql = concat!(
            insert!(),
            " ON CONFLICT (workspace_id, print) DO NOTHING RETURNING print"
        );
        let entered = enter(transaction, sql, &self.first).await?;
        if entered.len() < self.first.len() {
            let entered: BTreeSet<i64> = entered.iter().copied().collect();
            self.first.retain(|print, _| entered.contains(print));
            self.all.retain(|(_, print, _)| !entered.contains(print));
            self.read(transaction, known).await?;
        }
        known.click_ids.extend(self.first);
        Ok(())
    }

    async fn read(&self, transaction: &Transaction<'_>, known: &mut Known) -> Result<()> {
        let sql = concat!(
            "SELECT c.print, c.workspace_id, c.number, c.with_browser, c.at FROM ",
            click_id_uses!()
        );
        let values: sql::Values<'_> = &[
            &self.all.iter().map(|wanted| wanted.0).collect::<Vec<_>>(),
            &self.all.iter().map(|wanted| wanted.1).collect::<Vec<_>>(),
            &self.all.iter().map(|wanted| wanted.2).collect::<Vec<_>>(),
        ];
        for row in sql::query(transaction, sql, values).await? {
            let used = ClickIdUse {
                lead: lead(row.get(1), row.get(2)),
                with_browser: row.get(3),
                at: UnixMs(row.get(4)),
            };
            known.click_ids.insert(row.get(0), used);
        }
        Ok(())
    }
}

/// Stores what the fold has changed: uses after the window of the one before, other browsers' own, presses.
pub(super) async fn store(transaction: &Transaction<'_>, changes: &Changes) -> Result<()> {
    if changes.click_ids.is_empty() {
        return Ok(());
    }
    let sql = concat!(
        insert!(),
        " ON CONFLICT (workspace_id, print) DO UPDATE
          SET number = excluded.number, with_browser = excluded.with_browser, at = excluded.at
          RETURNING print"
    );
    enter(transaction, sql, &changes.click_ids).await?;
    Ok(())
}

/// The fingerprints that were entered.
async fn enter(transaction: &Transaction<'_>, sql: &str, uses: &BTreeMap<i64, ClickIdUse>) -> Result<Vec<i64>> {
    let values: sql::Values<'_> = &[
        &uses.values().map(|used| used.lead.workspace.0).collect::<Vec<_>>(),
        &uses.keys().collect::<Vec<_>>(),
        &uses.values().map(|used| number(used.lead)).collect::<Vec<_>>(),
        &uses.values().map(|used| used.with_browser).collect::<Vec<_>>(),
        &uses.values().map(|used| used.at.0).collect::<Vec<_>>(),
    ];
    let rows = sql::query(transaction, sql, values).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
