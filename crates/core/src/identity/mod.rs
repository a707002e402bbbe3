//! Who is this? The visitor code, the signed cookie, and the ways to know somebody without one.
//!
//! The order is SPEC's: cookie (then the token that a link carries), then click ID, then double tap, then a new visitor.
//! Address and user agent alone are never an identity. Who wins is decided in [`crate::decide`]; here are the means.

pub mod code;
pub mod continuity;
pub mod cookie;
pub mod seen;
pub mod visitor_token;
