//! Inserting many rows by few statements: what a statement costs beside its rows is half of the whole.

use crate::Result;
use rusqlite::{CachedStatement, Connection, ToSql};
use std::sync::OnceLock;

/// Rows of one statement. A batch of the click path has some dozens.
const ROWS: usize = 16;

/// An insertion into one table.
pub(super) struct Insert {
    into: &'static str,
    columns: usize,
    one: OnceLock<String>,
    many: OnceLock<String>,
}

impl Insert {
    /// `into` is the statement up to `VALUES`.
    pub(super) const fn new(into: &'static str, columns: usize) -> Self {
        Self {
            into,
            columns,
            one: OnceLock::new(),
            many: OnceLock::new(),
        }
    }

    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        format!("{} VALUES {}", self.into, vec![row; rows].join(", "))
    }

    /// Inserts `rows`; `bind` gives a row's values in the order of the columns.
    pub(super) fn rows<T>(
        &self,
        connection: &Connection,
        rows: &[T],
        mut bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
    ) -> Result<()> {
        let chunks = rows.chunks_exact(ROWS);
        let rest = chunks.remainder();
        let mut insert = |sql: &str, rows: &mut dyn Iterator<Item = &[T]>| -> Result<()> {
            let mut statement = connection.prepare_cached(sql)?;
            for rows in rows {
                let mut values = Values {
                    statement: &mut statement,
                    bound: 0,
                };
                for row in rows {
                    bind(&mut values, row)?;
                }
                statement.raw_execute()?;
            }
            Ok(())
        };
        if rows.len() >= ROWS {
            insert(self.many.get_or_init(|| self.sql(ROWS)), &mut chunks.into_iter())?;
        }
        if !rest.is_empty() {
            insert(self.one.get_or_init(|| self.sql(1)), &mut rest.chunks(1))?;
        }
        Ok(())
    }
}

/// The values of a statement's rows, one after the other.
pub(super) struct Values<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    bound: usize,
}

impl Values<'_, '_> {
    /// The next one.
    pub(super) fn push(&mut self, value: impl ToSql) -> Result<()> {
        self.bound += 1;
        Ok(self.statement.raw_bind_parameter(self.bound, value)?)
    }
}
