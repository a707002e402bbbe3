//! Backups: made while visitors click, restored to another place and over the database itself. SPEC sections 4.1, 13 and 14.

mod common;

use common::{
    Server, database, free_addresses, http,
    http::{Connection, get},
    konektor, run,
    shop::Shop,
    wait_for,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

const CLIENTS: usize = 4;
/// Clicks of one client at most, however long the backup takes.
const MOST: usize = 3_000;

/// Somebody who was sent on.
#[derive(Clone, Debug)]
struct Visitor {
    click: String,
    code: String,
    cookie: String,
    digits: String,
}

fn click(connection: &mut Connection, name: &str) -> Visitor {
    let answer = connection
        .ask(&get(&format!("/wa/promo?gclid=G{name}&utm_content={name}")))
        .expect("an answer");
    Visitor {
        click: name.to_owned(),
        code: answer.code().to_owned(),
        cookie: answer.cookie().to_owned(),
        digits: answer.digits().to_owned(),
    }
}

/// Exit code and what was said on standard error.
fn fails(command: &mut Command) -> (i32, String) {
    let output = command.output().expect("it can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.stdout.is_empty() && !said.contains("panicked"), "{said}");
    (output.status.code().expect("no signal"), said)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The `utm_content` of all clicks that are stored.
fn stored(data: &Path) -> BTreeSet<String> {
    let database = database(data);
    let mut all = database
        .prepare("SELECT facts ->> '$.touch.utm.content' FROM clicks")
        .expect("the columns are there");
    let rows = all.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("texts")
}

/// Leads by agent.
fn shares(data: &Path) -> Vec<i64> {
    let database = database(data);
    let mut all = database
        .prepare("SELECT count(*) FROM leads GROUP BY agent_id")
        .expect("the columns are there");
    let rows = all.query_map([], |row| row.get(0)).expect("rows");
    rows.collect::<Result<_, _>>().expect("numbers")
}

fn is_fair(shares: &[i64]) -> bool {
    shares.len() == 3 && shares.iter().max() <= shares.iter().min().map(|least| least + 1).as_ref()
}

/// Clicks from several sides while `job` is done: those that were acknowledged before it began, and all.
fn clicks_during(shop: &Shop, job: impl FnOnce()) -> (Vec<Visitor>, Vec<Visitor>) {
    let (all, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let mut before = Vec::new();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (all, over) = (&all, &over);
            scope.spawn(move || {
                let mut connection = shop.server.connect();
                for n in 0..MOST {
                    let visitor = click(&mut connection, &format!("c{client}n{n}"));
                    all.lock().expect("no client panics").push(visitor);
                    if over.load(Ordering::Acquire) {
                        break;
                    }
                }
            });
        }
        wait_for("clicks before the backup", || {
            (all.lock().expect("no client panics").len() >= 200).then_some(())
        });
        before = all.lock().expect("no client panics").clone();
        job();
        over.store(true, Ordering::Release);
    });
    (before, all.into_inner().expect("no client panics"))
}

#[test]
fn a_backup_under_load_has_every_click_from_before_it_and_new_codes_are_those_of_nobody() {
    let mut shop = Shop::open();
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("backup.tar");
    let (before, all) = clicks_during(&shop, || {
        let said = run(shop.data(), &["--json", "backup", text(&file)]);
        let said: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(said["verified"], true);
    });
    assert_eq!(
        fs::metadata(&file).expect("it is there").permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::read_dir(place.path()).expect("a directory").count(),
        1,
        "nothing is left beside it"
    );
    // Lost with the server: what came after the backup.
    let late: Vec<_> = {
        let mut connection = shop.server.connect();
        (0..50).map(|n| click(&mut connection, &format!("late{n}"))).collect()
    };
    shop.server.kill();

    // On another machine, which has the key file and nothing else.
    let there = place.path().join("data");
    fs::create_dir(&there).expect("it can be made");
    let (code, said) = fails(konektor(&there).args(["restore", text(&file)]));
    assert_eq!(code, 1);
    assert!(said.contains("secret.key") && said.contains("--another-key"), "{said}");
    fs::write(there.join("secret.key"), "ab".repeat(32)).expect("it can be written");
    let (_, said) = fails(konektor(&there).args(["restore", text(&file)]));
    assert!(said.contains("is not the one of the backup"), "{said}");
    assert!(!there.join("konektor.db").exists() && !there.join("konektor-restoring").exists());
    fs::copy(shop.data().join("secret.key"), there.join("secret.key")).expect("it can be copied");
    let said = run(&there, &["--json", "restore", text(&file)]);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["verified"], true);

    let restored = stored(&there);
    for visitor in &before {
        assert!(
            restored.contains(&visitor.click),
            "{} was acknowledged before the backup",
            visitor.click
        );
    }
    assert!(restored.len() <= all.len());
    assert_eq!(said["counts"]["clicks"], restored.len());
    assert!(is_fair(&shares(&there)), "{:?}", shares(&there));

    let server = Server::start(&there, &[]);
    let mut connection = server.connect();
    // Who is in the backup is known; who is not is made again, under the code that their cookie has.
    let handed_out: Vec<_> = all.iter().chain(&late).collect();
    for visitor in handed_out.iter().step_by(7) {
        let answer = connection
            .ask(&get(&format!("/wa/promo?utm_content=back{}", visitor.click)).cookie(&visitor.cookie))
            .expect("an answer");
        assert_eq!(answer.code(), visitor.code);
        if restored.contains(&visitor.click) {
            assert_eq!(answer.digits(), visitor.digits, "with their agent");
        }
    }
    let mut codes: BTreeSet<_> = handed_out.iter().map(|visitor| visitor.code.clone()).collect();
    let known = codes.len();
    for n in 0..300 {
        codes.insert(click(&mut connection, &format!("new{n}")).code);
    }
    assert_eq!(
        codes.len(),
        known + 300,
        "no new visitor has a code that somebody else carries"
    );
    assert!(is_fair(&shares(&there)), "{:?}", shares(&there));
    server.stop();
}

#[test]
fn a_restoration_over_the_database_itself_needs_to_be_told_and_an_end_of_the_server() {
    let mut shop = Shop::open();
    let place = tempfile::tempdir().expect("a directory");
    let file = place.path().join("backup.tar");
    let first = {
        let mut connection = shop.server.connect();
        (0..5)
            .map(|n| click(&mut connection, &format!("a{n}")))
            .collect::<Vec<_>>()
    };
    run(shop.data(), &["backup", "--with-key", text(&file)]);
    let (code, said) = fails(konektor(shop.data()).args(["backup", text(&file)]));
    assert!(code == 1 && said.contains("--replace"), "{said}");
    let lost = click(&mut shop.server.connect(), "lost");

    let restore = |more: &[&str]| fails(konektor(shop.data()).args(["restore", text(&file)]).args(more));
    let (code, said) = restore(&[]);
    assert!(code == 1 && said.contains("--replace"), "{said}");
    let (code, said) = restore(&["--replace"]);
    assert!(code == 1 && said.contains("stop the server"), "{said}");
    assert_eq!(shop.clicks_stored(), 6, "and the server goes on");
    click(&mut shop.server.connect(), "goes-on");

    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    let damaged = place.path().join("damaged.tar");
    let mut bytes = fs::read(&file).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&damaged, bytes).expect("it can be written");
    let (code, said) = fails(konektor(shop.data()).args(["restore", "--replace", text(&damaged)]));
    assert!(code == 1 && said.contains("damaged"), "{said}");
    assert_eq!(stored(shop.data()).len(), 7, "what was there is still there");

    run(shop.data(), &["restore", "--replace", text(&file)]);
    assert_eq!(stored(shop.data()).len(), 5);
    shop.restart();
    let known = shop
        .server
        .ask(&get("/wa/promo?utm_content=b").cookie(&first[0].cookie));
    assert_eq!(
        (known.code(), known.digits()),
        (&first[0].code[..], &first[0].digits[..])
    );
    let back = shop.server.ask(&get("/wa/promo?utm_content=c").cookie(&lost.cookie));
    assert_eq!(back.code(), lost.code);
    assert_ne!(click(&mut shop.server.connect(), "d").code, lost.code);

    // Cut off between its two files, it is seen, and can be done again.
    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    fs::create_dir(shop.data().join("konektor-restoring")).expect("it can be made");
    let [address, metrics] = free_addresses();
    let (code, said) = fails(
        konektor(shop.data())
            .arg("serve")
            .env("KONEKTOR_LISTEN", address.to_string())
            .env("KONEKTOR_METRICS_LISTEN", metrics.to_string()),
    );
    assert!(code == 1 && said.contains("restore again"), "{said}");
    run(shop.data(), &["restore", "--replace", text(&file)]);
    shop.restart();
    assert_eq!(shop.clicks_stored(), 5);
    let answer = shop.server.ask(&http::api(&shop.key, "GET", "/leads", None));
    assert_eq!(answer.status, 200, "the key of before the backup opens");
}

#[test]
fn what_is_no_backup_is_refused_with_1_and_wrong_usage_with_2() {
    let place = tempfile::tempdir().expect("a directory");
    let data = place.path().join("data");
    fs::create_dir(&data).expect("it can be made");
    let file = place.path().join("file");
    for (content, says) in [("", "empty"), ("Dear diary, this is no archive. ", "no backup")] {
        fs::write(&file, content.repeat(40)).expect("it can be written");
        let (code, said) = fails(konektor(&data).args(["restore", text(&file)]));
        assert!(code == 1 && said.contains(says), "{said}");
    }
    let (code, said) = fails(konektor(&data).args(["restore", text(&place.path().join("nothing"))]));
    assert!(code == 1 && said.contains("there is no file"), "{said}");
    let (code, said) = fails(konektor(&data).args(["backup", text(&place.path().join("b.tar"))]));
    assert!(code == 1 && said.contains("there is no database"), "{said}");
    for arguments in [&["backup"][..], &["restore"], &["backup", "--frobnicate", "x"]] {
        assert_eq!(fails(konektor(&data).args(arguments)).0, 2, "{arguments:?}");
    }
    assert_eq!(fs::read_dir(&data).expect("a directory").count(), 0, "nothing was made");
}
