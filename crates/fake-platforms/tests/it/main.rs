//! The stand-ins over the wire: what they take, what they refuse and in which words, and how they misbehave.

mod behaviours;
mod client;
mod google;
mod google_status;
mod google_token;
mod linkedin;
mod meta;
mod records;
mod tiktok;
