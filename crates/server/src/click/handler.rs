//! A request for `/wa/{slug}`: parse it, decide whether a person sent it, record the visit, send them on.

use super::{
    answer,
    consent::{consent_of, pixel_cookies},
    host::{is_local, normalised},
    outlook,
    recorder::Recorder,
    screened::NotCounted,
    send_to::{address, message_facts},
};
use crate::{
    app::App,
    enrich::{
        client_address::client_address,
        geo::Geo,
        scheme,
        user_agents::{KnownUserAgent, UserAgents},
    },
    telemetry::Meters,
};
use axum::body::Body;
use hyper::{
    HeaderMap, Method, Request, Response, Uri,
    header::{ACCEPT_LANGUAGE, COOKIE, HOST, HeaderName, REFERER, USER_AGENT},
};
use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::{Outcome, SendTo, Visit, back_at, without_a_turn},
    identity::{
        continuity::Fingerprints,
        cookie::{self, MAX_AGE_SECONDS, SigningKeys, Token},
    },
    ids::WorkspaceId,
    lead::{NameSource, first_name},
    message::MessageFacts,
    request::RequestFacts,
    routing::{Rotator, Routing},
    screening::{Class, screen},
    time::UnixMs,
};
use std::{borrow::Cow, net::IpAddr, sync::Arc};

// As constants they are not parsed anew for each request.
const PURPOSES: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Longest path and query.
const URL_MAX_BYTES: usize = 8 * 1024;
/// Longest header value that is kept with a click.
const KEPT_MAX_BYTES: usize = 1_024;
/// The workspace whose cookie has no suffix on shared hosts: a server with one workspace has the plain name.
const FIRST_WORKSPACE: WorkspaceId = WorkspaceId(1);

/// What the click path works with, made once at start.
pub struct ClickPath {
    /// Shared parts.
    pub app: Arc<App>,
    /// Where visits are recorded.
    pub recorder: Recorder,
    /// Signs and verifies visitor cookies.
    pub signing_keys: SigningKeys,
    /// Fingerprints of requests and click IDs.
    pub fingerprints: Fingerprints,
    /// User agents by text.
    pub user_agents: UserAgents,
    /// Addresses to places.
    pub geo: Geo,
    /// Requests that are not counted.
    pub not_counted: NotCounted,
    /// Numbers for operators.
    pub meters: Meters,
    /// Host of `public_url`.
    pub public_host: Option<String>,
    /// The address that it listens on, as a host.
    pub listen_host: String,
}

impl ClickPath {
    /// Answers a request whose path starts with `/wa/`.
    pub async fn handle<B>(&self, peer: IpAddr, request: &Request<B>) -> Response<Body> {
        let headers = request.headers();
        let accept_language = text(headers, ACCEPT_LANGUAGE);
        let indonesian = answer::reads_indonesian(accept_language.as_deref());
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return answer::method_not_allowed();
        }
        if request
            .uri()
            .path_and_query()
            .is_some_and(|url| url.as_str().len() > URL_MAX_BYTES)
        {
            self.meters.bad_requests.increment(1);
            return answer::too_long(indonesian);
        }
        let routing = self.app.routing.load();
        let host = host_of(request.uri(), headers);
        let Some(link) = self.find_link(&routing, &host, request.uri().path()) else {
            self.meters.orphan_hits.increment(1);
            return answer::not_found(indonesian);
        };
        let arrival = Arrival {
            path: self,
            routing: &routing,
            link,
            peer,
            host,
            now: self.app.clock.now(),
        };

        let user_agent = text(headers, USER_AGENT).filter(|ua| !ua.is_empty());
        let known = self.user_agents.get(user_agent.as_deref().unwrap_or(""));
        let referrer = text(headers, REFERER);
        let facts = RequestFacts {
            is_head: request.method() == Method::HEAD,
            query: request.uri().query().unwrap_or(""),
            user_agent: user_agent.as_deref(),
            accept_language: accept_language.as_deref(),
            referrer: referrer.as_deref(),
            purposes: PURPOSES.map(|name| ascii(headers, name)),
            sec_fetch_mode: ascii(headers, SEC_FETCH_MODE),
            sec_fetch_dest: ascii(headers, SEC_FETCH_DEST),
            sec_gpc: ascii(headers, SEC_GPC) == Some("1"),
        };
        if self
            .app
            .test_links
            .opens(arrival.link.rotator.id, facts.query, arrival.now)
        {
            return arrival.show(&facts, indonesian).await;
        }
        let class = screen(&facts, known.class);
        if !class.is_human() {
            return arrival.not_counted(class, &facts, request);
        }
        arrival.record(&facts, request, &known, indonesian).await
    }

    fn find_link<'r>(&self, routing: &'r Routing, host: &str, path: &str) -> Option<Link<'r>> {
        let slug = slug_of(path)?;
        if let Some(workspace) = routing.workspace_of_host(host) {
            return Some(Link {
                rotator: routing.find_rotator(workspace, &slug)?,
                on_shared_host: false,
            });
        }
        let is_public = self.public_host.as_deref() == Some(host) || is_local(host) || host == self.listen_host;
        let rotator = is_public.then(|| routing.find_public_rotator(&slug)).flatten()?;
        Some(Link {
            rotator,
            on_shared_host: true,
        })
    }
}

/// A rotator that was found, and on which kind of host.
struct Link<'r> {
    rotator: &'r Arc<Rotator>,
    on_shared_host: bool,
}

/// One request at one link.
struct Arrival<'a> {
    path: &'a ClickPath,
    routing: &'a Routing,
    link: Link<'a>,
    peer: IpAddr,
    host: String,
    now: UnixMs,
}

impl Arrival<'_> {
    async fn record<B>(
        &self,
        facts: &RequestFacts<'_>,
        request: &Request<B>,
        ua: &KnownUserAgent,
        indonesian: bool,
    ) -> Response<Body> {
        let Self {
            path,
            link: Link { rotator, .. },
            now,
            ..
        } = self;
        let workspace = &rotator.workspace;
        let headers = request.headers();
        let cookie_name = self.cookie_name(headers);
        let token = path
            .signing_keys
            .verify_first(workspace.id, cookies(headers, &cookie_name));
        let forwarded_for: Vec<_> = headers
            .get_all(X_FORWARDED_FOR)
            .iter()
            .map(|v| lossy(v.as_bytes()))
            .collect();
        let forwarded_for = forwarded_for.iter().map(AsRef::as_ref);
        let address = client_address(self.peer, forwarded_for, &path.app.settings.trusted_proxies);
        let lang = limited(facts.accept_language.unwrap_or(""));
        let touch = Touch::of(facts.query, facts.referrer, CLICK_ID_PARAMETERS);
        let campaign = rotator.message.mentions_utm().then(|| touch.utm.clone());
        let campaign = campaign.unwrap_or_default();
        let platform = touch.platform;
        let visit = Visit {
            at: *now,
            rotator: rotator.id,
            cookie: token.map(|token| workspace.code_key.number(token.code)),
            address,
            request_print: path
                .fingerprints
                .request(address, ua.print, &self.host, request.uri().path(), facts.query),
            click_id: path.fingerprints.click_id(workspace.id, &touch, ua.print, lang),
            touch,
            host: self.host.clone(),
            ua: ua.text.clone(),
            lang: lang.to_owned(),
            place: path.geo.locate(address),
            gpc: facts.sec_gpc,
            consent: consent_of(facts.query, headers),
            pixel: pixel_cookies(headers),
            press: None,
        };
        let spread = visit.request_print as u64;
        let outcome = path.recorder.record(visit).await;
        let (lead, to, name) = match outcome {
            Some(Outcome::Sent { lead, to, name }) => {
                path.meters.clicks.increment(1);
                (Some(lead), to, name)
            }
            Some(Outcome::Gone) => {
                path.meters.orphan_hits.increment(1);
                return answer::not_found(indonesian);
            }
            Some(Outcome::Flood) => {
                path.not_counted.add(rotator, Class::Flood, *now, || describe(request));
                path.meters.screened(Class::Flood);
                (None, without_a_turn(self.routing, rotator, spread, *now), None)
            }
            None => {
                path.meters.degraded.increment(1);
                (None, without_a_turn(self.routing, rotator, spread, *now), None)
            }
        };
        // Whoever was not recorded keeps the code that they came with, if any.
        let number = lead
            .map(|lead| lead.number)
            .or_else(|| token.map(|t| workspace.code_key.number(t.code)));
        let code = number.map(|number| workspace.code_key.code(number));
        let cookie = lead.is_some().then_some(code).flatten().map(|code| {
            // The day of first issue is kept: of two valid cookies, the visitor's own is the older one.
            let token = token
                .filter(|t| t.code == code)
                .unwrap_or_else(|| Token::issue(code, *now));
            self.set_cookie(&cookie_name, &path.signing_keys.sign(workspace.id, token))
        });
        let code = code.map(|c| c.to_string()).unwrap_or_default();
        // A lead has a stored name only if somebody gave it one, so it is never the automatic one.
        let first_name = name.as_deref().and_then(|name| first_name(name, NameSource::Manual));
        let message = MessageFacts {
            first_name,
            ..message_facts(rotator, &code, &campaign, platform)
        };
        self.send_to(&to, message, cookie.as_deref(), indonesian)
    }

    fn send_to(
        &self,
        to: &SendTo,
        message: MessageFacts<'_>,
        cookie: Option<&str>,
        indonesian: bool,
    ) -> Response<Body> {
        let rotator = self.link.rotator;
        match address(rotator, to, message) {
            Some(address) => answer::redirect(&address, cookie),
            None => {
                let back_at = back_at(self.routing, rotator, self.now);
                answer::closed(rotator, back_at, indonesian, cookie)
            }
        }
    }

    /// The answer to a test link: what somebody new would get, and not a trace of it anywhere.
    async fn show(&self, facts: &RequestFacts<'_>, indonesian: bool) -> Response<Body> {
        let (app, rotator, now) = (&self.path.app, self.link.rotator, self.now);
        let to = match outlook::of_rotator(app, self.routing, rotator, now).await {
            Ok(outlook) => outlook.to,
            Err(error) => {
                tracing::error!(%error, "a test link could not see whose turn it is");
                without_a_turn(self.routing, rotator, 0, now)
            }
        };
        let touch = Touch::of(facts.query, facts.referrer, CLICK_ID_PARAMETERS);
        let code = rotator.workspace.code_key.example().to_string();
        let message = message_facts(rotator, &code, &touch.utm, touch.platform);
        self.send_to(&to, message, None, indonesian)
    }

    /// The answer to what is not a person: like a person's, but without a turn, a lead or a cookie.
    fn not_counted<B>(&self, class: Class, facts: &RequestFacts<'_>, request: &Request<B>) -> Response<Body> {
        let Self {
            path,
            link: Link { rotator, .. },
            now,
            ..
        } = self;
        path.meters.screened(class);
        path.not_counted.add(rotator, class, *now, || describe(request));
        match class {
            Class::Prefetch => return answer::prefetch(),
            Class::Preview => {
                if let Some(page) = answer::preview(&rotator.preview) {
                    return page;
                }
            }
            _ => {}
        }
        let touch = Touch::of(facts.query, None, CLICK_ID_PARAMETERS);
        let user_agent = path.fingerprints.user_agent(facts.user_agent.unwrap_or(""));
        let spread = path.fingerprints.request(self.peer, user_agent, &self.host, "", "");
        let code = rotator.workspace.code_key.example().to_string();
        let message = message_facts(rotator, &code, &touch.utm, touch.platform);
        let indonesian = answer::reads_indonesian(facts.accept_language);
        self.send_to(
            &without_a_turn(self.routing, rotator, spread as u64, *now),
            message,
            None,
            indonesian,
        )
    }

    fn cookie_name(&self, headers: &HeaderMap) -> Cow<'static, str> {
        let workspace = self.link.rotator.workspace.id;
        let suffix = (self.link.on_shared_host && workspace != FIRST_WORKSPACE).then_some(workspace);
        cookie::name(self.is_https(headers), suffix)
    }

    /// Whether the visitor's connection is encrypted: a trusted proxy says so, or the public address does.
    fn is_https(&self, headers: &HeaderMap) -> bool {
        let settings = &self.path.app.settings;
        let public_host = self.path.public_host.as_deref();
        scheme::is_https(
            settings,
            public_host,
            self.peer,
            &self.host,
            ascii(headers, X_FORWARDED_PROTO),
        )
    }

    fn set_cookie(&self, name: &str, value: &str) -> String {
        const ATTRIBUTES: &str = "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure";
        const { assert!(MAX_AGE_SECONDS == 34_560_000) };
        // `Secure` only where the name demands it: plain HTTP is for trying things out.
        let attributes = match name.starts_with("__Host-") {
            true => ATTRIBUTES,
            false => &ATTRIBUTES[..ATTRIBUTES.len() - "; Secure".len()],
        };
        [name, "=", value, attributes].concat()
    }
}

/// The slug of a path `/wa/{slug}`, with one trailing slash allowed, percent-encoding decoded once, lower-cased.
fn slug_of(path: &str) -> Option<String> {
    let slug = path.strip_prefix("/wa/")?;
    let slug = slug.strip_suffix('/').unwrap_or(slug);
    let decoded = percent_encoding::percent_decode_str(slug).decode_utf8().ok()?;
    let fits = (1..=64).contains(&decoded.len()) && decoded.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fits.then(|| decoded.to_ascii_lowercase())
}

fn host_of(uri: &Uri, headers: &HeaderMap) -> String {
    // A request in absolute form names its host in the target, which then wins (RFC 9112, section 3.2.2).
    let authority = uri.authority().map(|a| a.as_str());
    normalised(authority.or_else(|| ascii(headers, HOST)).unwrap_or(""))
}

/// A header as text; what is not UTF-8 in it is replaced.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<Cow<'_, str>> {
    headers.get(name).map(|value| lossy(limited_bytes(value.as_bytes())))
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly all are UTF-8, and checking that is faster than looking for what is not.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// A header that is ASCII if it is anything.
fn ascii(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The values of all cookies of this name, in the order in which they were sent.
pub(super) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let pairs = headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(';'));
    pairs.filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

fn limited_bytes(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(KEPT_MAX_BYTES)]
}

fn limited(text: &str) -> &str {
    &text[..text.floor_char_boundary(KEPT_MAX_BYTES)]
}

/// A request as it is shown under "what we did not count": without address, cookies and credentials.
fn describe<B>(request: &Request<B>) -> String {
    use std::fmt::Write;
    let mut text = format!("{} {}\n", request.method(), limited(&request.uri().to_string()));
    let private = [
        "cookie",
        "authorization",
        "x-forwarded-for",
        "x-real-ip",
        "forwarded",
        "proxy-authorization",
    ];
    for (name, value) in request
        .headers()
        .iter()
        .filter(|(name, _)| !private.contains(&name.as_str()))
    {
        let value = String::from_utf8_lossy(limited_bytes(value.as_bytes()));
        writeln!(text, "{name}: {value}").expect("a String takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("/wa/promo", Some("promo"))]
    #[case("/wa/Promo/", Some("promo"))]
    #[case("/wa/%70romo", Some("promo"))]
    #[case("/wa/pr-0mo", Some("pr-0mo"))]
    #[case("/wa/%2570romo", None)]
    #[case("/wa/promo//", None)]
    #[case("/wa/promo/x", None)]
    #[case("/wa/pro%2Fmo", None)]
    #[case("/wa/%FF", None)]
    #[case("/wa/%", None)]
    #[case("/wa/", None)]
    #[case("/wapromo", None)]
    fn a_slug_is_read_from_the_path(#[case] path: &str, #[case] slug: Option<&str>) {
        assert_eq!(slug_of(path).as_deref(), slug);
    }

    #[test]
    fn all_cookies_of_a_name_are_found_in_order() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; visitor_code=x; visitor_code_2=y".parse().unwrap());
        headers.append(COOKIE, "visitor_code=z".parse().unwrap());
        assert_eq!(cookies(&headers, "visitor_code").collect::<Vec<_>>(), ["x", "z"]);
    }
}
