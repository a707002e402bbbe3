//! Several writes as one statement.

use super::{Write, Writes};
use std::fmt::Write as _;

/// The same writes as one statement. By itself each has an answer of its own, which PostgreSQL sends and we are woken for:
/// that costs more than a row. None of them sees what another has written.
pub(super) fn together(writes: Writes) -> Write {
    let mut sql = String::with_capacity(2_048);
    let mut values = Vec::new();
    for (n, (statement, more)) in writes.into_iter().enumerate() {
        let _ = write!(sql, "{} w{n} AS (", if n == 0 { "WITH" } else { "," });
        add_renumbered(&mut sql, &statement, values.len());
        sql.push(')');
        values.extend(more);
    }
    sql.push_str(" SELECT 1");
    (sql.into(), values)
}

/// Adds a statement whose `$1` is the value after the first `before`.
fn add_renumbered(sql: &mut String, statement: &str, before: usize) {
    let mut parts = statement.split('$');
    sql.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        let number: usize = number.parse().expect("what follows a $ is a value's number");
        let _ = write!(sql, "${}{rest}", number + before);
    }
}

#[test]
fn each_statement_keeps_its_values() {
    let of = |sql: &'static str, n: usize| {
        let values = (0..n).map(|v| Box::new(v as i64) as Box<dyn tokio_postgres::types::ToSql + Sync + Send>);
        (sql.into(), values.collect())
    };
    let writes = vec![
        of("INSERT INTO a VALUES ($1, $2)", 2),
        of("INSERT INTO b SELECT $2::text[] WHERE $1 = $10", 10),
        of("DELETE FROM c", 0),
        of("UPDATE d SET e = $1", 1),
    ];
    let (sql, values) = together(writes);
    assert_eq!(
        sql,
        "WITH w0 AS (INSERT INTO a VALUES ($1, $2)), w1 AS (INSERT INTO b SELECT $4::text[] WHERE $3 = $12), \
         w2 AS (DELETE FROM c), w3 AS (UPDATE d SET e = $13) SELECT 1"
    );
    assert_eq!(values.len(), 13);
}
