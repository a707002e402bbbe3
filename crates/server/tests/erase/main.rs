//! Erasing persons: afterwards nothing of them is in any file, nor after an older backup is restored. SPEC section 12.
//!
//! More of them by hand: `KONEKTOR_ERASE_PERSONS=100 cargo test -p konektor --test erase`.

#[path = "../common/mod.rs"]
mod common;
mod locks;
mod mistakes;
mod persons;
mod restored;
mod search;
mod silence;
mod spool;
mod tables;
#[path = "../clock/time.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod time;

/// How many are erased.
fn count() -> usize {
    std::env::var("KONEKTOR_ERASE_PERSONS").map_or(20, |count| count.parse().expect("a number"))
}
