//! A request for `/wa/{slug}`: parse it, decide whether a person sent it, record the visit, send them on.

use super::{
    answer::{self, Answer},
    consent::{consent_of, pixel_cookies},
    head::Head,
    host::{is_local, normalised},
    orphans::{Orphans, whose},
    outlook,
    page::{self, PageMode, Posted, Press},
    recorder::Recorder,
    screened::{NotCounted, network_line},
    send_to::{address, message_facts},
    standby::Recorded,
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
use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::{Outcome, SendTo, Visit, back_at, without_a_turn},
    event::Consent,
    identity::{
        code::CODE_LENGTH,
        continuity::Fingerprints,
        cookie::{self, MAX_AGE_SECONDS, SigningKeys, Token},
    },
    ids::WorkspaceId,
    lead::{NameSource, first_name},
    message::MessageFacts,
    request::RequestFacts,
    routing::{Rotator, Routing},
    screening::{Class, screen, taught::network_of},
    time::UnixMs,
};
use std::{borrow::Cow, net::IpAddr, sync::Arc};

/// Longest path and query.
const URL_MAX_BYTES: usize = 8 * 1024;
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
    /// Links that are not there.
    pub orphans: Orphans,
    /// What rotators in page mode need.
    pub page_mode: PageMode,
    /// Numbers for operators.
    pub meters: Meters,
    /// Host of `public_url`.
    pub public_host: Option<String>,
    /// The address that it listens on, as a host.
    pub listen_host: String,
}

impl ClickPath {
    /// Answers a request whose path starts with `/wa/`. `posted` is what the button of a page has sent: see
    /// [`ClickPath::press`].
    pub async fn handle(&self, peer: IpAddr, head: &Head<'_>, posted: Option<&Posted>) -> Answer {
        let indonesian = answer::reads_indonesian(head.accept_language.as_deref());
        if !head.is_read() && posted.is_none() {
            return answer::method_not_allowed(self.takes_presses(head)).into();
        }
        if head.url.len() > URL_MAX_BYTES {
            self.meters.bad_requests.increment(1);
            return answer::too_long(indonesian).into();
        }
        let routing = self.app.routing.load();
        let host = normalised(head.authority);
        let Some(link) = self.find_link(&routing, &host, head.path) else {
            if let Some(script) = page::script(head.path) {
                return script.into();
            }
            self.meters.orphan_hits.increment(1);
            self.note_orphan(&routing, &host, head);
            return answer::not_found(indonesian).into();
        };
        let arrival = Arrival {
            path: self,
            routing: &routing,
            link,
            peer,
            head,
            host: &host,
            now: self.app.clock.now(),
            indonesian,
        };
        let facts = head.facts();
        if self
            .app
            .test_links
            .opens(arrival.link.rotator.id, head.query_for_us, arrival.now)
        {
            return arrival.show(&facts, posted).await;
        }
        let known = self.user_agents.get(&head.user_agent);
        let class = screen(&facts, known.class);
        // What was taught is looked at only now, so whoever is let through pays nothing for it.
        if !class.is_human() && !arrival.is_taught(class, &known) {
            return arrival.not_counted(class, &facts, posted);
        }
        if let Some(page) = &arrival.link.rotator.page {
            return arrival.at_page(page, &facts, &known, posted).await;
        }
        arrival.record(&facts, &known, None).await
    }

    /// Remembers a link that a person asked for and that is not there, so that a mistyped one is found.
    fn note_orphan(&self, routing: &Routing, host: &str, head: &Head<'_>) {
        let Some(slug) = slug_of(head.path) else { return };
        let known = self.user_agents.get(&head.user_agent);
        if !screen(&head.facts(), known.class).is_human() {
            return;
        }
        let workspace = match routing.workspace_of_host(host) {
            Some(workspace) => routing.workspace(workspace).cloned(),
            None if self.is_public(host) => whose(routing, &slug),
            None => None,
        };
        if let Some(workspace) = workspace {
            self.orphans.add(&workspace, &slug, self.app.clock.now());
        }
    }

    /// Whether a host is the server's own.
    fn is_public(&self, host: &str) -> bool {
        self.public_host.as_deref() == Some(host) || is_local(host) || host == self.listen_host
    }

    /// Whether a request is for a rotator in page mode.
    pub(super) fn takes_presses(&self, head: &Head<'_>) -> bool {
        let routing = self.app.routing.load();
        let link = self.find_link(&routing, &normalised(head.authority), head.path);
        link.is_some_and(|link| link.rotator.page.is_some())
    }

    fn find_link<'r>(&self, routing: &'r Routing, host: &str, path: &str) -> Option<Link<'r>> {
        let slug = slug_of(path)?;
        if let Some(workspace) = routing.workspace_of_host(host) {
            return Some(Link {
                rotator: routing.find_rotator(workspace, &slug)?,
                on_shared_host: false,
            });
        }
        let rotator = self
            .is_public(host)
            .then(|| routing.find_public_rotator(&slug))
            .flatten()?;
        Some(Link {
            rotator,
            on_shared_host: true,
        })
    }
}

/// A rotator that was found, and on which kind of host.
pub(super) struct Link<'r> {
    pub(super) rotator: &'r Arc<Rotator>,
    on_shared_host: bool,
}

/// One request at one link.
pub(super) struct Arrival<'a> {
    pub(super) path: &'a ClickPath,
    routing: &'a Routing,
    pub(super) link: Link<'a>,
    peer: IpAddr,
    head: &'a Head<'a>,
    /// Normalised.
    host: &'a str,
    pub(super) now: UnixMs,
    /// Which language the visitor reads.
    pub(super) indonesian: bool,
}

impl Arrival<'_> {
    pub(super) async fn record(&self, facts: &RequestFacts<'_>, ua: &KnownUserAgent, press: Option<&Press>) -> Answer {
        let Self {
            path,
            link: Link { rotator, .. },
            head,
            now,
            ..
        } = self;
        let workspace = &rotator.workspace;
        let cookie_name = self.cookie_name();
        let is_discreet = self.is_discreet();
        let token = match is_discreet {
            false => path.signing_keys.verify_first(workspace.id, head.cookies(&cookie_name)),
            true => None,
        };
        // Who has no cookie may have brought a token from a page of the customer's.
        let brought = || match is_discreet {
            false => path.app.visitor_tokens.of_query(workspace.id, head.query_for_us, *now),
            true => None,
        };
        let known = token.map(|token| token.code).or_else(brought);
        let address = self.address();
        let lang = facts.accept_language.unwrap_or("");
        let touch_of = || {
            let mut touch = Touch::of(facts.query, facts.referrer, CLICK_ID_PARAMETERS);
            if is_discreet {
                // Through which platform they came stays: that is of the ad, and not of the person.
                touch.click_ids.clear();
            }
            touch
        };
        let touch = touch_of();
        let campaign = rotator.message.mentions_utm().then(|| touch.utm.clone());
        let campaign = campaign.unwrap_or_default();
        let platform = touch.platform;
        let visit_with = |touch: Touch| {
            let mut visit = Visit {
                at: *now,
                rotator: rotator.id,
                cookie: known.map(|code| workspace.code_key.number(code)),
                address,
                request_print: path
                    .fingerprints
                    .request(address, ua.print, self.host, head.path, facts.query),
                click_id: path.fingerprints.click_id(workspace.id, &touch, ua.print, lang),
                touch,
                host: self.host.to_owned(),
                ua: ua.text.clone(),
                lang: lang.to_owned(),
                place: path.geo.locate(address),
                gpc: facts.sec_gpc,
                consent: consent_of(head),
                pixel: if is_discreet { None } else { pixel_cookies(head) },
                press: None,
                is_discreet,
            };
            if let Some(press) = press {
                press.mark(&mut visit, &path.fingerprints, ua);
            }
            visit
        };
        let visit = Box::new(visit_with(touch));
        let spread = visit.request_print as u64;
        let recorded = path
            .recorder
            .record(self.routing, visit, || visit_with(touch_of()))
            .await;
        let (lead, to, name) = match recorded {
            Recorded::Stored(Outcome::Sent { lead, to, name }) => {
                path.meters.clicks.increment(1);
                (Some(lead), to, name)
            }
            Recorded::Stored(Outcome::Gone) => {
                path.meters.orphan_hits.increment(1);
                return answer::not_found(self.indonesian).into();
            }
            Recorded::Stored(Outcome::Flood) => {
                self.count_not(Class::Flood);
                path.meters.screened(Class::Flood);
                (None, without_a_turn(self.routing, rotator, spread, *now), None)
            }
            Recorded::Degraded { lead, to, name } => (lead, to, name),
        };
        if let Some(press) = press {
            self.keep(press, lead).await;
        }
        // Whoever was not recorded keeps the code that they came with, if any.
        let number = lead
            .map(|lead| lead.number)
            .or_else(|| known.map(|code| workspace.code_key.number(code)));
        let code = number.map(|number| workspace.code_key.code(number));
        let kept = code.filter(|_| lead.is_some() && !is_discreet);
        let cookie = kept.map(|code| {
            // The day of first issue is kept: of two valid cookies, the visitor's own is the older one.
            let token = token
                .filter(|t| t.code == code)
                .unwrap_or_else(|| Token::issue(code, *now));
            self.set_cookie(&cookie_name, token)
        });
        let mut room = [0; CODE_LENGTH];
        let code = code.map_or("", |code| code.text(&mut room));
        // A lead has a stored name only if somebody gave it one, so it is never the automatic one.
        let name = name.as_deref().or_else(|| press.and_then(Press::name));
        let first_name = name.and_then(|name| first_name(name, NameSource::Manual));
        let message = MessageFacts {
            first_name,
            ..message_facts(rotator, code, &campaign, platform)
        };
        self.send_to(&to, message, cookie)
    }

    /// Whether somebody said that this is a person.
    fn is_taught(&self, class: Class, known: &KnownUserAgent) -> bool {
        let taught = &self.link.rotator.workspace.taught;
        taught.is_any() && taught.is_person(class, &known.text, self.address(), self.path.user_agents.patterns())
    }

    /// Counts it as what it is, and perhaps keeps it as a sample.
    fn count_not(&self, class: Class) {
        let (path, head) = (self.path, self.head);
        path.not_counted
            .add(self.link.rotator, class, self.now, &head.user_agent, || {
                let mut sample = head.describe();
                // By what is said of these they cannot be told apart, so where they came from is kept: the network, not who.
                if matches!(class, Class::Flood | Class::NoUserAgent) {
                    sample.push_str(&network_line(network_of(self.address())));
                }
                sample
            });
    }

    fn send_to(&self, to: &SendTo, message: MessageFacts<'_>, cookie: Option<String>) -> Answer {
        let rotator = self.link.rotator;
        match address(rotator, to, message) {
            Some(location) => Answer::Redirect {
                location: location.into_owned(),
                cookie,
            },
            None => {
                let back_at = back_at(self.routing, rotator, self.now);
                answer::closed(rotator, back_at, self.indonesian, cookie.as_deref()).into()
            }
        }
    }

    /// The answer to a test link: what somebody new would get, and not a trace of it anywhere.
    async fn show(&self, facts: &RequestFacts<'_>, posted: Option<&Posted>) -> Answer {
        let (app, rotator, now) = (&self.path.app, self.link.rotator, self.now);
        if let (Some(page), None) = (&rotator.page, posted) {
            return self.view_of_nobody(page);
        }
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
        self.send_to(&to, message, None)
    }

    /// The answer to what is not a person: like a person's, but without a turn, a lead or a cookie.
    pub(super) fn not_counted(&self, class: Class, facts: &RequestFacts<'_>, posted: Option<&Posted>) -> Answer {
        let Self {
            path,
            link: Link { rotator, .. },
            now,
            ..
        } = self;
        path.meters.screened(class);
        self.count_not(class);
        match class {
            Class::Prefetch => return answer::prefetch().into(),
            Class::Preview => {
                if let Some(page) = answer::preview(&rotator.preview) {
                    return page.into();
                }
            }
            _ => {}
        }
        if let Some(page) = &rotator.page {
            match posted {
                None => return self.view_of_nobody(page),
                Some(posted) => self.drop_form(page, posted, class),
            }
        }
        let touch = Touch::of(facts.query, None, CLICK_ID_PARAMETERS);
        let user_agent = path.fingerprints.user_agent(facts.user_agent.unwrap_or(""));
        let spread = path.fingerprints.request(self.peer, user_agent, self.host, "", "");
        let code = rotator.workspace.code_key.example().to_string();
        let message = message_facts(rotator, &code, &touch.utm, touch.platform);
        self.send_to(
            &without_a_turn(self.routing, rotator, spread as u64, *now),
            message,
            None,
        )
    }

    /// The visitor's address, behind the proxies that are believed.
    pub(super) fn address(&self) -> IpAddr {
        let trusted = &self.path.app.settings.trusted_proxies;
        client_address(self.peer, self.head.forwarded_for.iter(), trusted)
    }

    /// What a valid cookie says.
    pub(super) fn cookie_token(&self) -> Option<Token> {
        if self.is_discreet() {
            return None;
        }
        let (name, workspace) = (self.cookie_name(), self.link.rotator.workspace.id);
        self.path.signing_keys.verify_first(workspace, self.head.cookies(&name))
    }

    /// Whether the workspace is strict and the visitor has not consented, or the browser says that they do not.
    fn is_discreet(&self) -> bool {
        self.link.rotator.workspace.is_strict
            && (self.head.facts().sec_gpc || consent_of(self.head) != Some(Consent::Granted))
    }

    fn cookie_name(&self) -> Cow<'static, str> {
        let workspace = self.link.rotator.workspace.id;
        let suffix = (self.link.on_shared_host && workspace != FIRST_WORKSPACE).then_some(workspace);
        cookie::name(self.is_https(), suffix)
    }

    /// Whether the visitor's connection is encrypted: a trusted proxy says so, or the public address does.
    fn is_https(&self) -> bool {
        let settings = &self.path.app.settings;
        let public_host = self.path.public_host.as_deref();
        scheme::is_https(settings, public_host, self.peer, self.host, self.head.forwarded_proto)
    }

    fn set_cookie(&self, name: &str, token: Token) -> String {
        const ATTRIBUTES: &str = "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure";
        const { assert!(MAX_AGE_SECONDS == 34_560_000) };
        // `Secure` only where the name demands it: plain HTTP is for trying things out.
        let attributes = match name.starts_with("__Host-") {
            true => ATTRIBUTES,
            false => &ATTRIBUTES[..ATTRIBUTES.len() - "; Secure".len()],
        };
        let mut cookie = String::with_capacity(160);
        cookie.push_str(name);
        cookie.push('=');
        let workspace = self.link.rotator.workspace.id;
        self.path.signing_keys.sign_onto(workspace, token, &mut cookie);
        cookie.push_str(attributes);
        cookie
    }
}

/// The slug of a path `/wa/{slug}`, with one trailing slash allowed, percent-encoding decoded once, lower-cased.
fn slug_of(path: &str) -> Option<Cow<'_, str>> {
    let slug = path.strip_prefix("/wa/")?;
    let slug = slug.strip_suffix('/').unwrap_or(slug);
    let decoded = percent_encoding::percent_decode_str(slug).decode_utf8().ok()?;
    let fits = (1..=64).contains(&decoded.len()) && decoded.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    fits.then(|| match decoded.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(decoded.to_ascii_lowercase()),
        false => decoded,
    })
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
}
