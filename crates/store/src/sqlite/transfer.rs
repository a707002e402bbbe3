//! SQLite's side of a transfer: both files, and nobody else in them.

use super::{activity, click_ids, deliveries::leases, open::Files};
use crate::{
    Result, StoreError,
    transfer::{
        Begun, Rows, Sequences,
        row::{Kind, Row, Value},
        tables::{File, Table},
    },
};
use konektor_core::{ids::ClickId, time::UnixMs};
use rusqlite::{
    Connection, OptionalExtension, params, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::sync::mpsc;

/// Rows that travel together.
const BATCH: usize = 4_096;
const FILES: [File; 2] = [File::Ground, File::Fold];

/// The two files, locked against everybody else for as long as this lives.
pub(crate) struct Side {
    connection: Arc<Mutex<Connection>>,
    what: String,
}

impl Side {
    /// Makes the files if they are not there, brings their schema up to date, and locks them.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let files = Files::beside(path);
        let what = format!("sqlite:{}", path.display());
        // Before anything is changed: whether a server has them open.
        if path.exists() {
            drop(files.open_alone().map_err(|error| in_use(error, &what))?);
        }
        files.prepare()?;
        let mut connection = files.open_alone().map_err(|error| in_use(error, &what))?;
        // Then one table has all of each.
        let transaction = connection.transaction()?;
        click_ids::merge_all(&transaction)?;
        activity::settle_all(&transaction)?;
        leases::end_all(&transaction)?;
        transaction.commit()?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            what,
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().expect("whoever reads it does not panic")
    }

    /// Its keys for fingerprints: by which an installation is known.
    pub(crate) fn fingerprint_key(&self) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT fingerprint_key FROM main.installation";
        Ok(self.connection().query_row(sql, [], |row| row.get(0)).optional()?)
    }

    /// What is not folded yet.
    pub(crate) fn unfolded(&self) -> Result<u64> {
        let sql = "SELECT (SELECT count(*) FROM main.clicks WHERE id > w.click)
                        + (SELECT count(*) FROM main.lead_changes WHERE id > min(w.change, w.arrival))
                        + (SELECT count(*) FROM main.alerts WHERE id > w.alert)
                        + (SELECT count(*) FROM main.agent_absences WHERE id > w.absence) FROM fold.watermark w";
        Ok(self.connection().query_row(sql, [], |row| row.get(0))?)
    }

    /// Takes what only webhooks are told of for folded, where there is none.
    pub(crate) fn pass_over_alerts(&self) -> Result<()> {
        let sql = "UPDATE fold.watermark SET alert = max(alert, (SELECT coalesce(max(id), 0) FROM main.alerts)),
                       absence = max(absence, (SELECT coalesce(max(id), 0) FROM main.agent_absences))";
        self.connection().execute(sql, [])?;
        Ok(())
    }

    /// How many rows a table has.
    pub(crate) fn count(&self, table: &Table) -> Result<u64> {
        let sql = match table.sqlite_write {
            Some(_) => "SELECT count(*) FROM main.workspaces".to_owned(),
            None => format!("SELECT count(*) FROM {}.{}", table.file.schema(), table.name),
        };
        Ok(self.connection().query_row(&sql, [], |row| row.get(0))?)
    }

    /// All rows but the first `skip`, in the table's order.
    pub(crate) fn rows(&self, table: &Table, skip: u64) -> Rows {
        let (send, receive) = mpsc::channel(2);
        let sql = select(table);
        let columns: Vec<(String, Kind)> = table
            .columns
            .iter()
            .map(|column| (format!("{}.{}", table.name, column.name), column.kind))
            .collect();
        let connection = self.connection.clone();
        tokio::task::spawn_blocking(move || {
            let connection = connection.lock().expect("whoever reads it does not panic");
            if let Err(error) = read(&connection, &sql, &columns, skip, |rows| {
                send.blocking_send(Ok(rows)).is_ok()
            }) {
                // Who no longer listens has an error of their own.
                let _ = send.blocking_send(Err(error));
            }
        });
        receive
    }

    /// Writes rows, and that so many are there now, in one transaction of their file.
    pub(crate) fn write(&self, table: &Table, rows: &[Row], done: u64) -> Result<()> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(&insert(table))?;
            for row in rows {
                insert.execute(params_from_iter(row.iter()))?;
            }
            let sql = format!(
                "INSERT OR REPLACE INTO {}.transfer VALUES (?1, ?2)",
                table.file.schema()
            );
            transaction.execute(&sql, params![table.name, done])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// What a transfer into here has begun; `None` if none has.
    pub(crate) fn begun(&self) -> Result<Option<Begun>> {
        let connection = self.connection();
        if !is_begun(&connection, "main")? {
            return Ok(None);
        }
        let mut done = BTreeMap::new();
        let mut source = String::new();
        for file in FILES.map(File::schema) {
            if !is_begun(&connection, file)? {
                continue;
            }
            let mut all = connection.prepare(&format!("SELECT name, done FROM {file}.transfer"))?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                let name: String = row.get(0)?;
                match name.strip_prefix("from ") {
                    Some(from) => source = from.to_owned(),
                    None => _ = done.insert(name, row.get(1)?),
                }
            }
        }
        Ok(Some(Begun { source, done }))
    }

    /// Notes that a transfer begins, from which on no server starts on these files.
    pub(crate) fn begin(&self, source: &str, replaced: &[&str]) -> Result<()> {
        let mut connection = self.connection();
        for file in FILES.map(File::schema) {
            let transaction = connection.transaction()?;
            let make = format!(
                "CREATE TABLE IF NOT EXISTS {file}.transfer (name TEXT PRIMARY KEY, done INTEGER NOT NULL) WITHOUT ROWID"
            );
            transaction.execute_batch(&make)?;
            if file == File::Ground.schema() {
                for table in replaced {
                    transaction.execute(&format!("DELETE FROM main.{table}"), [])?;
                }
                let sql = "INSERT INTO main.transfer VALUES ('from ' || ?1, 0)";
                transaction.execute(sql, [source])?;
            }
            transaction.commit()?;
        }
        Ok(())
    }

    /// The first click.
    pub(crate) fn first_click(&self) -> Result<Option<ClickId>> {
        let first = self
            .connection()
            .query_row("SELECT min(id) FROM main.clicks", [], |row| row.get(0))?;
        Ok(Option::<i64>::map(first, ClickId))
    }

    /// The greatest ids that were ever given, of the tables that never give one twice.
    pub(crate) fn sequences(&self) -> Result<Sequences> {
        let connection = self.connection();
        let mut sequences = Sequences::new();
        for file in FILES.map(File::schema) {
            let mut all = connection.prepare(&format!("SELECT name, seq FROM {file}.sqlite_sequence"))?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                sequences.insert(row.get(0)?, row.get(1)?);
            }
        }
        Ok(sequences)
    }

    /// Sets what is not a copy of anything: how far all is folded, and which ids come next.
    pub(crate) fn finish(&self, sequences: &Sequences, now: UnixMs) -> Result<()> {
        let connection = self.connection();
        let sql = "UPDATE fold.watermark SET
                       click = (SELECT coalesce(max(id), 0) FROM main.clicks),
                       change = (SELECT coalesce(max(id), 0) FROM main.lead_changes),
                       arrival = (SELECT coalesce(max(id), 0) FROM main.lead_changes),
                       alert = (SELECT coalesce(max(id), 0) FROM main.alerts),
                       absence = (SELECT coalesce(max(id), 0) FROM main.agent_absences)";
        connection.execute(sql, [])?;
        // PostgreSQL makes the ids of all other tables of the time.
        let by_time = ClickId::before(0, now).0;
        for file in FILES.map(File::schema) {
            let mut counting = connection.prepare(&format!(
                "SELECT name FROM {file}.sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'"
            ))?;
            let names = counting.query_map([], |row| row.get(0))?;
            let names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
            for name in names {
                let last = sequences.get(&name).copied().unwrap_or(by_time);
                let sql = format!("SELECT max(seq) FROM {file}.sqlite_sequence WHERE name = ?1");
                let so_far: Option<i64> = connection.query_row(&sql, [&name], |row| row.get(0))?;
                let sql = format!("DELETE FROM {file}.sqlite_sequence WHERE name = ?1");
                connection.execute(&sql, [&name])?;
                let sql = format!("INSERT INTO {file}.sqlite_sequence (name, seq) VALUES (?1, ?2)");
                connection.execute(&sql, params![name, last.max(so_far.unwrap_or(0))])?;
            }
        }
        Ok(())
    }

    /// The transfer is done: servers may start. What was written is on the disk before that.
    pub(crate) fn complete(&self) -> Result<()> {
        let connection = self.connection();
        // The ground's last: it is the one that servers look at.
        for file in [File::Fold, File::Ground].map(File::schema) {
            connection.execute_batch(&format!(
                "PRAGMA {file}.synchronous = FULL; DROP TABLE {file}.transfer; PRAGMA {file}.wal_checkpoint(TRUNCATE)"
            ))?;
        }
        Ok(())
    }

    /// As it is called in messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

/// Whether a transfer into these files has begun and not ended.
pub(super) fn is_begun(connection: &Connection, schema: &str) -> Result<bool> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {schema}.sqlite_schema WHERE name = 'transfer')");
    Ok(connection.query_row(&sql, [], |row| row.get(0))?)
}

fn in_use(error: StoreError, what: &str) -> StoreError {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    match &error {
        StoreError::Sqlite(sqlite) if matches!(sqlite.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked)) => {
            StoreError::InUse { what: what.to_owned() }
        }
        _ => error,
    }
}

fn select(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|column| column.in_sqlite.as_str()).collect();
    let (schema, name) = match table.sqlite_write {
        // The only one: what PostgreSQL has beside the workspaces.
        Some(_) => ("main", "workspaces"),
        None => (table.file.schema(), table.name),
    };
    let order: Vec<_> = table
        .sqlite_order
        .split(", ")
        .map(|name| format!("t.\"{name}\""))
        .collect();
    format!(
        "SELECT {} FROM {schema}.{name} AS t ORDER BY {} LIMIT -1 OFFSET ?1",
        columns.join(", "),
        order.join(", ")
    )
}

fn insert(table: &Table) -> String {
    let mut sql = match table.sqlite_write {
        Some(write) => write.to_owned(),
        None => {
            let (names, values): (Vec<_>, Vec<_>) = table
                .sqlite_columns
                .iter()
                .map(|(name, value)| (format!("\"{name}\""), value.as_str()))
                .unzip();
            let (schema, name) = (table.file.schema(), table.name);
            format!(
                "INSERT INTO {schema}.{name} ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            )
        }
    };
    for (n, column) in table.columns.iter().enumerate() {
        sql = sql.replace(&format!("{{{}}}", column.name), &format!("?{}", n + 1));
    }
    sql
}

fn read(
    connection: &Connection,
    sql: &str,
    columns: &[(String, Kind)],
    skip: u64,
    mut see: impl FnMut(Vec<Row>) -> bool,
) -> Result<()> {
    let mut all = connection.prepare(sql)?;
    let mut rows = all.query([skip])?;
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.next()? {
        let values = columns.iter().enumerate();
        let values = values.map(|(n, (name, kind))| value(row.get_ref(n)?, *kind, name));
        batch.push(values.collect::<Result<Row>>()?);
        if batch.len() == BATCH && !see(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
            return Ok(());
        }
    }
    if !batch.is_empty() {
        see(batch);
    }
    Ok(())
}

/// A value as PostgreSQL takes it: in its column's kind, and a text without NUL.
fn value(found: ValueRef<'_>, kind: Kind, column: &str) -> Result<Value> {
    Ok(match (found, kind) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(n), Kind::Real) => Value::Real(n as f64),
        (ValueRef::Integer(n), Kind::Flag) => Value::Int(i64::from(n != 0)),
        (ValueRef::Integer(n), Kind::Int | Kind::Day) => Value::Int(n),
        (ValueRef::Real(x), Kind::Real) => Value::Real(x),
        (ValueRef::Text(bytes), Kind::Text) => {
            let text = std::str::from_utf8(bytes).map_err(|error| unusable(column, &error))?;
            Value::Text(text.replace('\0', "\u{FFFD}"))
        }
        (ValueRef::Blob(bytes), Kind::Bytes) => Value::Bytes(bytes.to_vec()),
        (found, kind) => return Err(unusable(column, &format!("{} instead of {kind:?}", found.data_type()))),
    })
}

fn unusable(column: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::corrupt("value", format!("{column}: {reason}"))
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Real(x) => ValueRef::Real(*x),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
