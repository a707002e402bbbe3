//! Erased in an embedded database, and erased again in a backup of before that is restored.

use crate::{
    common::{self, http::get, run, wait_for},
    persons::{Person, canary, open, person},
    search::{assert_all_there, assert_not_given_out, canaries, found},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};

const BYSTANDERS: usize = 20;

#[test]
fn of_erased_persons_no_file_has_anything_nor_has_an_older_backup_that_is_restored() {
    let count = crate::count();
    let (mut shop, form, whatsapp) = open(&[]);
    if common::database::of(shop.data()).is_some() {
        return; // it has backups of its own
    }
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

    let canaries = canaries(&persons);
    assert_all_there(&canaries, found(shop.data(), &canaries));
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
    assert_not_given_out(&shop, &canaries);

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
