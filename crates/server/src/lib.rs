//! The server of Konektor: everything that moves bytes and time.
//!
//! A visitor's request goes `http` → `click::handler` → `click::recorder` → the store → the answer; the rest
//! follows from the committed click in `fold`. Operators come in by `cli`, programs and the dashboard by `api`.

pub mod api;
pub mod app;
mod archive;
pub mod assets;
pub mod auth;
pub mod cli;
pub mod click;
pub mod clock;
pub mod config;
pub mod degraded;
pub mod delivery;
pub mod doctor;
pub mod enrich;
pub mod fold;
pub mod hooks;
pub mod http;
pub mod learning;
pub mod link;
pub mod live;
pub mod mail;
pub mod notices;
pub mod privacy;
pub mod seal;
pub mod secrets;
pub mod senders;
pub mod serve;
pub mod signed;
pub mod snippet;
mod staging;
pub mod telemetry;
pub mod tls_allow;
pub mod webhooks;
