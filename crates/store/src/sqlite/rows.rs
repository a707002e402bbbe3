//! Inserting many rows by few statements: what a statement costs beside its rows is half of the whole.

use crate::Result;
use rusqlite::{CachedStatement, Connection, ToSql};
use std::sync::OnceLock;

/// Rows of one statement, most first: a batch of the click path has some dozens, which these make up in three steps on average.
const ROWS: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// An insertion into one table.
pub(super) struct Insert {
    into: &'static str,
    columns: usize,
    /// Rows of one statement, most first.
    at_once: &'static [usize],
    /// One for each of these.
    sql: [OnceLock<String>; ROWS.len()],
}

impl Insert {
    /// `into` is the statement up to `VALUES`.
    pub(super) const fn new(into: &'static str, columns: usize) -> Self {
        Self::at_once(into, columns, &ROWS)
    }

    /// The same for a table without indexes whose rows go to a page each. A statement of several rows keeps a copy of each page
    /// that it touches, so that it can be taken back by itself; one of a single row has no need to.
    pub(super) const fn scattered(into: &'static str, columns: usize) -> Self {
        Self::at_once(into, columns, &[1])
    }

    const fn at_once(into: &'static str, columns: usize, at_once: &'static [usize]) -> Self {
        Self {
            into,
            columns,
            at_once,
            sql: [const { OnceLock::new() }; ROWS.len()],
        }
    }

    /// Rows of its largest statement.
    pub(super) fn most_at_once(&self) -> usize {
        self.at_once[0]
    }

    fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(","));
        format!("{} VALUES {}", self.into, vec![row; rows].join(","))
    }

    /// Inserts `rows`; `bind` gives a row's values in the order of the columns.
    pub(super) fn rows<T>(
        &self,
        connection: &Connection,
        rows: &[T],
        mut bind: impl FnMut(&mut Values<'_, '_>, &T) -> Result<()>,
    ) -> Result<()> {
        let mut rest = rows;
        for (&at_once, sql) in self.at_once.iter().zip(&self.sql) {
            let (now, later) = rest.split_at(rest.len() - rest.len() % at_once);
            rest = later;
            if now.is_empty() {
                continue;
            }
            let mut statement = connection.prepare_cached(sql.get_or_init(|| self.sql(at_once)))?;
            for rows in now.chunks_exact(at_once) {
                let mut values = Values {
                    statement: &mut statement,
                    bound: 0,
                };
                for row in rows {
                    bind(&mut values, row)?;
                }
                statement.raw_execute()?;
            }
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
