//! Visitors at the link, seen from outside: SPEC sections 2 to 7 over real connections.

#[path = "../common/mod.rs"]
mod common;

mod cookies;
mod hosts;
mod rotation;
mod screening;
mod strict;
mod test_links;
