//! From what happens to other programs, seen from outside: SPEC section 10, webhooks out. The receivers misbehave when they
//! are told to.
//!
//! Where time matters the server runs in this process, on a clock that stands still until the test moves it
//! ([`stage::Stage`]); where the process matters, it is the real binary.

#[path = "../common/mod.rs"]
mod common;

mod receiver;
mod stage;

mod examples;
mod failing;
mod inside;
mod kill;
mod messages;
