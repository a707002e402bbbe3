//! Erasing persons: afterwards nothing of them is in any file, nor after an older backup is restored. SPEC section 12.
//!
//! More of them by hand: `KONEKTOR_ERASE_PERSONS=100 cargo test -p konektor --test erase`.

mod common;

use common::{
    http::{Request, get},
    konektor, run,
    shop::Shop,
    wait_for,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const BYSTANDERS: usize = 20;
const SECRET: &str = "app-secret-1";

/// Everything that is told of one person, each of which nobody else has.
struct Person {
    n: usize,
    code: String,
    cookie: String,
    lead: String,
}

impl Person {
    fn phone(n: usize) -> String {
        format!("62812555{n:05}")
    }

    fn address(n: usize) -> String {
        format!("36.77.{}.{}", 101 + n / 100, 101 + n % 100)
    }

    /// What must be nowhere afterwards.
    fn canaries(&self) -> Vec<String> {
        let n = self.n;
        let mut canaries: Vec<_> = [
            "name", "notes", "source", "campaign", "content", "referrer", "agent", "click", "second", "answer",
            "spoken",
        ]
        .iter()
        .map(|kind| canary(kind, n))
        .collect();
        canaries.extend([
            format!("{}@contoh.id", canary("mail", n)),
            Self::phone(n),
            Self::address(n),
        ]);
        canaries
    }
}

fn canary(kind: &str, n: usize) -> String {
    format!("cnry{kind}{n:04}x")
}

fn post(path: &str, body: &Value) -> Request {
    let text = body.to_string();
    let request = get(path).method("POST").user_agent("FormTool/1.0");
    Request {
        body: text,
        ..request.header("Content-Type", "application/json")
    }
}

fn path_of(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url[url.find("/hooks/").expect("a hook")..].to_owned()
}

/// A person comes twice by ads, fills in a form, writes on WhatsApp, and is worked on.
fn person(shop: &Shop, form: &str, whatsapp: &str, n: usize) -> Person {
    let link = format!(
        "/wa/promo?fbclid={}&utm_source={}&utm_campaign={}&utm_content={}",
        canary("click", n),
        canary("source", n),
        canary("campaign", n),
        canary("content", n)
    );
    let phone = format!("{} {}", common::http::PHONE, canary("agent", n));
    let visit = |link: &str| {
        get(link)
            .user_agent(&phone)
            .header("Referer", &format!("https://{}.example/", canary("referrer", n)))
            .header("X-Forwarded-For", &Person::address(n))
    };
    let answer = shop.server.ask(&visit(&link));
    let (code, cookie) = (answer.code().to_owned(), answer.cookie().to_owned());
    let again = format!("/wa/promo?gclid={}", canary("second", n));
    shop.server.ask(&visit(&again).cookie(&cookie));
    // A bot that comes with the same click ID: a sample of what was not counted.
    shop.server.ask(&visit(&link).user_agent("curl/8.0"));
    let filled = json!({
        "visitor_code": code, "name": canary("name", n), "email": format!("{}@contoh.id", canary("mail", n)),
        "phone": Person::phone(n), "pertanyaan": canary("answer", n),
    });
    assert_eq!(shop.server.ask(&post(form, &filled)).status, 200);
    let message = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
            "contacts": [{ "profile": { "name": canary("name", n) }, "wa_id": Person::phone(n) }],
            "messages": [{
                "from": Person::phone(n), "id": format!("wamid.{}", canary("spoken", n)), "timestamp": "1783000000",
                "text": { "body": format!("Halo {code} {}", canary("spoken", n)) }, "type": "text",
            }],
        },
    }] }] });
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(message.to_string().as_bytes());
    let tag: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signed = post(whatsapp, &message).header("X-Hub-Signature-256", &format!("sha256={tag}"));
    assert_eq!(shop.server.ask(&signed).status, 200);
    let edit = json!({
        "name": canary("name", n), "notes": canary("notes", n).repeat(1 + n % 7), "status": "qualified",
        "email": format!("{}@contoh.id", canary("mail", n)), "phone": Person::phone(n),
    });
    let request = common::http::api(&shop.key, "PATCH", &format!("/leads/{code}"), Some(&edit));
    let edited = shop.server.ask(&request.header("Idempotency-Key", &canary("name", n)));
    assert_eq!(edited.status, 200, "{edited:?}");
    let lead = edited.json()["id"].as_str().expect("an id").to_owned();
    Person { n, code, cookie, lead }
}

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
fn found(directory: &Path, canaries: &BTreeSet<String>) -> BTreeSet<(String, String)> {
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

fn open() -> (Shop, String, String) {
    let shop = Shop::with(
        3,
        &[
            ("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1"),
            ("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.1"),
            // Nobody is there: events and messages wait, with what was to be sent.
            ("KONEKTOR_META_URL", "http://127.0.0.1:9"),
            ("KONEKTOR_FORM_RATE", "0"),
        ],
    );
    shop.post(
        "/destinations",
        json!({
            "platform": "meta", "name": "Meta", "settings": { "dataset_id": "1234567890123" },
            "credentials": { "access_token": "EAAthrowaway" },
        }),
    );
    shop.post(
        "/webhooks",
        json!({ "url": "http://127.0.0.1:1025/hook", "events": ["lead.created", "lead.updated", "click.recorded"] }),
    );
    let form = path_of(&shop.post("/forms", json!({ "name": "Kontak" }))["url"]);
    let fields = json!({ "phone_number_id": "106540352242922", "app_secret": SECRET, "verify_token": "kata-kunci" });
    let whatsapp = path_of(&shop.server.api(&shop.key, "PUT", "/whatsapp", Some(&fields))["url"]);
    (shop, form, whatsapp)
}

#[test]
fn of_erased_persons_no_file_has_anything_nor_has_an_older_backup_that_is_restored() {
    let count = std::env::var("KONEKTOR_ERASE_PERSONS").map_or(20, |count| count.parse().expect("a number"));
    let (mut shop, form, whatsapp) = open();
    let persons: Vec<_> = (0..count).map(|n| person(&shop, &form, &whatsapp, n)).collect();
    let others: Vec<_> = (count..count + BYSTANDERS)
        .map(|n| person(&shop, &form, &whatsapp, n))
        .collect();
    // One is two: a further visitor, who turns out to be the first.
    let second = shop.server.ask(&get("/wa/promo?utm_source=second-phone"));
    shop.post(
        &format!("/leads/{}/merge", second.code()),
        json!({ "into": persons[0].lead }),
    );
    // One was taken out of the list before.
    let removed = common::http::api(&shop.key, "DELETE", &format!("/leads/{}", persons[1].code), None);
    assert_eq!(shop.server.ask(&removed).status, 204);
    wait_for("all messages to have been tried", || {
        let tried = fold_count(shop.data(), "SELECT count(*) FROM webhook_payloads");
        let made = fold_count(shop.data(), "SELECT count(*) FROM webhook_messages");
        (tried > 0 && made >= count as i64).then_some(())
    });
    wait_for("all events to be there", || {
        (fold_count(shop.data(), "SELECT count(*) FROM deliveries") >= count as i64).then_some(())
    });

    let canaries: BTreeSet<_> = persons.iter().flat_map(Person::canaries).collect();
    let there: BTreeSet<_> = found(shop.data(), &canaries)
        .into_iter()
        .map(|(_, canary)| canary)
        .collect();
    let missing: Vec<_> = canaries
        .difference(&there)
        .filter(|canary| !canary.contains("spoken"))
        .collect();
    assert!(missing.is_empty(), "before, all of it is there: {missing:?}");
    let place = tempfile::tempdir().expect("a directory");
    let backup = place.path().join("backup.tar");
    let backup = backup.to_str().expect("UTF-8");
    run(shop.data(), &["backup", "--with-key", backup]);

    for person in &persons {
        match person.n % 5 {
            0 | 1 => {
                let erased = shop.post(&format!("/leads/{}/erase", person.code), json!({}));
                let leads = if person.n == 0 { 2 } else { 1 };
                assert_eq!(erased["leads"].as_array().expect("a list").len(), leads, "{erased}");
                assert!(erased["clicks"].as_u64() >= Some(2), "{erased}");
            }
            kind => {
                let (option, value) = match kind {
                    2 => ("--phone", format!("+{}", Person::phone(person.n))),
                    3 => ("--email", format!("{}@Contoh.id", canary("mail", person.n))),
                    _ => ("--lead", person.lead.clone()),
                };
                let erased = run(
                    shop.data(),
                    &["--json", "erase", "--workspace", &shop.workspace, option, &value],
                );
                let erased: Value = serde_json::from_str(&erased).expect("JSON");
                assert_eq!(erased["leads"], json!([person.lead]));
            }
        }
    }
    // What the server had in memory has come to the files by then.
    let marker = shop.server.ask(&get("/wa/promo?utm_source=marker"));
    shop.lead_with_clicks(marker.code(), 1);
    let last = shop.post(&format!("/leads/{}/erase", marker.code()), json!({}));
    assert_eq!(last["files_clean"], true);
    assert_eq!(
        found(shop.data(), &canaries),
        BTreeSet::new(),
        "in the files of the running server"
    );
    assert!(
        !canaries
            .iter()
            .any(|canary| shop.server.log().contains(canary.as_str())),
        "nor in its log"
    );
    let export = shop.get("/leads?limit=200").to_string();
    assert!(!canaries.iter().any(|canary| export.contains(canary.as_str())));

    // The others have lost nothing.
    for other in &others {
        let lead = shop.get(&format!("/leads/{}", other.code));
        assert_eq!(
            (&lead["name"], &lead["click_count"]),
            (&json!(canary("name", other.n)), &json!(2))
        );
        let items = shop.get(&format!("/leads/{}/timeline", other.code))["items"].clone();
        assert!(items.as_array().expect("a list").len() > 4, "{items}");
    }
    assert_eq!(shop.leads().len(), BYSTANDERS);
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_source=back").cookie(&persons[3].cookie));
    assert_ne!(back.code(), persons[3].code, "whoever comes back is somebody new");

    // A backup of afterwards has nothing; one of before loses them when it is restored.
    let after = place.path().join("after");
    fs::create_dir(&after).expect("it can be made");
    run(
        shop.data(),
        &["backup", after.join("backup.tar").to_str().expect("UTF-8")],
    );
    assert_eq!(found(&after, &canaries), BTreeSet::new());
    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    let restored = run(shop.data(), &["--json", "restore", "--replace", backup]);
    let restored: Value = serde_json::from_str(&restored).expect("JSON");
    assert_eq!(restored["erased_again"], count + 2, "{restored}");
    assert_eq!(found(shop.data(), &canaries), BTreeSet::new(), "in the restored files");
    shop.restart();
    assert_eq!(shop.leads().len(), BYSTANDERS);
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_source=back").cookie(&persons[4].cookie));
    assert!(persons.iter().all(|person| person.code != back.code()));

    // Put in by hand, without `restore`: the next start sees to it.
    let unpacked = place.path().join("unpacked");
    fs::create_dir(&unpacked).expect("it can be made");
    run(&unpacked, &["restore", backup]);
    assert!(!found(&unpacked, &canaries).is_empty(), "nobody told this one");
    fs::copy(shop.data().join("erased.journal"), unpacked.join("erased.journal")).expect("it can be copied");
    let server = common::Server::start(&unpacked, &[]);
    assert_eq!(
        found(&unpacked, &canaries),
        BTreeSet::new(),
        "in what was put in by hand"
    );
    server.stop();
}

fn fold_count(data: &Path, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let fold = rusqlite::Connection::open_with_flags(data.join("konektor-fold.db"), flags).expect("it is there");
    fold.busy_timeout(common::PATIENCE).expect("a time-out can be set");
    fold.query_row(sql, [], |row| row.get(0)).expect("a number")
}

#[test]
fn nobody_is_erased_by_mistake_and_what_is_held_can_be_listed() {
    let (shop, form, whatsapp) = open();
    let one = person(&shop, &form, &whatsapp, 1);
    shop.lead_with_clicks(&one.code, 2);
    let erase = |arguments: &[&str]| {
        let mut command = konektor(shop.data());
        let output = command
            .args(["erase", "--workspace", &shop.workspace])
            .args(arguments)
            .output();
        let output = output.expect("it can be started");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    for nobody in [
        &["--code", "ZZZZZZZ"][..],
        &["--phone", "+6281299999999"],
        &["--email", "nobody@contoh.id"],
        &["--lead", "1"],
    ] {
        let (code, said) = erase(nobody);
        assert!(
            code == Some(1) && said.contains("nothing was erased"),
            "{nobody:?}: {said}"
        );
    }
    for wrong in [&[][..], &["--lead", "x"], &["--lead", "1", "--code", "ABC1234"]] {
        assert_eq!(erase(wrong).0, Some(2), "{wrong:?}");
    }
    let (code, said) = erase(&["--phone", "12"]);
    assert!(code == Some(1) && !said.contains("panicked"), "{said}");
    let held = run(
        shop.data(),
        &[
            "held-data",
            "--workspace",
            &shop.workspace,
            "--from",
            "2026-01-01T00:00:00Z",
            "--to",
            "2100-01-01T00:00:00Z",
        ],
    );
    let lines: Vec<_> = held.lines().collect();
    assert_eq!(lines.len(), 2, "{held}");
    for kind in [
        "address",
        "click_ids",
        "clicks",
        "email",
        "form_fields",
        "name",
        "notes",
        "phone",
        "user_agent",
        "whatsapp_id",
    ] {
        assert!(lines[1].split([',', ' ']).any(|word| word == kind), "{kind} in {held}");
    }
    let before = ["--from", "2020-01-01T00:00:00Z", "--to", "2020-02-01T00:00:00Z"];
    let none = run(
        shop.data(),
        &[&["held-data", "--workspace", &shop.workspace][..], &before].concat(),
    );
    assert_eq!(none.lines().count(), 1, "{none}");
    assert_eq!(shop.leads().len(), 1);
}
