//! Page mode, seen from outside: the page before WhatsApp, its button, its form.

#[path = "../common/mod.rs"]
mod common;

mod bodies;
mod forms;
mod known;
mod presses;
mod stand;
mod views;
