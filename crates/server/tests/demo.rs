//! The demo, seen from a shell: what it prints opens its dashboard.

mod common;

use common::{Server, http, konektor};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

/// Prepares a demo: the facts that it prints, and what it logs.
fn prepare(data: &Path) -> (Value, String) {
    let mut command = konektor(data.parent().expect("a directory"));
    let demo = ["demo", "--prepare", "--json", "--data"];
    let output = command.env("KONEKTOR_LOG", "trace").args(demo).arg(data).output();
    let output = output.expect("it can be started");
    let log = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(output.status.success(), "{log}");
    (serde_json::from_slice(&output.stdout).expect("JSON"), log)
}

fn sign_in(server: &Server, facts: &Value) -> http::Answer {
    let form = json!({ "email": facts["email"], "password": facts["password"] });
    let request = http::get("/api/v1/session").method("POST");
    let request = request.header("Content-Type", "application/json");
    server.ask(&http::Request {
        body: form.to_string(),
        ..request
    })
}

#[test]
fn who_reads_what_the_demo_prints_can_sign_in_as_its_owner() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("demo");
    let (facts, log) = prepare(&data);
    let password = facts["password"].as_str().expect("text");
    assert!(password.len() >= 20);
    assert_eq!(facts["dashboard"], "http://127.0.0.1:8080");
    assert!(!log.contains(password), "it is not logged");
    let (another, _) = prepare(&directory.path().join("another"));
    assert_ne!(another["password"], facts["password"], "each demo has its own");
    let server = Server::start(&data, &[("KONEKTOR_LOG", "trace")]);
    let signed_in = sign_in(&server, &facts);
    assert_eq!(signed_in.status, 200, "{signed_in:?}");
    assert_eq!(signed_in.json()["role"], "owner");
    assert_eq!(sign_in(&server, &another).status, 401);
    assert!(!server.log().contains(password), "nor when it is used");
    let mut paths = vec![data];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(
                fs::read_dir(&path)
                    .expect("it is there")
                    .map(|file| file.expect("an entry").path()),
            );
            continue;
        }
        let bytes = fs::read(&path).expect("it can be read");
        let stored = bytes
            .windows(password.len())
            .any(|window| window == password.as_bytes());
        assert!(!stored, "{}", path.display());
    }
    server.stop();
}

#[test]
fn the_demo_writes_a_cookie_for_each_lead_that_it_makes() {
    let directory = tempfile::tempdir().expect("a directory");
    let (data, file) = (directory.path().join("demo"), directory.path().join("cookies"));
    let mut command = konektor(directory.path());
    command.args(["demo", "--prepare", "--json", "--data"]).arg(&data);
    // Three parts of the generator: between them numbers stay unused where many come back.
    command.args(["--leads", "12288", "--clicks", "36864", "--cookies"]);
    let output = command.arg(&file).output().expect("it can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let facts: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let cookies = fs::read_to_string(file).expect("it is there");

    let server = Server::start(&data, &[]);
    let key = facts["api_key"].as_str().expect("text");
    let (mut leads, mut path) = (BTreeSet::new(), "/leads?limit=200".to_owned());
    loop {
        let page = server.api(key, "GET", &path, None);
        let items = page["items"].as_array().expect("a list");
        leads.extend(items.iter().map(|lead| lead["code"].as_str().expect("text").to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/leads?limit=200&cursor={cursor}");
    }
    let codes: BTreeSet<_> = cookies.lines().map(|cookie| code(cookie).to_owned()).collect();
    assert!(
        codes == leads,
        "{} of {} are of a lead",
        codes.intersection(&leads).count(),
        leads.len()
    );
    assert_eq!((leads.len(), cookies.lines().count()), (12_288, 12_288));
    server.stop();
}

/// `visitor_code=BV2WX10.20779.…`
fn code(cookie: &str) -> &str {
    let value = cookie.split_once('=').expect("name and value").1;
    value.split_once('.').expect("code and the rest").0
}
