//! Whose address a request came from, when proxies stand in between.
//!
//! Anybody can send `X-Forwarded-For`. Only what a trusted proxy appended to it is believed, and proxies append on the
//! right: so it is read from there, up to the first address that is not one of ours.

use super::networks::Networks;
use std::net::{IpAddr, SocketAddr};

/// The networks of our own proxies and load balancers (`KONEKTOR_TRUSTED_PROXIES`). Empty: nobody is believed.
pub type TrustedProxies = Networks;

/// The address of the client: the peer of the socket, or, if that is a trusted proxy, the first address from the right
/// of `X-Forwarded-For` that is not. IPv4 inside IPv6 is given as IPv4.
///
/// `forwarded_for` are the values of the header in the order in which they came, whole; each may be a list. An entry that is no
/// address ends the walk at the last good one: what stands left of it, nobody of ours vouches for.
pub fn client_address<'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    trusted: &TrustedProxies,
) -> IpAddr {
    let mut client = peer.to_canonical();
    let from_the_right = forwarded_for.rev().flat_map(|value| value.rsplit(|byte| *byte == b','));
    for entry in from_the_right.map(<[u8]>::trim_ascii).filter(|entry| !entry.is_empty()) {
        if !trusted.contains(client) {
            break;
        }
        match std::str::from_utf8(entry).ok().and_then(address) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:8080`, each also in quotes.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry
        .strip_prefix('"')
        .and_then(|entry| entry.strip_suffix('"'))
        .unwrap_or(entry);
    let bare = entry
        .strip_prefix('[')
        .and_then(|entry| entry.strip_suffix(']'))
        .unwrap_or(entry);
    bare.parse()
        .ok()
        .or_else(|| entry.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::networks::InvalidNetwork;
    use proptest::{collection::vec, prelude::*};
    use rstest::rstest;

    const OURS: &str = "10.0.0.0/8, 192.0.2.7, 2001:db8:ffff::/48, ::ffff:172.16.0.0/108";

    #[rstest]
    #[case::no_header("203.0.113.9", &[], "203.0.113.9")]
    #[case::spoofed_without_a_proxy("203.0.113.9", &["198.51.100.1"], "203.0.113.9")]
    #[case::one_proxy("10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case::spoofed_through_a_proxy("10.0.0.1", &["8.8.8.8, 198.51.100.1"], "198.51.100.1")]
    #[case::spoofed_as_one_of_ours("10.0.0.1", &["10.9.9.9, 198.51.100.1, 10.0.0.2"], "198.51.100.1")]
    #[case::two_proxies("10.0.0.1", &["198.51.100.1, 192.0.2.7"], "198.51.100.1")]
    #[case::all_ours("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::several_headers("10.0.0.1", &["8.8.8.8", "198.51.100.1", "10.0.0.2"], "198.51.100.1")]
    #[case::several_headers_with_lists("10.0.0.1", &["8.8.8.8, 198.51.100.1", "10.0.0.3,10.0.0.2"], "198.51.100.1")]
    #[case::empty("10.0.0.1", &[""], "10.0.0.1")]
    #[case::empty_entries("10.0.0.1", &[" , 198.51.100.1 ,, "], "198.51.100.1")]
    #[case::garbage("10.0.0.1", &["unknown"], "10.0.0.1")]
    #[case::garbage_ends_the_walk("10.0.0.1", &["8.8.8.8, unknown, 10.0.0.2"], "10.0.0.2")]
    #[case::garbage_left_of_the_client("10.0.0.1", &["<script>, 198.51.100.1"], "198.51.100.1")]
    #[case::a_port("10.0.0.1", &["198.51.100.1:49152"], "198.51.100.1")]
    #[case::ipv6("2001:db8:ffff::1", &["2001:db8::1"], "2001:db8::1")]
    #[case::ipv6_in_brackets("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::ipv6_with_a_port("10.0.0.1", &["\"[2001:db8::1]:443\""], "2001:db8::1")]
    #[case::ipv4_in_ipv6("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1")]
    #[case::trusted_as_ipv4_in_ipv6("172.16.0.5", &["198.51.100.1"], "198.51.100.1")]
    #[case::a_zone_is_garbage("10.0.0.1", &["fe80::1%eth0"], "10.0.0.1")]
    #[case::a_network_is_garbage("10.0.0.1", &["198.51.100.0/24"], "10.0.0.1")]
    fn the_client_is_the_first_untrusted_address_from_the_right(
        #[case] peer: &str,
        #[case] forwarded_for: &[&str],
        #[case] client: &str,
    ) {
        let trusted = TrustedProxies::parse(OURS).expect("networks");
        let found = client_address(
            peer.parse().expect("an address"),
            forwarded_for.iter().map(|value| value.as_bytes()),
            &trusted,
        );
        assert_eq!(found.to_string(), client);
    }

    #[test]
    fn what_a_proxy_added_counts_however_much_stands_left_of_it() {
        let trusted = TrustedProxies::parse(OURS).unwrap();
        let find =
            |value: &[u8]| client_address(IpAddr::from([10, 0, 0, 1]), [value].into_iter(), &trusted).to_string();
        assert_eq!(
            find(format!("{}198.51.100.1", "8.8.8.8, ".repeat(500)).as_bytes()),
            "198.51.100.1"
        );
        assert_eq!(find(b"8.8.8.8, \xFF\xFE, 198.51.100.1"), "198.51.100.1");
        assert_eq!(find(b"8.8.8.8, \xFF\xFE, 10.0.0.2"), "10.0.0.2");
    }

    #[test]
    fn nobody_is_trusted_by_default() {
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(
            client_address(peer, [&b"198.51.100.1"[..]].into_iter(), &TrustedProxies::default()),
            peer
        );
        assert_eq!(TrustedProxies::parse(""), Ok(TrustedProxies::default()));
        assert_eq!(TrustedProxies::parse(" , "), Ok(TrustedProxies::default()));
    }

    #[rstest]
    #[case("10.0.0.0/33")]
    #[case("10.0.0")]
    #[case("loadbalancer")]
    #[case("10.0.0.1:80")]
    fn a_wrong_network_is_refused_by_name(#[case] entry: &str) {
        let list = format!("127.0.0.1, {entry}");
        assert_eq!(TrustedProxies::parse(&list), Err(InvalidNetwork(entry.to_owned())));
    }

    proptest! {
        #[test]
        fn any_header_gives_an_address_that_it_names_or_the_peers(
            values in vec("[0-9a-f.:,\\[\\]\" ]{0,60}|(10\\.0\\.0\\.[1-9], ?){0,40}|\\PC{0,40}", 0..5),
        ) {
            let trusted = TrustedProxies::parse(OURS).unwrap();
            let peer: IpAddr = "10.0.0.1".parse().unwrap();
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            let sent = || values.iter().map(|value| value.as_bytes());
            let client = client_address(peer, sent(), &trusted);
            let named = values.iter().flat_map(|value| value.split(',')).filter_map(|entry| address(entry.trim()));
            prop_assert!(client == peer || named.map(|named| named.to_canonical()).any(|named| named == client), "{client}");
            // Nobody who is not one of ours is believed.
            let stranger: IpAddr = "203.0.113.9".parse().unwrap();
            prop_assert_eq!(client_address(stranger, sent(), &trusted), stranger);
        }
    }
}
