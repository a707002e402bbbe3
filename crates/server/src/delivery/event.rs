//! From a stored delivery to the event that a platform is told.

use crate::click::host::is_local;
use konektor_core::{
    event::{Event, EventClick, EventVisitor, PixelCookies},
    ids::LeadId,
    lead::{Amount, Currency, Money},
    routing::Routing,
    time::UnixMs,
};
use konektor_store::model::{Claimed, EventDetails};
use std::net::IpAddr;

/// All that an event is made of. `None` if the workspace is gone.
pub fn event_of(routing: &Routing, claimed: Claimed, now: UnixMs) -> Option<Event> {
    let Claimed {
        event_id,
        trigger,
        name,
        at,
        consent,
        details,
        click,
        lead,
        ..
    } = claimed;
    let facts = click.facts;
    let slug = routing.rotator(click.rotator).map_or("", |rotator| &rotator.slug);
    let scheme = if is_local(&facts.host) { "http" } else { "https" };
    Some(Event {
        id: event_id,
        trigger,
        name,
        // A clock that was set back must not make an event of the future, which Meta refuses with its whole batch.
        at: at.min(now),
        money: money(&details),
        consent,
        click: EventClick {
            at: click.at.min(now),
            ids: facts.touch.click_ids,
            url: format!("{scheme}://{}/wa/{slug}", facts.host),
            slug: slug.to_owned(),
            referrer: facts.touch.referrer,
            cookies: facts.pixel.map_or_else(PixelCookies::default, |cookies| *cookies),
        },
        visitor: EventVisitor {
            code: code(routing, lead)?,
            ip: facts.ip.filter(is_public),
            user_agent: facts.ua.to_string(),
            language: facts.lang,
            phone: details.phone,
            email: details.email,
        },
    })
}

fn code(routing: &Routing, lead: LeadId) -> Option<String> {
    let workspace = routing.workspace(lead.workspace)?;
    Some(workspace.code_key.code(lead.number).to_string())
}

/// What a sale was worth, if both its value and its currency are known.
pub fn money(details: &EventDetails) -> Option<Money> {
    let value = u64::try_from(details.value?).ok().and_then(Amount::from_thousandths)?;
    let currency: Currency = details.currency.as_deref()?.parse().ok()?;
    Some(Money { value, currency })
}

/// Whether a visitor can have come from there: a private address is a proxy's that `trusted_proxies` does not name.
fn is_public(ip: &IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("203.0.113.9", true)]
    #[case("2001:db8::9", true)]
    #[case("10.1.2.3", false)]
    #[case("100.64.0.1", false)]
    #[case("127.0.0.1", false)]
    #[case("::ffff:192.168.0.1", false)]
    #[case("fe80::1", false)]
    #[case("fd00::1", false)]
    fn private_addresses_are_nobodys(#[case] ip: &str, #[case] public: bool) {
        assert_eq!(is_public(&ip.parse().unwrap()), public);
    }
}
