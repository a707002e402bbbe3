//! A lead's link for its agent: without an account, the CS renames the lead and says how far it has come, on one plain
//! page that needs no script.
//!
//! The address is the key: whoever has it may do what the page does, until it expires or the lead leaves the agent. So it
//! is signed, stands in no log, is told to no other site, and is kept nowhere. [`crate::api`] makes it
//! (`POST /leads/{id}/link`); here it is opened ([`open`]), shown ([`page`]) and obeyed ([`edit`]).

mod edit;
mod open;
mod page;
pub mod token;
mod typed;
mod words;

pub(crate) use open::{language, private};

use crate::{app::App, auth::rate::Rate};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use std::sync::Arc;

/// Requests a minute from one address: guessing is hopeless, but need not be fast either.
const REQUESTS_PER_MINUTE: u32 = 60;

/// What the pages work with.
struct Links {
    app: Arc<App>,
    rate: Rate,
}

/// The pages, under `/l/`. Nothing of the API is around them: they know no session and no key.
pub fn router(app: Arc<App>) -> Router {
    let links = Links {
        app,
        rate: Rate::new(REQUESTS_PER_MINUTE),
    };
    Router::new()
        .route("/l/{token}", get(page::show).post(edit::edit))
        // The body is read with a limit of its own.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::new(links))
}

#[cfg(test)]
mod tests;
