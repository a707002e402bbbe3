//! `konektor migrate-store`, with the real binary and a real PostgreSQL: everything arrives, is the same on the way back, a
//! transfer that was killed goes on, and the server on the other side knows everybody and tells nobody anything twice.

#[path = "../common/mod.rs"]
mod common;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../delivery/platforms.rs"]
mod platforms;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../webhooks/receiver.rs"]
mod receiver;

mod killed;
mod moved;
mod refused;
mod town;
