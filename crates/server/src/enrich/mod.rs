//! What a request's address and user agent tell: where the visitor is, what they use, and whether they are a person.
//!
//! All of it is looked up on the click path, hence in memory and without waiting. The data is compiled in (see
//! `build.rs` and `reference-data/README.md`); a city database is the operator's to install.

pub mod client_address;
mod countries;
pub mod geo;
pub mod networks;
pub mod scheme;
mod time_zones;
pub mod user_agents;
