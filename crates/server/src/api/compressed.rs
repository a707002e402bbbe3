//! Answers of the API are compressed for clients that take it: a page of leads is some 50 kB of JSON, and a sixth of that as
//! gzip.
//!
//! JSON alone. Live news have to leave while they happen, an export as it is read, and the dashboard's files lie there compressed
//! already. Redirects and visitors' pages are not answered by this router.
//!
//! The length of a compressed answer says a little of what is in it to whoever sees the traffic, has words of their own in it and
//! has it made again and again. A page of another site can have that only by opening it before everybody's eyes: with anything
//! else the cookie of a session (`SameSite=Lax`) does not go. And what opens anything is shown once, in the answer to a POST.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
};

/// Below this, compression saves less than a packet.
const WORTH_BYTES: u16 = 1_200;

/// Compresses JSON that is worth it. The fastest level: the next ones take several times as long for a tenth less.
pub fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_BYTES).and(is_json))
}

fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind == "application/json" || kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::{
        body::{Body, Bytes},
        http::{HeaderMap, Request, StatusCode},
    };
    use flate2::read::GzDecoder;
    use serde_json::Value;
    use std::io::Read;

    /// Asks for a path as a client that takes these encodings.
    async fn ask(server: &Server, path: &str, takes: &str) -> (StatusCode, HeaderMap, Bytes) {
        let request = Request::builder()
            .uri(path)
            .header("authorization", format!("Bearer {}", server.key))
            .header("accept-encoding", takes)
            .body(Body::empty())
            .unwrap();
        server.send_raw(request).await
    }

    #[tokio::test]
    async fn a_page_of_leads_is_compressed_for_who_takes_it_and_says_the_same() {
        let server = Server::start().await;
        let agent = server.add_agent("Ayu").await;
        let rotator = server.add_rotator("promo", &[&agent]).await;
        let visits = (0..50).map(|n| server.visit(&rotator, &format!("utm_source=s{n}&gclid=G{n}"), n));
        server.record(visits.collect()).await;
        let path = "/api/v1/leads?limit=50";
        let (_, plain_headers, plain) = ask(&server, path, "identity").await;
        assert!(!plain_headers.contains_key("content-encoding"));
        let (status, headers, packed) = ask(&server, path, "br, gzip").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-encoding"], "gzip");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers["vary"].to_str().unwrap().contains("accept-encoding"));
        assert!(packed.len() * 4 < plain.len(), "{} of {}", packed.len(), plain.len());
        let mut text = String::new();
        GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
        let [wanted, given] = [&plain[..], text.as_bytes()].map(|json| serde_json::from_slice::<Value>(json).unwrap());
        assert_eq!(given["items"].as_array().unwrap().len(), 50);
        assert_eq!(given, wanted);
    }

    #[tokio::test]
    async fn what_is_small_or_no_json_is_left_as_it_is() {
        let server = Server::start().await;
        for path in ["/api/v1/agents", "/api/v1/leads.csv", "/api/v1/docs", "/api/v1/nowhere"] {
            let (_, headers, _) = ask(&server, path, "gzip").await;
            assert!(!headers.contains_key("content-encoding"), "{path}: {headers:?}");
        }
    }
}
