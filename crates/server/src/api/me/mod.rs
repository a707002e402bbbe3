//! Who is asking.

pub mod get;
pub mod update;
mod view;
pub mod workspace;

pub use view::{Me, UserMe, of_session};
