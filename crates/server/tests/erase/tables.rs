//! Erased by the API and by the command line, whatever the database: no table has anything of them, and nothing that is given out.

use crate::{
    common::{self, database, http::get, run, wait_for},
    persons::{Person, canary, open, person},
    search::{assert_all_there, assert_not_given_out, canaries, found, found_in_tables},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn of_erased_persons_no_table_has_anything() {
    let (shop, form, whatsapp) = open(&[]);
    let persons: Vec<_> = (0..crate::count())
        .map(|n| person(&shop, &form, &whatsapp, n))
        .collect();
    let stays = person(&shop, &form, &whatsapp, persons.len());
    wait_for("all messages and events", || {
        let rows = database::all_rows(shop.data());
        let of = |table: &str| rows.iter().filter(|(name, _)| name.contains(table)).count();
        (of("webhook_payloads") > 0 && of("deliveries") >= persons.len()).then_some(())
    });
    let canaries = canaries(&persons);
    assert_all_there(&canaries, found_in_tables(shop.data(), &canaries));

    for one in &persons {
        let (option, value) = match one.n % 4 {
            0 => {
                let erased = shop.post(&format!("/leads/{}/erase", one.code), json!({}));
                assert_eq!(erased["leads"], json!([one.lead]));
                continue;
            }
            1 => ("--code", one.code.clone()),
            2 => ("--phone", format!("+{}", Person::phone(one.n))),
            _ => ("--email", format!("{}@Contoh.id", canary("mail", one.n))),
        };
        let arguments = ["--json", "erase", "--workspace", &shop.workspace, option, &value];
        let erased: Value = serde_json::from_str(&run(shop.data(), &arguments)).expect("JSON");
        assert_eq!(erased["leads"], json!([one.lead]));
    }
    // What the server had in memory has come to the database by then.
    let marker = shop.server.ask(&get("/wa/promo?utm_source=marker"));
    shop.lead_with_clicks(marker.code(), 1);
    assert_eq!(found_in_tables(shop.data(), &canaries), BTreeSet::new());
    assert_eq!(found(shop.data(), &canaries), BTreeSet::new(), "in the data directory");
    assert_not_given_out(&shop, &canaries);
    let lead = shop.get(&format!("/leads/{}", stays.code));
    assert_eq!(lead["name"], canary("name", stays.n), "the others have lost nothing");
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_source=back").cookie(&persons[0].cookie));
    assert_ne!(back.code(), persons[0].code, "whoever comes back is somebody new");
    let kind = match common::database::of(shop.data()) {
        Some(_) => "PostgreSQL",
        None => "SQLite",
    };
    println!(
        "{} persons with {} marks erased on {kind}: none left",
        persons.len(),
        canaries.len()
    );
}
