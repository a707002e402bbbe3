//! The one script that a page loads: it writes the browser's time zone into the form. Everything works without it.
//!
//! Its address holds a hash of its content, so that browsers may keep it for ever, and begins with `/wa/`, so that a proxy
//! that passes on nothing but links passes it on too. No slug can be like it: none has a dot.

use crate::click::answer;
use axum::body::Body;
use hyper::{
    Response,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use sha2::{Digest, Sha256};
use std::{fmt::Write, sync::LazyLock};

const SCRIPT: &str = include_str!("../../../templates/page.js");
const HASH_BYTES: usize = 6;

static PATH: LazyLock<String> = LazyLock::new(|| {
    let hash = Sha256::digest(SCRIPT);
    let mut path = "/wa/page.".to_owned();
    for byte in &hash[..HASH_BYTES] {
        write!(path, "{byte:02x}").expect("a String takes all");
    }
    path + ".js"
});

/// Where it is.
pub fn path() -> &'static str {
    &PATH
}

/// The script, if this is its path.
pub fn at(path: &str) -> Option<Response<Body>> {
    (path == *PATH).then(|| {
        let mut response = answer::plain(Body::from(SCRIPT));
        let headers = response.headers_mut();
        let kept = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(CACHE_CONTROL, kept);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
        response
    })
}

/// Its size on the wire, as part of what a page weighs.
pub const BYTES: usize = SCRIPT.len();
