//! How a visitor becomes a person, told through the trait: every database is held to it.

#[path = "../common/mod.rs"]
mod common;
mod days;
mod forms;
mod import;
mod merges;
mod shop;

use common::databases::Opens;
use konektor_store::Store;
use shop::Shop;

on_each_database! {
    crate::shop::START =>
    crate::tell as tells_who_is_who
    crate::look as lists_of_days_and_campaigns_have_all_who_fit
}

async fn look<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    shop.lists_of_days_and_campaigns_have_all_who_fit().await;
    shop.store.close().await.unwrap();
}

/// Forms name visitors, leads become one and two again.
async fn tell<S: Store>(database: &dyn Opens<S>) {
    let mut shop = Shop::open(database.open().await).await;
    shop.a_form_names_its_visitor().await;
    shop.a_code_proves_nothing().await;
    shop.who_is_not_known_is_made_or_not_found().await;
    shop.a_repetition_does_nothing().await;
    shop.one_number_makes_one_lead_of_two_and_apart_they_are_what_they_were()
        .await;
    shop.a_number_that_everybody_types_makes_few_leads_one().await;
    shop.however_leads_are_merged_apart_they_are_what_they_were().await;
    shop.who_comes_back_goes_to_the_survivors_agent().await;
    shop.a_removed_person_is_gone_with_all_leads_that_are_one().await;
    shop.an_import_says_beforehand_what_it_does().await;
    shop.store.close().await.unwrap();
}
