//! Which addresses a webhook may reach: those of the public internet, and nothing that leads inside by another name.
//!
//! IPv4 by the registry of special-purpose addresses (RFC 6890 and what updates it). IPv6 the other way round: only
//! global unicast, `2000::/3`, and of that not what carries an IPv4 address in it (6to4, Teredo) or is for documents. So
//! loopback, link-local, unique local, multicast, IPv4-mapped and -compatible addresses and NAT64 are out by construction.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not the public internet: first address, bits of the prefix, what they are.
const SPECIAL_V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an unspecified address"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (
        Ipv4Addr::new(100, 64, 0, 0),
        10,
        "an address inside a carrier's network",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "a reserved address"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay's address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "an address for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// Networks within `2000::/3` that are not the public internet.
const SPECIAL_V6: &[(Ipv6Addr, u32, &str)] = &[
    // Teredo, ORCHID, benchmarks and other protocols.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "a reserved address"),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "an address for documentation",
    ),
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        "an address that carries another one",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "an address for documentation",
    ),
];

/// Networks outside of `2000::/3`, to say what they are; all of them are refused anyway.
const NAMED_V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "an unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "an IPv4 address in disguise",
    ),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4 address in disguise"),
    (
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
        32,
        "an IPv4 address in disguise",
    ),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

/// What kind of address it is that no webhook may reach; `None` if it is a public one.
pub fn why_not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => {
            let within =
                |(net, bits, _): &&(Ipv4Addr, u32, &str)| (u32::from(*net) ^ u32::from(v4)).leading_zeros() >= *bits;
            SPECIAL_V4.iter().find(within).map(|(.., what)| *what)
        }
        IpAddr::V6(v6) => {
            let within =
                |(net, bits, _): &&(Ipv6Addr, u32, &str)| (u128::from(*net) ^ u128::from(v6)).leading_zeros() >= *bits;
            let is_global = v6.segments()[0] & 0xe000 == 0x2000;
            let (table, otherwise) = match is_global {
                true => (SPECIAL_V6, None),
                false => (NAMED_V6, Some("a reserved address")),
            };
            table.iter().find(within).map(|(.., what)| *what).or(otherwise)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    fn these_are_the_public_internet(
        #[values(
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2003::1",
            "2606:4700::1111",
            "3ffe::1",
            "3fff:1000::",
            "3fff:ffff::"
        )]
        address: &str,
    ) {
        assert_eq!(why_not_public(address.parse().unwrap()), None, "{address}");
    }

    #[rstest]
    #[case("0.0.0.0", "unspecified")]
    #[case("0.255.255.255", "unspecified")]
    #[case("10.0.0.0", "private")]
    #[case("10.255.255.255", "private")]
    #[case("100.64.0.0", "carrier")]
    #[case("100.127.255.255", "carrier")]
    #[case("127.0.0.1", "loopback")]
    #[case("127.255.255.255", "loopback")]
    #[case("169.254.169.254", "link-local")]
    #[case("172.16.0.0", "private")]
    #[case("172.31.255.255", "private")]
    #[case("192.0.0.192", "reserved")]
    #[case("192.0.2.1", "documentation")]
    #[case("192.88.99.1", "relay")]
    #[case("192.168.1.1", "private")]
    #[case("198.18.0.0", "benchmarks")]
    #[case("198.19.255.255", "benchmarks")]
    #[case("198.51.100.1", "documentation")]
    #[case("203.0.113.1", "documentation")]
    #[case("224.0.0.1", "multicast")]
    #[case("239.255.255.255", "multicast")]
    #[case("240.0.0.1", "reserved")]
    #[case("255.255.255.255", "reserved")]
    #[case("::", "unspecified")]
    #[case("::1", "loopback")]
    #[case("::127.0.0.1", "disguise")]
    #[case("::8.8.8.8", "disguise")]
    #[case("::ffff:127.0.0.1", "disguise")]
    #[case("::ffff:10.0.0.1", "disguise")]
    #[case("::ffff:8.8.8.8", "disguise")]
    #[case("::ffff:0:127.0.0.1", "reserved")]
    #[case("64:ff9b::127.0.0.1", "disguise")]
    #[case("64:ff9b::8.8.8.8", "disguise")]
    #[case("64:ff9b:1::10.0.0.1", "disguise")]
    #[case("100::1", "reserved")]
    #[case("2001::1", "reserved")]
    #[case("2001:0:7f00:1::", "reserved")]
    #[case("2001:2::1", "reserved")]
    #[case("2001:10::1", "reserved")]
    #[case("2001:20::1", "reserved")]
    #[case("2001:1ff:ffff::1", "reserved")]
    #[case("2001:db8::1", "documentation")]
    #[case("2001:db8:ffff::1", "documentation")]
    #[case("2002:7f00:1::1", "carries")]
    #[case("2002:a00:1::", "carries")]
    #[case("3fff::1", "documentation")]
    #[case("3fff:fff::1", "documentation")]
    #[case("1fff::1", "reserved")]
    #[case("4000::1", "reserved")]
    #[case("5f00::1", "reserved")]
    #[case("fc00::1", "private")]
    #[case("fd12:3456::1", "private")]
    #[case("fe80::1", "link-local")]
    #[case("febf::1", "link-local")]
    #[case("fec0::1", "reserved")]
    #[case("ff02::1", "multicast")]
    fn these_are_not(#[case] address: &str, #[case] says: &str) {
        let why = why_not_public(address.parse().unwrap());
        assert!(why.is_some_and(|why| why.contains(says)), "{address}: {why:?}");
    }
}
