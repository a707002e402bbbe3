//! Forgetting: persons who are erased, and what is kept for a time only.

pub mod erase;
pub mod journal;
pub mod retention;
