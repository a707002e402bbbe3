//! What others post to, asked as they do: form tools, Meta, and pages with the snippet.

#[path = "../common/mod.rs"]
mod common;

mod fixtures;
mod forms;
mod refusals;
mod signatures;
mod snippet;
mod whatsapp;
