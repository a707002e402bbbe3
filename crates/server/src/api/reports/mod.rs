//! Reports: sums over days. All of them are read from counters that the fold keeps, or from an index made for it: no
//! report looks at clicks.

pub mod agents;
pub mod funnel;
mod money;
pub mod overview;
mod range;
pub mod recognition;
pub mod rotation;
pub mod screening;
pub mod sources;

pub use range::ReportQuery;
