//! Reports: sums over days.

mod range;
pub mod rotation;
pub mod screening;

pub use range::ReportQuery;
