//! What a workspace is told without asking, asked through the trait.

#[path = "../common/mod.rs"]
mod common;
mod mails;
mod reminders;
mod shop;

on_each_database! {
    crate::shop::NOW =>
    crate::mails::a_digest_is_made_once_and_sent_to_who_wants_it as a_digest_is_made_once_and_sent_to_who_wants_it
    crate::mails::an_e_mail_is_tried_again_and_settled_once as an_e_mail_is_tried_again_and_settled_once
    crate::reminders::a_lead_is_untouched_until_somebody_touches_it as a_lead_is_untouched_until_somebody_touches_it
    crate::reminders::each_step_is_taken_once_and_told_once as each_step_is_taken_once_and_told_once
    crate::reminders::a_lead_is_handed_over_by_a_turn_and_once as a_lead_is_handed_over_by_a_turn_and_once
}
