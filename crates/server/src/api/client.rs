//! The browser or program at the other end: its address, its cookie, and whether its request comes from our own pages.

use super::error::ApiError;
use crate::{
    app::App,
    auth::token,
    click::host::normalised,
    enrich::{client_address::client_address, scheme::is_https},
    http::Peer,
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

/// Name of the session's cookie over plain http, which is for trying things out.
const COOKIE: &str = "konektor_session";
/// Over https: the prefix makes browsers refuse one that another host, or plain http, has planted.
const SECURE_COOKIE: &str = "__Host-konektor_session";
/// Longest user agent that is kept, in characters.
const USER_AGENT_MAX_CHARS: usize = 300;

/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Client {
    /// Their address.
    pub address: IpAddr,
    /// Their browser, as it names itself.
    pub user_agent: String,
    /// Whether they came by https.
    pub is_https: bool,
    /// The token of their session cookie, if it has the form of one.
    pub token: Option<String>,
    origin: Origin,
}

/// What a browser says about the page that made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// One of ours.
    Same,
    /// Somebody else's.
    Other,
    /// It says nothing, as programs do.
    Unsaid,
}

/// Whether a browser brings a session's cookie. Whether the session still holds, only a request of the API tells.
pub fn seems_signed_in(headers: &HeaderMap) -> bool {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.split_once('='))
        .any(|(name, _)| [COOKIE, SECURE_COOKIE].contains(&name.trim()))
}

impl Client {
    /// For what a cookie allows: only our own pages may ask for a change in their visitor's name.
    pub fn must_be_same_origin(&self, method: &Method) -> Result<(), ApiError> {
        match (method.is_safe(), self.origin) {
            (true, _) | (_, Origin::Same) => Ok(()),
            _ => Err(ApiError::CrossSite),
        }
    }

    /// For what needs no cookie, but gives one: no other page may sign its visitors in here. Programs may.
    pub fn must_not_be_another_site(&self) -> Result<(), ApiError> {
        match self.origin {
            Origin::Same | Origin::Unsaid => Ok(()),
            Origin::Other => Err(ApiError::CrossSite),
        }
    }

    /// The `Set-Cookie` that hands a session's token over, for so many seconds.
    pub fn set_cookie(&self, token: &str, max_age_s: i64) -> String {
        let (name, secure) = match self.is_https {
            true => (SECURE_COOKIE, "; Secure"),
            false => (COOKIE, ""),
        };
        format!("{name}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
    }

    /// The `Set-Cookie` that takes it away.
    pub fn clear_cookie(&self) -> String {
        self.set_cookie("", 0)
    }

    /// Of this request.
    pub fn of(parts: &Parts, app: &App) -> Self {
        let headers = &parts.headers;
        let authority = parts.uri.authority().map(|authority| authority.as_str());
        let authority = authority.or_else(|| text(headers, "host")).unwrap_or_default();
        let peer = parts.extensions.get::<Peer>();
        // Without a connection, as in tests, it is nobody's address.
        let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0);
        let forwarded_for = headers.get_all("x-forwarded-for").iter();
        let forwarded_for = forwarded_for.map(HeaderValue::as_bytes);
        let is_https = is_https(
            &app.settings,
            app.settings.public_host().as_deref(),
            peer,
            &normalised(authority),
            text(headers, "x-forwarded-proto"),
        );
        let user_agent = text(headers, "user-agent").unwrap_or_default();
        Self {
            address: client_address(peer, forwarded_for, &app.settings.trusted_proxies),
            user_agent: user_agent.chars().take(USER_AGENT_MAX_CHARS).collect(),
            is_https,
            token: session_token(headers, if is_https { SECURE_COOKIE } else { COOKIE }),
            origin: origin(headers, authority, is_https),
        }
    }
}

/// Browsers of today say it themselves, and no page can forge that; of older ones, the origin is compared.
fn origin(headers: &HeaderMap, authority: &str, is_https: bool) -> Origin {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return match site {
            "same-origin" => Origin::Same,
            _ => Origin::Other,
        };
    }
    let Some(origin) = text(headers, "origin") else {
        return Origin::Unsaid;
    };
    // A proxy that is not trusted may hide that a request came by https: then either scheme may be meant.
    let host = match origin.split_once("://") {
        Some(("https", host)) => host,
        Some(("http", host)) if !is_https => host,
        _ => return Origin::Other,
    };
    if !host.is_empty() && host.eq_ignore_ascii_case(authority) {
        Origin::Same
    } else {
        Origin::Other
    }
}

fn session_token(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut named = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='));
    named.find(|value| token::is_well_formed(value)).map(str::to_owned)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::of(parts, app))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(&[("sec-fetch-site", "same-origin")], false, Origin::Same)]
    #[case(&[("sec-fetch-site", "same-site")], false, Origin::Other)]
    #[case(&[("sec-fetch-site", "cross-site")], false, Origin::Other)]
    #[case(&[("sec-fetch-site", "none")], false, Origin::Other)]
    #[case(&[("sec-fetch-site", "cross-site"), ("origin", "http://go.example.com")], false, Origin::Other)]
    #[case(&[("origin", "http://go.example.com")], false, Origin::Same)]
    #[case(&[("origin", "https://GO.example.com")], false, Origin::Same)]
    #[case(&[("origin", "https://go.example.com")], true, Origin::Same)]
    #[case(&[("origin", "http://go.example.com")], true, Origin::Other)]
    #[case(&[("origin", "https://go.example.com:8443")], true, Origin::Other)]
    #[case(&[("origin", "https://go.example.com.evil.example")], true, Origin::Other)]
    #[case(&[("origin", "null")], true, Origin::Other)]
    #[case(&[("origin", "ftp://go.example.com")], false, Origin::Other)]
    #[case(&[], true, Origin::Unsaid)]
    fn only_our_own_pages_are_of_the_same_origin(
        #[case] said: &[(&'static str, &str)],
        #[case] is_https: bool,
        #[case] wanted: Origin,
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in said {
            headers.insert(*name, value.parse().unwrap());
        }
        assert_eq!(origin(&headers, "go.example.com", is_https), wanted);
    }
}
