//! The digest: what a workspace is told of its day or week without asking. When it is due, and what follows from the
//! facts; words and layout are the server's, so that one content makes an e-mail, its plain text and a webhook's message.

mod content;
mod plan;

pub use content::{Compared, Facts, Held, MOST_SOURCES, Source, Waiting, waiting};
pub use plan::{Frequency, Plan, Slot};
