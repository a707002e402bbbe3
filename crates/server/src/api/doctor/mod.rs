//! The doctor: what is wrong without anybody having noticed.

pub mod get;
#[cfg(test)]
mod tests;
