//! One story, told through the trait: every database is held to it.

#[path = "../common/mod.rs"]
mod common;
mod configuration;
mod leads;
mod reports;
mod sales;
mod shop;
mod visitors;

use common::databases::Opens;
use konektor_store::Store;
use shop::Story;

on_each_database! {
    crate::shop::START =>
    crate::tell as tells_the_story
    crate::reports::who_could_not_get_a_lead_is_counted as who_could_not_get_a_lead_is_counted
}

/// A shop opens, visitors come, return and share links, the server ends and starts again, the shop works with
/// its leads.
async fn tell<S: Store>(database: &dyn Opens<S>) {
    let mut story = Story::begin(database.open().await).await;
    story.visitors_come_and_take_turns().await;
    story.a_visitor_returns().await;
    story.a_click_id_is_known_and_shared().await;
    story.store.close().await.unwrap();

    story.reopen(database.open().await).await;
    story.everything_is_still_there().await;
    story.the_shop_works_with_its_leads().await;
    story.the_reports_add_up().await;
    story.chats_and_sales_are_summed_up().await;
    story.leads_are_listed_by_chat_and_sale().await;
    story.each_lead_is_listed_with_or_without_what_it_came_by().await;
    story.configuration_changes_and_guards_itself().await;
    story.store.close().await.unwrap();
}
