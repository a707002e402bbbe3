//! Erased because nobody has heard of them for long enough: by the server itself, whose clocks a library moves.

use crate::{
    common::{http::get, wait_for},
    persons::{canary, open, person},
    search::{assert_not_given_out, canaries, found, found_in_tables},
    time::Time,
};
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

#[test]
fn who_is_silent_for_long_enough_is_gone_from_every_file() {
    let mut time = Time::new();
    let preloaded = time.settings();
    let mut settings: Vec<_> = preloaded
        .iter()
        .map(|(name, path)| (*name, path.to_str().expect("UTF-8")))
        .collect();
    settings.push(("KONEKTOR_LEAD_DAYS", "1"));
    let (shop, form, whatsapp) = open(&settings);
    let persons: Vec<_> = (0..crate::count())
        .map(|n| person(&shop, &form, &whatsapp, n))
        .collect();
    let returns = person(&shop, &form, &whatsapp, persons.len());
    shop.lead_with_clicks(&returns.code, 2);
    let canaries = canaries(&persons);
    assert!(!found_in_tables(shop.data(), &canaries).is_empty());

    time.passes(22 * HOUR_MS);
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_source=back").cookie(&returns.cookie));
    assert_eq!(back.code(), returns.code);
    assert_eq!(shop.leads().len(), persons.len() + 1);
    // It looks every six hours. A look that had begun just then is followed by the next after a minute.
    time.passes(8 * HOUR_MS);
    wait_for("their end", || {
        let left = shop.leads().len();
        assert_ne!(left, 0, "who came back is gone too");
        let is_over = left == 1;
        if !is_over {
            std::thread::sleep(Duration::from_millis(100));
            time.passes(MINUTE_MS);
        }
        is_over.then_some(())
    });
    wait_for("clean files", || {
        let left = found_in_tables(shop.data(), &canaries).len() + found(shop.data(), &canaries).len();
        (left == 0).then_some(())
    });
    assert_not_given_out(&shop, &canaries);
    let lead = shop.get(&format!("/leads/{}", returns.code));
    assert_eq!(lead["name"], canary("name", returns.n));
    println!(
        "{} persons with {} marks erased after a day of silence: none left",
        persons.len(),
        canaries.len()
    );
}
