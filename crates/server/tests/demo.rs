//! The demo, seen from a shell: what it prints opens its dashboard.

mod common;

use common::{Server, http, konektor};
use serde_json::{Value, json};
use std::{fs, path::Path};

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
