//! Whether a request came by https, which ends at a proxy in front.

use crate::config::Settings;
use std::net::IpAddr;

/// Whether the connection is encrypted: a trusted proxy says so (`X-Forwarded-Proto`), or the public address does.
/// `host` is normalised.
pub fn is_https(
    settings: &Settings,
    public_host: Option<&str>,
    peer: IpAddr,
    host: &str,
    forwarded_proto: Option<&str>,
) -> bool {
    if settings.trusted_proxies.contains(peer)
        && let Some(scheme) = forwarded_proto
    {
        return scheme.eq_ignore_ascii_case("https");
    }
    public_host == Some(host)
        && settings
            .public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
}
