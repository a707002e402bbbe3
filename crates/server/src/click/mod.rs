//! The visitor's side: from a request for `/wa/{slug}` to its answer.

pub mod answer;
mod consent;
pub mod fast_lane;
pub mod handler;
pub mod head;
pub mod host;
pub mod keeper;
pub mod orphans;
pub mod outlook;
pub mod page;
pub mod progress;
pub mod recorder;
pub mod screened;
pub mod send_to;
pub mod spool;
pub mod standby;
pub mod test_link;
