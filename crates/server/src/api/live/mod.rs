//! News while a dashboard is open.

pub mod listen;
