//! From a click to the ad platforms, seen from outside: SPEC section 9. The platforms are stand-ins that play by the
//! platforms' own rules and keep what they got.
//!
//! Where time matters the server runs in this process, on a clock that stands still until the test moves it
//! ([`stage::Stage`]); where the process matters, it is the real binary ([`ads::Ads`]).

#[path = "../common/mod.rs"]
mod common;

mod ads;
mod advertiser;
mod platforms;
mod stage;

mod clicks;
mod consent;
mod failures;
mod google;
mod hanging;
mod kill;
mod outage;
mod poison;
mod restored;
mod secrets;
mod statuses;
mod tools;
