//! The first start: who comes first makes the workspace and owns it. There is no password that comes with the program.

pub mod create;
pub mod get;
