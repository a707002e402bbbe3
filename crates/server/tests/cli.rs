//! The command line, seen from a shell: what it prints, what it says when something is wrong, how it exits.
//! SPEC sections 13 and 14.

mod common;

use common::{database, free_addresses, konektor, run, shop::add_workspace};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

/// Exit code, standard output, standard error.
fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().expect("it can be started");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    (
        output.status.code().expect("no signal"),
        text(&output.stdout),
        text(&output.stderr),
    )
}

/// Expects that a command fails, in one line, and gives that line.
fn failure(command: &mut Command) -> String {
    let (code, out, err) = outcome(command);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    let lines: Vec<_> = err.lines().filter(|line| line.starts_with("konektor: ")).collect();
    assert_eq!(lines.len(), 1, "{err}");
    lines[0].to_owned()
}

/// Expects that a message says all of this.
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} in {message:?}");
    }
}

/// `konektor serve` on free ports; for those that do not get far.
fn serve(data: &Path) -> Command {
    let [address, metrics] = free_addresses();
    let mut command = konektor(data);
    command.arg("serve").env("KONEKTOR_LISTEN", address.to_string());
    command.env("KONEKTOR_METRICS_LISTEN", metrics.to_string());
    command
}

#[test]
fn wrong_usage_exits_with_2_and_says_how() {
    let data = tempfile::tempdir().expect("a directory");
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["serve", "--port", "80"],
        &["workspace", "add"],
        &["key", "add", "--workspace", "one"],
        &["key", "add", "--workspace", "1", "--scope", "admin"],
        &["user", "add", "--workspace", "1", "--email", "a@b.id", "--role", "king"],
    ] {
        let (code, out, err) = outcome(konektor(data.path()).args(arguments));
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains("Usage") || err.contains("--help"), "{err}");
    }
    for arguments in [&["--help"][..], &["--version"], &["help", "serve"]] {
        let (code, out, _) = outcome(konektor(data.path()).args(arguments));
        assert_eq!(code, 0, "{arguments:?}");
        assert!(!out.is_empty());
    }
    assert_eq!(
        fs::read_dir(data.path()).expect("it is there").count(),
        0,
        "nothing was made"
    );
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file");
    fs::write(&file, "in the way").expect("it can be written");
    for data in [file.clone(), file.join("data")] {
        let names_it = |command: &mut Command| says(&failure(command), &[&file.display().to_string(), "KONEKTOR_DATA"]);
        names_it(&mut serve(&data));
        // Who only talks with a PostgreSQL elsewhere needs no directory.
        if database::of(&data).is_none() {
            names_it(konektor(&data).args(["workspace", "add", "--name", "Toko"]));
        }
    }
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "in the way");
}

#[test]
fn a_read_only_data_directory_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let closed = directory.path().join("closed");
    fs::create_dir(&closed).expect("it can be made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("it is ours");
    // Permissions do not hold root back; what the system itself does not allow does.
    let is_root = fs::write(closed.join("probe"), "").is_ok();
    let data = if is_root { Path::new("/proc/sys") } else { &closed };
    let message = failure(&mut serve(data));
    says(
        &message,
        &["cannot write", &data.display().to_string(), "KONEKTOR_DATA"],
    );
}

#[test]
fn a_database_file_that_is_not_ours_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let database = directory.path().join("konektor.db");
    let diary = "Dear diary, this is not a database. ".repeat(300);
    fs::write(&database, &diary).expect("it can be written");
    // Empty is the file, whatever the other tests are run on.
    let message = failure(serve(directory.path()).env("KONEKTOR_DATABASE", ""));
    says(
        &message,
        &["is not a Konektor database", "konektor.db", "KONEKTOR_DATABASE"],
    );
    assert_eq!(fs::read_to_string(&database).expect("it is there"), diary);

    let other = directory.path().join("other.db");
    let connection = rusqlite::Connection::open(&other).expect("it can be made");
    connection
        .execute_batch("CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('x')")
        .expect("SQL");
    let url = format!("sqlite:{}", other.display());
    let message = failure(serve(directory.path()).env("KONEKTOR_DATABASE", url));
    says(&message, &["is not a Konektor database", "other.db"]);
    let kept: i64 = connection
        .query_row("SELECT count(*) FROM diary", [], |row| row.get(0))
        .expect("it is there");
    assert_eq!(kept, 1);
}

#[test]
fn a_newer_schema_is_refused_and_nothing_is_lost() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path();
    run(data, &["workspace", "add", "--name", "Toko"]);
    let newer = "INSERT INTO refinery_schema_history
                 SELECT 999, 'future', applied_on, checksum FROM refinery_schema_history LIMIT 1";
    database::change(data, newer);
    let name = match database::of(data) {
        Some(url) => format!("the database {}", url.rsplit('/').next().expect("a name")),
        None => "konektor.db".to_owned(),
    };
    says(&failure(&mut serve(data)), &["newer Konektor", "999", &name]);
    database::change(data, "DELETE FROM refinery_schema_history WHERE version = 999");
    assert_eq!(
        run(data, &["workspace", "add", "--name", "Kedai"]),
        "2",
        "the first is still there"
    );
}

#[test]
fn a_key_file_that_cannot_be_read_is_not_replaced() {
    let directory = tempfile::tempdir().expect("a directory");
    let key = directory.path().join("secret.key");
    fs::write(&key, "half a ke").expect("it can be written");
    says(
        &failure(&mut serve(directory.path())),
        &["secret.key", "64 hexadecimal digits", "KONEKTOR_SECRET_KEY"],
    );
    assert_eq!(fs::read_to_string(&key).expect("it is there"), "half a ke");
}

#[test]
fn a_bad_setting_is_named() {
    let data = tempfile::tempdir().expect("a directory");
    for (name, value) in [
        ("KONEKTOR_LISTEN", "nonsense"),
        ("KONEKTOR_METRICS_LISTEN", "127.0.0.1:99999"),
        ("KONEKTOR_DATABASE", "mysql://localhost/konektor"),
        ("KONEKTOR_PUBLIC_URL", "go.example.com"),
        ("KONEKTOR_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("KONEKTOR_SECRET_KEY", "too-short"),
        ("KONEKTOR_FLOOD_ADDRESS_PER_MINUTE", "many"),
    ] {
        let message = failure(konektor(data.path()).arg("config").env(name, value));
        says(&message, &[&name["KONEKTOR_".len()..].to_lowercase()]);
        assert!(
            name != "KONEKTOR_SECRET_KEY" || !message.contains(value),
            "a secret is never shown: {message}"
        );
    }
}

#[test]
fn a_port_in_use_is_named_with_the_setting() {
    let data = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    for name in ["KONEKTOR_LISTEN", "KONEKTOR_METRICS_LISTEN"] {
        let message = failure(serve(data.path()).env(name, &address));
        says(&message, &["cannot listen on", &address, name]);
    }
}

#[test]
fn config_shows_what_is_in_effect_and_hides_the_secret() {
    let data = tempfile::tempdir().expect("a directory");
    let secret = "0123456789abcdef".repeat(4);
    let config = |arguments: &[&str]| {
        let mut command = konektor(data.path());
        command
            .env("KONEKTOR_SECRET_KEY", &secret)
            .env("KONEKTOR_PUBLIC_URL", "https://go.example.com/");
        let (code, out, err) = outcome(command.args(arguments));
        assert_eq!(code, 0, "{err}");
        assert!(!out.contains(&secret) && !err.contains(&secret));
        out
    };
    let plain = config(&["config"]);
    for line in [
        "listen = 127.0.0.1:8080",
        "secret_key = (set)",
        "public_url = https://go.example.com",
    ] {
        assert!(plain.lines().any(|shown| shown == line), "{line} in {plain}");
    }
    let json: Value = serde_json::from_str(&config(&["config", "--json"])).expect("JSON");
    assert_eq!(json["secret_key"], "(set)");
    assert_eq!(json["data"], data.path().display().to_string());
}

#[test]
fn a_setting_of_the_file_holds_and_the_environment_wins() {
    let data = tempfile::tempdir().expect("a directory");
    fs::write(
        data.path().join("konektor.toml"),
        "listen = \"127.0.0.1:1234\"\nlog = \"warn\"\n",
    )
    .expect("it can be written");
    let (_, out, _) = outcome(konektor(data.path()).arg("config").env("KONEKTOR_LOG", "debug"));
    assert!(
        out.contains("listen = 127.0.0.1:1234\n") && out.contains("log = debug"),
        "{out}"
    );
    fs::write(data.path().join("konektor.toml"), "lisen = \"127.0.0.1:1234\"\n").expect("it can be written");
    says(&failure(konektor(data.path()).arg("config")), &["lisen"]);
}

#[test]
fn what_is_added_is_printed_and_nothing_else() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path();
    assert_eq!(
        outcome(konektor(data).args(["workspace", "add", "--name", "Toko"])),
        (0, "1\n".to_owned(), String::new())
    );
    let (code, key, err) = outcome(konektor(data).args(["key", "add", "--workspace", "1", "--scope", "read,write"]));
    assert_eq!((code, err.as_str()), (0, ""));
    let key = key.strip_suffix('\n').expect("a line");
    assert!(key.len() >= 20 && !key.contains(char::is_whitespace), "{key:?}");

    let json = |arguments: &[&str]| -> Value { serde_json::from_str(&run(data, arguments)).expect("JSON") };
    assert_eq!(json(&["workspace", "add", "--name", "Kedai", "--json"])["id"], "2");
    let added = json(&["--json", "key", "add", "--workspace", "2"]);
    assert!(added["id"].is_string() && added["key"].is_string(), "{added}");
}

#[test]
fn what_cannot_be_added_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path();
    for (arguments, parts) in [
        (&["workspace", "add", "--name", " "][..], &["name"][..]),
        (
            &["workspace", "add", "--name", "Toko", "--country", "Indonesia"],
            &["INDONESIA", "two letters"],
        ),
        (
            &["workspace", "add", "--name", "Toko", "--time-zone", "Asia/Bandung"],
            &["Asia/Bandung", "IANA"],
        ),
        (
            &["key", "add", "--workspace", "7"],
            &["no workspace 7", "konektor workspace add"],
        ),
        (
            &["user", "add", "--workspace", "7", "--email", "budi", "--role", "owner"],
            &["budi", "e-mail"],
        ),
    ] {
        says(&failure(konektor(data).args(arguments)), parts);
    }
    let (workspace, _) = add_workspace(data, "Toko");
    assert_eq!(workspace, "1", "nothing was added before");
}

#[test]
fn a_users_password_is_read_from_standard_input() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path();
    run(data, &["workspace", "add", "--name", "Toko"]);
    let add = |email: &str, password: &str| {
        let mut command = konektor(data);
        command.args(["user", "add", "--workspace", "1", "--role", "owner", "--email", email]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it can be started");
        child
            .stdin
            .take()
            .expect("piped")
            .write_all(password.as_bytes())
            .expect("it reads");
        let output = child.wait_with_output().expect("it is ours");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = add("budi@kopi.id", "short\n");
    assert_eq!((code, out.as_str()), (Some(1), ""));
    says(&err, &["the password has 5 characters", "at least 10"]);
    assert_eq!(
        add("budi@kopi.id", "benar kuda baterai\n"),
        (Some(0), "1\n".to_owned(), String::new())
    );
    let (code, _, err) = add("Budi@Kopi.id", "benar kuda baterai\n");
    assert_eq!(code, Some(1));
    says(&err, &["budi@kopi.id", "already"]);
    let stored: Vec<[_; 1]> = common::database::rows(data, "SELECT password_hash FROM users");
    let hash = stored[0][0].as_deref().expect("one user");
    assert!(hash.starts_with("$argon2id$"), "{hash}");
}

#[test]
fn the_doctor_says_what_is_wrong_and_exits_with_1_if_something_is_lost() {
    use common::{http, shop::Shop};
    let directory = tempfile::tempdir().expect("a directory");
    let empty = directory.path().join("data");
    assert_eq!(
        outcome(konektor(&empty).arg("doctor")),
        (0, "All is well.\n".to_owned(), String::new())
    );

    let shop = Shop::open();
    let slug = http::get("/wa/prmo");
    for _ in 0..3 {
        assert_eq!(shop.server.ask(&slug).status, 404);
    }
    assert_eq!(shop.server.ask(&http::get("/wa/promo?fbclid=IwAR0")).status, 302);
    let look = || {
        let (code, out, err) = outcome(konektor(shop.data()).args(["doctor", "--json"]));
        (code, serde_json::from_str::<Value>(&out).expect("JSON"), err)
    };
    // The mistyped link is written down with the next pass of the fold; it is no loss by itself.
    let (code, found, _) = common::wait_for("what is wrong", || {
        Some(look()).filter(|(_, found, _)| found["items"].as_array().is_some_and(|items| !items.is_empty()))
    });
    assert_eq!((code, &found["problems"]), (0, &Value::from(0)), "{found}");
    let mistyped = &found["items"][0];
    assert_eq!(
        (&mistyped["kind"], &mistyped["details"]["near"]),
        (&"orphan_hits".into(), &"promo".into())
    );

    shop.patch_rotator(serde_json::json!({ "agents": [] }));
    let (code, found, err) = look();
    assert_eq!(
        (code, &found["items"][0]["kind"]),
        (1, &"rotator_empty".into()),
        "{found}"
    );
    says(&err, &["the doctor found a problem"]);
    let (code, out, _) = outcome(konektor(shop.data()).args(["doctor", "--workspace", &shop.workspace]));
    assert_eq!(code, 1);
    says(
        &out,
        &[
            "PROBLEM: ",
            "/wa/promo",
            "1 ad click",
            "WARNING: /wa/prmo",
            "Add agents",
        ],
    );
    let elsewhere = outcome(konektor(shop.data()).args(["doctor", "--workspace", "9"]));
    says(&elsewhere.2, &["no workspace 9"]);
}

#[test]
fn the_key_file_is_made_for_its_owner_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    common::Server::start(directory.path(), &[]).stop();
    let file = fs::metadata(directory.path().join("secret.key")).expect("it was made");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
}

#[test]
fn health_says_how_the_running_server_is_and_fails_without_one() {
    let data = tempfile::tempdir().expect("a directory");
    let mut server = common::Server::start(data.path(), &[]);
    let metrics = server.metrics().to_string();
    let health = || {
        let mut command = konektor(data.path());
        command.arg("health").env("KONEKTOR_METRICS_LISTEN", &metrics);
        command
    };
    assert_eq!(outcome(&mut health()), (0, "ready\n".to_owned(), String::new()));
    let (_, json, _) = outcome(health().arg("--json"));
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json, serde_json::json!({ "state": "ready" }));
    server.kill();
    says(&failure(&mut health()), &["no server answers on", &metrics]);
}
