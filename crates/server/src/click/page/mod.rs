//! Page mode: the light page that a visitor is shown before WhatsApp, and the press of its button.
//!
//! A view is counted and nothing else. The press is a POST to the link itself, with its query, and goes the way of every
//! visit: [`super::handler`] screens it, finds out who it is and records it; here is what the page adds: its token, its
//! form, the browser's time zone. What is wrong with a form never keeps anybody from the chat, unless it can be said
//! to them what to correct.
//!
//! Files: [`view`] shows the page, [`press`] takes the button, [`body`] reads what was sent, [`keep`] gives it to the
//! lead, [`render`] and [`words`] are how it looks and what it says, [`counts`] and [`script`] are small.

mod body;
mod counts;
mod keep;
mod press;
pub mod render;
mod script;
mod view;
mod words;

pub use body::Posted;
pub use press::Press;
pub use script::at as script;

use crate::auth::rate::Rate;
use counts::PageCounts;
use konektor_core::page::token::PageTokens;

/// Most bytes that a page may weigh, with its script, whatever is said on it.
pub const MAX_BYTES: usize = 15_000;
/// Forms a minute that are kept from one address: behind a carrier's there are many people.
const FORMS_PER_MINUTE: u32 = 120;

/// What page mode works with, made once at start.
pub struct PageMode {
    tokens: PageTokens,
    /// Views and forms that are not written down yet.
    pub counts: PageCounts,
    forms: Rate,
}

impl PageMode {
    /// With the keys that sign pages.
    pub fn new(tokens: PageTokens) -> Self {
        Self {
            tokens,
            counts: PageCounts::default(),
            forms: Rate::new(FORMS_PER_MINUTE),
        }
    }
}
