//! A webhook's messages: what was sent, or will be.

pub mod list;
pub mod replay;
mod view;

pub use view::{MessagePage, MessageView};
