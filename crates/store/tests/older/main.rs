//! Databases of every earlier schema open, keep their rows, and are then what a new one is; and a server that is killed at any
//! point of bringing them up to date leaves a database that starts.

#[path = "../common/mod.rs"]
mod common;
#[path = "../faults/dump.rs"]
mod dump;
mod killed;
mod lives;
mod postgres;
#[path = "../faults/shim.rs"]
mod shim;
mod sqlite;
#[path = "../faults/world.rs"]
mod world;
