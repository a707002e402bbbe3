//! From clicks and statuses to ad platforms and back, and to webhooks, told through the trait: every database is held to it.

mod clicks;
#[path = "../common/mod.rs"]
mod common;
mod destinations;
mod lists;
mod sending;
mod shop;
mod speed;
mod statuses;
mod tracking;
mod upkeep;
mod webhooks;

/// Runs each scenario on each database.
macro_rules! scenarios {
    ($($module:ident::$scenario:ident)*) => {
        $(
            mod $scenario {
                async fn told<S: konektor_store::Store>(database: &dyn crate::common::databases::Opens<S>) {
                    crate::$module::$scenario(crate::shop::Shop::begin(database).await).await;
                }

                crate::on_each_database! {
                    crate::shop::START =>
                    super::told as holds
                }
            }
        )*
    };
}

scenarios! {
    clicks::a_click_id_is_told_once_whoever_comes_with_it
    clicks::each_destination_of_the_platform_is_told_and_no_other
    clicks::a_new_destination_starts_now
    clicks::who_refuses_is_not_told_of_but_can_be_seen
    clicks::a_destination_that_is_switched_off_loses_nothing
    clicks::a_kill_neither_doubles_an_event_nor_loses_it
    clicks::clicks_handed_over_and_clicks_read_back_make_the_same_events
    destinations::a_destination_is_kept_as_it_was_given
    destinations::a_destination_belongs_to_its_workspace
    destinations::alerts_are_open_until_they_end
    lists::deliveries_are_listed_by_what_is_asked_for
    lists::a_timeline_has_what_was_told
    sending::what_is_due_is_lent_once_until_its_lease_ends
    sending::an_attempt_counts_once_whoever_settles_it
    sending::google_waits_hours_for_its_clicks
    sending::a_verdict_is_what_becomes_of_a_delivery
    sending::a_verdict_that_comes_too_late_changes_nothing_but_that_it_was_sent
    sending::google_says_later_what_counted
    sending::a_held_destination_waits_until_it_is_repaired
    statuses::a_sale_is_told_once_as_it_was_then
    statuses::a_status_goes_to_the_ads_that_the_lead_came_by
    statuses::a_lead_that_came_by_no_ad_tells_nothing
    statuses::a_status_waits_for_its_leads_clicks_to_be_folded
    statuses::who_refuses_is_not_told_of_later_either
    statuses::a_person_is_reported_once_whichever_of_their_leads_it_was
    tracking::a_leads_tracking_status_follows_its_deliveries
    tracking::the_list_finds_each_lead_by_the_status_that_it_shows
    upkeep::what_is_too_old_expires_and_says_so
    upkeep::a_removed_destination_drops_what_waits
    upkeep::what_failed_is_replayed_while_its_platform_takes_it
    upkeep::what_is_long_settled_is_forgotten_but_not_that_it_was_told
    upkeep::a_destinations_day_in_numbers
    webhooks::a_webhook_is_kept_as_it_was_given
    webhooks::a_webhook_belongs_to_its_workspace
    webhooks::clicks_and_changes_are_told_once_to_who_asks
    webhooks::deliveries_that_fail_are_told_of
    webhooks::an_agent_who_is_missed_is_told_of
    webhooks::a_kill_neither_doubles_a_message_nor_loses_it
    webhooks::messages_are_lent_once_until_their_lease_ends
    webhooks::an_attempt_is_what_becomes_of_a_message
    webhooks::who_is_switched_off_or_given_up_gets_nothing
    webhooks::messages_are_forgotten_when_their_time_is_over
}

/// What no trait can do yet: an erased click is a row that is gone.
#[tokio::test]
async fn an_event_of_an_erased_click_is_never_sent() {
    use konektor_core::{attribution::Platform, event::DeliveryState};
    let file = common::databases::SqliteFile::new(shop::START);
    let mut shop = shop::Shop::begin(&file).await;
    let meta = shop.destination(Platform::Meta).await;
    let [erased, kept] = [shop.click("fbclid=A").await, shop.click("fbclid=B").await];
    shop.fold().await;
    let other = rusqlite::Connection::open(file.path()).unwrap();
    other
        .execute("DELETE FROM clicks WHERE id = ?1", [erased.id.0])
        .unwrap();
    let claim = shop.claim(meta).await;
    let clicks: Vec<_> = claim.deliveries.iter().map(|claimed| claimed.click.id).collect();
    assert_eq!(clicks, [kept.id]);
    let dropped = shop.of_lead(erased.lead).await.remove(0);
    assert_eq!(dropped.state, DeliveryState::Dropped);
    assert!(dropped.reason.unwrap().contains("erased"));
}

/// The fold's watermark of changes relies on it.
#[tokio::test]
async fn the_id_of_a_change_does_not_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("konektor.db");
    konektor_store::sqlite::SqliteStore::open(&path, shop::START).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let add = || {
        connection
            .query_row(
                "INSERT INTO lead_changes (lead_id, at, field, by) VALUES (1, 1, 'status', 'x') RETURNING id",
                [],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
    };
    let first = add();
    connection.execute("DELETE FROM lead_changes", []).unwrap();
    assert!(add() > first);
}
