//! Who is asking.

pub mod get;
