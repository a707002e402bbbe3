//! `GET /internal/tls-allow?domain=…`: which names a proxy may get certificates for.
//!
//! A proxy that gets certificates when somebody first comes by a name (Caddy's on-demand TLS) asks here before, or strangers
//! could point any number of names at it and use up what its authority allows in a week. It is on the operators' listener: who
//! asks is the proxy, on the same machine or the same private network, and the public could learn from it whose names are
//! served here. It answers from the routing snapshot, so it costs nothing and works while the database is away.

use crate::{app::App, click::host};
use axum::extract::{Query, State};
use hyper::StatusCode;
use konektor_core::routing::Routing;
use serde::Deserialize;
use std::sync::Arc;

/// What a proxy wants to know.
#[derive(Deserialize)]
pub struct Asked {
    /// The name, as the client's TLS greeting has it.
    domain: String,
}

/// 200 for a name of ours, 404 for others; without a name 400.
pub async fn answer(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> (StatusCode, &'static str) {
    let public_host = app.settings.public_host();
    match is_ours(&app.routing.load(), public_host.as_deref(), &asked.domain) {
        true => (StatusCode::OK, "ours\n"),
        false => (StatusCode::NOT_FOUND, "not a host of this server\n"),
    }
}

/// Whether visitors reach this server by `domain`: a host of a workspace, or the server's own. An address or `localhost` is
/// nothing that a certificate could be had for.
fn is_ours(routing: &Routing, public_host: Option<&str>, domain: &str) -> bool {
    let domain = host::normalised(domain);
    host::check(&domain).is_ok()
        && (routing.workspace_of_host(&domain).is_some() || public_host == Some(domain.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::ids::WorkspaceId;
    use rstest::rstest;

    #[rstest]
    #[case("wa.kopi.example", true)]
    #[case("WA.Kopi.Example.", true)]
    #[case("go.example.com", true)]
    #[case("kopi.example", false)]
    #[case("x.wa.kopi.example", false)]
    #[case("localhost", false)]
    #[case("127.0.0.1", false)]
    #[case("", false)]
    #[case("*", false)]
    fn a_certificate_is_for_a_known_host(#[case] domain: &str, #[case] allowed: bool) {
        let hosts = ["wa.kopi.example", "127.0.0.1"].map(|host| (host.to_owned(), WorkspaceId(1)));
        let routing = Routing::new(Vec::new(), Vec::new(), Vec::new(), hosts.to_vec());
        assert_eq!(is_ours(&routing, Some("go.example.com"), domain), allowed);
    }

    #[test]
    fn without_hosts_nothing_is_allowed() {
        assert!(!is_ours(&Routing::default(), None, "go.example.com"));
        assert!(!is_ours(&Routing::default(), Some("localhost"), "localhost"));
    }
}
