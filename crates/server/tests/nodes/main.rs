//! Several servers on one PostgreSQL: what one changes the others follow, and whatever dies, every visitor is sent on.
//! SPEC sections 7 and 13. Without a server for tests (see `scripts/postgres`) they say so and pass, except on CI.
//!
//! Longer by hand: `KONEKTOR_DISASTER_ROUNDS=20 scripts/postgres cargo test -p konektor --test nodes -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod cluster;
mod dashboards;
mod disasters;
mod encrypted;
mod site;
mod switched_off;
mod visitors;
