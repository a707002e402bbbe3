//! PostgreSQL's side of a transfer: a session that keeps servers from starting, and statements beside it.

use super::{
    address::Address,
    connect::{Pools, connect},
    locks, migrate, partitions, sql,
};
use crate::{
    Result, StoreError,
    transfer::{
        Begun, Rows, Sequences,
        row::{Kind, Row, Value},
        tables::{Extra, Table},
    },
};
use bytes::BytesMut;
use deadpool_postgres::Object;
use futures_util::TryStreamExt;
use konektor_core::{rotation::Rotation, time::UnixMs};
use std::{collections::BTreeMap, error::Error, pin::pin, time::Duration};
use tokio::sync::mpsc;
use tokio_postgres::{
    Client,
    binary_copy::BinaryCopyInWriter,
    types::{IsNull, ToSql, Type, to_sql_checked},
};

/// Rows that travel together.
const BATCH: usize = 4_096;
/// How often, and after how long each time, it is looked whether servers that are ending have ended.
const TRIES: usize = 20;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(100);
/// Whether the schema is there at all.
const IS_OURS: &str = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";

/// A database in which no server is, and none starts for as long as this lives.
pub(crate) struct Side {
    pools: Pools,
    /// Holds the lock that each server takes when it starts.
    _session: Client,
    what: String,
}

impl Side {
    /// Connects. A source must have the schema already; a target is given it.
    pub(crate) async fn open(url: &str, what: String, is_source: bool) -> Result<Self> {
        let address = Address::parse(url)?;
        let (session, _) = connect(&address).await?;
        if is_source && !session.query_one(IS_OURS, &[]).await?.get::<_, bool>(0) {
            return Err(StoreError::NotOurs { path: what.into() });
        }
        migrate::prepare(&address).await?;
        if !take_for_oneself(&session).await? {
            return Err(StoreError::InUse { what });
        }
        Ok(Self {
            pools: Pools::new(address)?,
            _session: session,
            what,
        })
    }

    async fn client(&self) -> Result<Object> {
        self.pools.any().await
    }

    async fn number(&self, sql: &str) -> Result<u64> {
        let row = sql::query_one(&self.client().await?, sql, &[]).await?;
        Ok(row.get::<_, i64>(0) as u64)
    }

    /// Its keys for fingerprints: by which an installation is known.
    pub(crate) async fn fingerprint_key(&self) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT fingerprint_key FROM installation";
        let row = sql::query_opt(&self.client().await?, sql, &[]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// What is not folded yet.
    pub(crate) async fn unfolded(&self) -> Result<u64> {
        self.number(
            "SELECT (SELECT count(*) FROM clicks c LEFT JOIN nodes n ON n.id = c.id & 1023
                     WHERE c.id > coalesce(n.watermark, 0))
                  + (SELECT count(*) FROM lead_changes WHERE unfolded)
                  + (SELECT count(*) FROM alerts WHERE unfolded)
                  + (SELECT count(*) FROM agent_absences WHERE unfolded)",
        )
        .await
    }

    /// Takes what only webhooks are told of for folded, where there is none.
    pub(crate) async fn pass_over_alerts(&self) -> Result<()> {
        let sql = "UPDATE alerts SET unfolded = false WHERE unfolded;
                   UPDATE agent_absences SET unfolded = false WHERE unfolded";
        Ok(self.client().await?.batch_execute(sql).await?)
    }

    /// Puts returns that several servers have folded out of their order into it: in SQLite a lead's clicks hang together from
    /// the latest on.
    pub(crate) async fn put_in_order(&self) -> Result<()> {
        const LINK: &str = "
            WITH RECURSIVE chain AS (
                SELECT workspace_id, number, head AS click FROM activity WHERE head <> last_click
              UNION
                SELECT c.workspace_id, c.number, k.previous
                FROM chain c JOIN links k ON k.workspace_id = c.workspace_id AND k.click = c.click
            ), ordered AS (
                SELECT workspace_id, click, lag(click) OVER (PARTITION BY workspace_id, number ORDER BY click) AS previous
                FROM chain
            ), ends AS (
                DELETE FROM links k USING ordered o
                WHERE o.previous IS NULL AND k.workspace_id = o.workspace_id AND k.click = o.click
            )
            INSERT INTO links (workspace_id, click, previous)
            SELECT workspace_id, click, previous FROM ordered WHERE previous IS NOT NULL
            ON CONFLICT (workspace_id, click) DO UPDATE SET previous = excluded.previous";
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        transaction.batch_execute(LINK).await?;
        let heads = "UPDATE activity SET head = last_click WHERE head <> last_click";
        transaction.batch_execute(heads).await?;
        Ok(transaction.commit().await?)
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &Table) -> Result<u64> {
        self.number(&format!("SELECT count(*) FROM {} AS t", from(table))).await
    }

    /// All rows but the first `skip`, in the table's order.
    pub(crate) async fn rows(&self, table: &Table, skip: u64) -> Result<Rows> {
        let (send, receive) = mpsc::channel(2);
        let client = self.client().await?;
        let sql = select(table);
        let kinds: Vec<Kind> = table.columns.iter().map(|column| column.kind).collect();
        let together = table.name == "rotations";
        tokio::spawn(async move {
            if let Err(error) = read(&client, &sql, &kinds, skip, together, &send).await {
                // Who no longer listens has an error of their own.
                let _ = send.send(Err(error)).await;
            }
        });
        Ok(receive)
    }

    /// Writes rows, and that so many are there now, in one transaction.
    pub(crate) async fn write(&self, table: &Table, rows: &[Row], done: u64) -> Result<()> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        transaction.batch_execute("SET LOCAL synchronous_commit = off").await?;
        let sink = transaction.copy_in(&copy(table)).await?;
        let types = types(table);
        let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
        let (zero, unset) = (Value::Int(0), Value::Int(0));
        for row in rows {
            let extras = table.extras.iter().map(|extra| match *extra {
                Extra::Zero(_) => &zero,
                Extra::Unset(_) => &unset,
                Extra::Same(_, of) => {
                    let at = table.columns.iter().position(|column| column.name == of);
                    at.map_or(&Value::Null, |at| &row[at])
                }
            });
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().chain(extras).map(|value| value as _).collect();
            writer.as_mut().write(&values).await?;
        }
        writer.as_mut().finish().await?;
        let sql = "INSERT INTO transfer VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET done = excluded.done";
        sql::execute(&transaction, sql, &[&table.name, &(done as i64)]).await?;
        Ok(transaction.commit().await?)
    }

    /// What a transfer into here has begun; `None` if none has.
    pub(crate) async fn begun(&self) -> Result<Option<Begun>> {
        let client = self.client().await?;
        if !is_begun(&client).await? {
            return Ok(None);
        }
        let (mut source, mut done) = (String::new(), BTreeMap::new());
        for row in sql::query(&client, "SELECT name, done FROM transfer", &[]).await? {
            let (name, rows): (String, i64) = (row.get(0), row.get(1));
            match name.strip_prefix("from ") {
                Some(from) => source = from.to_owned(),
                None => _ = done.insert(name, rows as u64),
            }
        }
        Ok(Some(Begun { source, done }))
    }

    /// Notes that a transfer begins, from which on no server starts on this database.
    pub(crate) async fn begin(&self, source: &str, replaced: &[&str]) -> Result<()> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        let make = "CREATE TABLE transfer (name TEXT PRIMARY KEY, done BIGINT NOT NULL)";
        transaction.batch_execute(make).await?;
        for table in replaced.iter().chain(&["nodes"]) {
            transaction.batch_execute(&format!("DELETE FROM {table}")).await?;
        }
        let sql = "INSERT INTO transfer VALUES ('from ' || $1, 0)";
        sql::execute(&transaction, sql, &[&source]).await?;
        Ok(transaction.commit().await?)
    }

    /// Makes the months in which the clicks came that will be written.
    pub(crate) async fn make_months(&self, from: UnixMs, now: UnixMs) -> Result<()> {
        partitions::make_since(&mut self.client().await?, "clicks", from, now).await
    }

    /// The greatest ids that were ever given, of the tables that never give one twice.
    pub(crate) async fn sequences(&self) -> Result<Sequences> {
        let client = self.client().await?;
        let mut sequences = Sequences::new();
        for (table, sequence) in identities(&client).await? {
            let sql = format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}");
            sequences.insert(table, client.query_one(&sql, &[]).await?.get(0));
        }
        Ok(sequences)
    }

    /// Sets what is not a copy of anything: how far all is folded, and which ids come next.
    pub(crate) async fn finish(&self, sequences: &Sequences) -> Result<()> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await?;
        // Each click bears the number of the node that made it, and all are folded.
        let sql = "INSERT INTO nodes (id, epoch, watermark, drained)
                   SELECT id & 1023, 1, max(id), true FROM clicks GROUP BY 1
                   ON CONFLICT (id) DO UPDATE SET watermark = excluded.watermark, drained = true";
        transaction.batch_execute(sql).await?;
        for (table, sequence) in identities(&transaction).await? {
            let sql = format!("SELECT greatest(coalesce((SELECT max(id) FROM {table}), 0), $1::bigint)");
            let last = sequences.get(&table).copied().unwrap_or(0);
            let last: i64 = transaction.query_one(&sql, &[&last]).await?.get(0);
            let sql = "SELECT setval($1::text::regclass, greatest($2::bigint, 1), $2::bigint > 0)";
            transaction.execute(sql, &[&sequence, &last]).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The transfer is done: servers may start. Its commit is synced, and with it all that was written before.
    pub(crate) async fn complete(&self) -> Result<()> {
        let client = self.client().await?;
        // Planned by what is there, from the first click on.
        client.batch_execute("ANALYZE; DROP TABLE transfer").await?;
        Ok(())
    }

    /// As it is called in messages.
    pub(crate) fn what(&self) -> &str {
        &self.what
    }
}

/// Takes the lock that each server takes when it starts. `false` if one is starting, or has started.
async fn take_for_oneself(session: &Client) -> Result<bool> {
    const SERVERS: &str = "SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid::bigint = $1 AND granted";
    // What a session held is free a moment after it has ended.
    for _ in 0..TRIES {
        let sql = "SELECT pg_try_advisory_lock($1, 0)";
        if session.query_one(sql, &[&locks::SCHEMA]).await?.get(0) {
            let servers: i64 = session.query_one(SERVERS, &[&i64::from(locks::PLACE)]).await?.get(0);
            if servers == 0 {
                return Ok(true);
            }
            let sql = "SELECT pg_advisory_unlock($1, 0)";
            session.query_one(sql, &[&locks::SCHEMA]).await?;
        }
        tokio::time::sleep(TRY_AGAIN_AFTER).await;
    }
    Ok(false)
}

/// Whether a transfer into this database has begun and not ended.
pub(super) async fn is_begun(client: &Client) -> Result<bool> {
    let sql = "SELECT to_regclass('transfer') IS NOT NULL";
    Ok(client.query_one(sql, &[]).await?.get(0))
}

/// The tables whose ids are counted, each with its sequence.
async fn identities(client: &impl deadpool_postgres::GenericClient) -> Result<Vec<(String, String)>> {
    let sql = "SELECT table_name::text, pg_get_serial_sequence(table_name::text, column_name::text)
               FROM information_schema.columns
               WHERE is_identity = 'YES' AND table_schema = current_schema() AND column_name = 'id' ORDER BY 1";
    let rows = client.query(sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn from(table: &Table) -> &'static str {
    table.postgres_from.unwrap_or(table.name)
}

fn quoted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

fn select(table: &Table) -> String {
    format!(
        "SELECT {} FROM {} AS t ORDER BY {} OFFSET $1",
        quoted(table.columns.iter().map(|column| column.name)),
        from(table),
        quoted(table.postgres_order.split(", "))
    )
}

fn copy(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| column.name);
    let extras = table.extras.iter().map(|extra| extra.name());
    format!(
        "COPY {} ({}) FROM STDIN BINARY",
        table.name,
        quoted(columns.chain(extras))
    )
}

fn types(table: &Table) -> Vec<Type> {
    let columns = table.columns.iter().map(|column| match column.kind {
        Kind::Int => Type::INT8,
        Kind::Day => Type::INT4,
        Kind::Flag => Type::BOOL,
        Kind::Real => Type::FLOAT8,
        Kind::Text => Type::TEXT,
        Kind::Bytes => Type::BYTEA,
    });
    let extras = table.extras.iter().map(|extra| match extra {
        Extra::Unset(_) => Type::BOOL,
        Extra::Zero(_) | Extra::Same(..) => Type::INT8,
    });
    columns.chain(extras).collect()
}

async fn read(
    client: &Object,
    sql: &str,
    kinds: &[Kind],
    skip: u64,
    together: bool,
    send: &mpsc::Sender<Result<Vec<Row>>>,
) -> Result<()> {
    let statement = client.prepare(sql).await?;
    let rows = client.query_raw(&statement, [skip as i64]).await?;
    let mut rows = pin!(rows);
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(row) = rows.try_next().await? {
        let mut values = Row::with_capacity(kinds.len());
        for (n, kind) in kinds.iter().enumerate() {
            values.push(value(&row, n, *kind)?);
        }
        if together && let Some(Value::Text(states)) = values.last_mut() {
            *states = one_rotation(states)?;
        }
        batch.push(values);
        if batch.len() == BATCH {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            if send.send(Ok(full)).await.is_err() {
                return Ok(());
            }
        }
    }
    if !batch.is_empty() {
        let _ = send.send(Ok(batch)).await;
    }
    Ok(())
}

fn value(row: &tokio_postgres::Row, n: usize, kind: Kind) -> Result<Value> {
    Ok(match kind {
        Kind::Int => row.try_get::<_, Option<i64>>(n)?.map(Value::Int),
        Kind::Day => row.try_get::<_, Option<i32>>(n)?.map(|day| Value::Int(day.into())),
        Kind::Flag => row.try_get::<_, Option<bool>>(n)?.map(|flag| Value::Int(flag.into())),
        Kind::Real => row.try_get::<_, Option<f64>>(n)?.map(Value::Real),
        Kind::Text => row.try_get::<_, Option<String>>(n)?.map(Value::Text),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(n)?.map(Value::Bytes),
    }
    .unwrap_or(Value::Null))
}

/// A rotator's credits at all nodes as those of one; of a single node as they are.
fn one_rotation(states: &str) -> Result<String> {
    if !states.contains('\n') {
        return Ok(states.to_owned());
    }
    let states: Vec<Rotation> = states
        .lines()
        .map(|state| super::values::read_json("rotations.state", state))
        .collect::<Result<_>>()?;
    super::values::json_text("rotations.state", &Rotation::together(states))
}

impl ToSql for Value {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) if *of == Type::INT8 => n.to_sql(of, out),
            Self::Int(n) if *of == Type::INT4 => i32::try_from(*n)?.to_sql(of, out),
            Self::Int(n) if *of == Type::BOOL => (*n != 0).to_sql(of, out),
            Self::Real(x) if *of == Type::FLOAT8 => x.to_sql(of, out),
            Self::Text(text) if *of == Type::TEXT => text.to_sql(of, out),
            Self::Bytes(bytes) if *of == Type::BYTEA => bytes.to_sql(of, out),
            _ => Err(format!("a value of another kind for {of}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
