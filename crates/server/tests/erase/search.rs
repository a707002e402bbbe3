//! Looks for marks: in every byte of every file, and in every row that a database gives out.

use crate::{
    common::{PATIENCE, database, shop::Shop},
    persons::Person,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(self::files(&path)),
            false => files.push(path),
        }
    }
    files
}

/// With what canaries begin: looking for these alone is fast.
const BEGINNINGS: [&str; 3] = ["cnry", "62812555", "36.77."];

/// Canaries in any file below a directory, with the file.
pub fn found(directory: &Path, canaries: &BTreeSet<String>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for path in files(directory) {
        // Removed since it was listed: then it has nothing any more.
        let Ok(bytes) = fs::read(&path) else { continue };
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        for beginning in BEGINNINGS {
            for at in memchr::memmem::find_iter(&bytes, beginning) {
                let stands = |canary: &&String| bytes[at..].starts_with(canary.as_bytes());
                found.extend(
                    canaries
                        .iter()
                        .filter(stands)
                        .map(|canary| (name.clone(), canary.clone())),
                );
            }
        }
    }
    found
}

/// That marks were found, before it is asked whether they are gone. What somebody says in a chat is not kept at all.
pub fn assert_all_there(canaries: &BTreeSet<String>, found: BTreeSet<(String, String)>) {
    let there: BTreeSet<_> = found.into_iter().map(|(_, canary)| canary).collect();
    let missing: Vec<_> = canaries
        .difference(&there)
        .filter(|canary| !canary.contains("spoken"))
        .collect();
    assert!(missing.is_empty(), "before, all of it is there: {missing:?}");
}

/// Marks in any table of the database of a directory, with the table.
pub fn found_in_tables(data: &Path, canaries: &BTreeSet<String>) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    // PostgreSQL shows bytes in hexadecimal digits.
    let stands_in = |row: &str, text: &str| row.contains(text) || row.contains(&hexadecimal(text));
    for (table, row) in database::all_rows(data) {
        if BEGINNINGS.iter().any(|beginning| stands_in(&row, beginning)) {
            let stands = |canary: &&String| stands_in(&row, canary);
            found.extend(
                canaries
                    .iter()
                    .filter(stands)
                    .map(|canary| (table.clone(), canary.clone())),
            );
        }
    }
    found
}

fn hexadecimal(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// Marks of persons.
pub fn canaries<'p>(persons: impl IntoIterator<Item = &'p Person>) -> BTreeSet<String> {
    persons.into_iter().flat_map(Person::canaries).collect()
}

/// Nothing that is given out has any of them: lists, files, the log.
pub fn assert_not_given_out(shop: &Shop, canaries: &BTreeSet<String>) {
    let webhook = shop.get("/webhooks")["items"][0]["id"].clone();
    let form = shop.get("/forms")["items"][0]["id"].clone();
    let lists = [
        "/leads?limit=200".to_owned(),
        "/leads.csv".to_owned(),
        "/deliveries?limit=200".to_owned(),
        "/reports/sources".to_owned(),
        "/reports/screening".to_owned(),
        format!("/webhooks/{}/messages", webhook.as_str().expect("an id")),
        format!("/forms/{}", form.as_str().expect("an id")),
    ];
    for list in lists {
        let request = crate::common::http::api(&shop.key, "GET", &list, None);
        // To the end of the connection: an export has no length.
        let mut connection = shop.server.connect();
        let sent = connection.send(&request.header("Connection", "close").bytes());
        sent.expect("it listens");
        let bytes = connection.rest(PATIENCE);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("HTTP/1.1 200"), "{list}: {text}");
        let given: Vec<_> = canaries
            .iter()
            .filter(|canary| text.contains(canary.as_str()))
            .collect();
        assert!(given.is_empty(), "{list}: {given:?}");
    }
    let log = shop.server.log();
    assert!(!canaries.iter().any(|canary| log.contains(canary.as_str())), "{log}");
}
