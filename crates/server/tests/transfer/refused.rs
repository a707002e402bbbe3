//! What a transfer does not touch.

use crate::town::{Postgres, Town, beside, migrate, moved, refusal, sqlite};

#[test]
fn a_source_in_use_a_target_in_use_one_that_is_not_empty_and_one_of_the_same_kind_are_refused() {
    let Some(postgres) = Postgres::make() else { return };
    let town = Town::of(20);
    let first = sqlite(&town.data);
    let server = town.serve(&first);
    let said = refusal(&town.data, &first, &postgres.url);
    assert!(said.contains("is in use: stop every konektor"), "{said}");
    town.visit(&server, "utm_source=still_served", None);
    town.stop(server);

    moved(&town.data, &first, &postgres.url);
    let said = refusal(&town.data, &first, &postgres.url);
    assert!(said.contains("is not empty"), "{said}");
    let server = town.serve(&postgres.url);
    let back = sqlite(&beside(&town, "back"));
    let said = refusal(&town.data, &postgres.url, &back);
    assert!(said.contains("is in use"), "{said}");
    town.visit(&server, "utm_source=still_served", None);
    town.stop(server);

    let same = refusal(&town.data, &first, &back);
    assert!(same.contains("both are SQLite"), "{same}");
    let missing = refusal(&town.data, "sqlite:/nowhere/konektor.db", &postgres.url);
    assert!(missing.contains("is not there"), "{missing}");
    let foreign = Postgres::make().expect("there is one");
    foreign.execute("CREATE TABLE diary (entry text)");
    let said = refusal(&town.data, &first, &foreign.url);
    assert!(said.contains("is not a Konektor database"), "{said}");
    let empty = Postgres::make().expect("there is one");
    let said = refusal(&town.data, &empty.url, &back);
    assert!(said.contains("is not a Konektor database"), "{said}");
    let wrong = migrate(&town.data, "konektor.db", &back)
        .output()
        .expect("it can be started");
    assert_eq!(wrong.status.code(), Some(2));
}
