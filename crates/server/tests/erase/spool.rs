//! Erased while a click of theirs waits in the spool: it is not recorded, and its file does not keep it.

use crate::{
    common::{self, database, http::get, run, wait_for},
    persons::{canary, open, person},
    search::{assert_not_given_out, canaries, found, found_in_tables},
};
use std::collections::BTreeSet;

#[test]
fn a_click_that_waits_in_the_spool_goes_with_its_visitor() {
    let (mut shop, form, whatsapp) = open(&[("KONEKTOR_COMMIT_DEADLINE_MS", "150")]);
    let persons: Vec<_> = (0..5).map(|n| person(&shop, &form, &whatsapp, n)).collect();
    for one in &persons {
        shop.lead_with_clicks(&one.code, 2);
    }
    let held = database::hold(shop.data());
    let late = |n: usize| canary("late", n);
    for one in &persons {
        let link = format!("/wa/promo?fbclid={}", late(one.n));
        let answer = shop.server.ask(&get(&link).cookie(&one.cookie));
        assert_eq!(answer.code(), one.code);
    }
    let mut canaries = canaries(&persons);
    canaries.extend(persons.iter().map(|one| late(one.n)));
    let waits: BTreeSet<_> = persons.iter().map(|one| late(one.n)).collect();
    let in_files = |data| {
        found(data, &waits)
            .into_iter()
            .map(|(_, canary)| canary)
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(in_files(shop.data()), waits, "all of them wait on disk");
    // Before any of it is recorded, the server is gone.
    common::kill_9(shop.server.process_id());
    shop.server.wait();
    drop(held);

    for one in &persons {
        run(
            shop.data(),
            &["erase", "--workspace", &shop.workspace, "--code", &one.code],
        );
    }
    shop.restart();
    wait_for("an empty spool", || {
        (shop.server.metric("konektor_spool_clicks") == 0).then_some(())
    });
    let marker = shop.server.ask(&get("/wa/promo?utm_source=marker"));
    shop.lead_with_clicks(marker.code(), 1);
    assert_eq!(found_in_tables(shop.data(), &canaries), BTreeSet::new());
    wait_for("clean files", || found(shop.data(), &canaries).is_empty().then_some(()));
    assert_not_given_out(&shop, &canaries);
    assert_eq!(shop.leads().len(), 1, "the marker");
}
