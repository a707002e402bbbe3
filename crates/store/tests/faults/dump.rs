//! What a database holds, as text that can be compared; and whether it is sound.
#![allow(dead_code, reason = "each test binary uses its part")]

use rusqlite::{Connection, OpenFlags, types::ValueRef};
use std::path::Path;

/// Columns that differ between runs, or may: keys made by chance, the time of a migration, numbers that were reserved for a
/// batch that then failed.
const LEFT_OUT: [(&str, &str); 4] = [
    ("installation", "fingerprint_key"),
    ("signing_keys", "salt"),
    ("workspaces", "next_number"),
    ("refinery_schema_history", "applied_on"),
];

/// All rows of both files, a line each, sorted. Empty where there is no database.
pub fn dump(database: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for path in konektor_store::sqlite::backup::files(database) {
        if path.metadata().is_ok_and(|file| file.len() > 0) {
            dump_file(&path, &mut lines);
        }
    }
    lines.sort();
    lines
}

fn dump_file(path: &Path, lines: &mut Vec<String>) {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("it opens");
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .expect("SQL");
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("names");
    for table in tables {
        let mut all = connection.prepare(&format!("SELECT * FROM {table}")).expect("SQL");
        let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut rows = all.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let mut line = table.clone();
            for (n, column) in columns.iter().enumerate() {
                if LEFT_OUT.contains(&(table.as_str(), column.as_str())) {
                    continue;
                }
                line.push_str(&format!(" {column}="));
                match row.get_ref(n).expect("a value") {
                    ValueRef::Null => line.push('-'),
                    ValueRef::Integer(n) => line.push_str(&n.to_string()),
                    ValueRef::Real(x) => line.push_str(&format!("{x:.6}")),
                    ValueRef::Text(text) => line.push_str(&String::from_utf8_lossy(text)),
                    ValueRef::Blob(bytes) => bytes.iter().for_each(|byte| line.push_str(&format!("{byte:02x}"))),
                }
            }
            lines.push(line);
        }
    }
}

/// What differs, for a person.
pub fn difference(wanted: &[String], found: &[String]) -> String {
    let lacks = wanted
        .iter()
        .filter(|line| !found.contains(line))
        .map(|line| format!("- {line}"));
    let more = found
        .iter()
        .filter(|line| !wanted.contains(line))
        .map(|line| format!("+ {line}"));
    lacks.chain(more).take(12).collect::<Vec<_>>().join("\n")
}

/// What must hold of any database: both files are sound, nothing refers to what is not there, each rotator's credits are what
/// its ledger says, and there is a turn for a lead and no more. Visitors who were sent on without the store, in so many
/// batches, had turns that nobody asked rotation for.
pub fn check(database: &Path, batches_beside: i64) -> Result<(), String> {
    let said = |error: rusqlite::Error| error.to_string();
    for path in konektor_store::sqlite::backup::files(database) {
        let connection = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(said)?;
        let verdict: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .map_err(said)?;
        let mut dangling = connection.prepare("PRAGMA foreign_key_check").map_err(said)?;
        if verdict != "ok" || dangling.exists([]).map_err(said)? {
            return Err(format!("{}: {verdict}", path.display()));
        }
    }
    let connection = Connection::open(database).map_err(said)?;
    let one = |sql: &str| -> Result<i64, String> { connection.query_row(sql, [], |row| row.get(0)).map_err(said) };
    let unpaid = "SELECT count(*) FROM (SELECT sum(given) AS given, sum(due) AS due FROM turns GROUP BY rotator_id)
                  WHERE abs(given - due) > 0.001";
    if one(unpaid)? != 0 {
        return Err("turns were given that nobody was owed".to_owned());
    }
    let ahead = "SELECT count(*) FROM (SELECT sum(given) - sum(due) AS ahead FROM turns GROUP BY rotator_id, agent_id)
                 WHERE abs(ahead) >= 1.001";
    if batches_beside == 0 && one(ahead)? != 0 {
        return Err("somebody is a turn ahead of what is due".to_owned());
    }
    let turns = one("SELECT coalesce(sum(given), 0) FROM turns")?;
    let leads = one("SELECT (SELECT count(*) FROM leads WHERE first_click <> 0) + (SELECT count(*) FROM erased)")?;
    match turns <= leads {
        true => Ok(()),
        false => Err(format!("{turns} turns for {leads} leads")),
    }
}
