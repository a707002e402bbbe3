//! Forms of values that several platforms care about.

use base64::Engine;
use std::net::IpAddr;

/// SHA-256 of nothing, in hex and in base 64.
const OF_NOTHING_HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OF_NOTHING_BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

/// Whether a text has the hash of nothing in it, however it is written.
pub(crate) fn has_hash_of_nothing(text: &str) -> bool {
    // The first digits are enough to look for, and rare enough to look closer at.
    let hex = |at: usize| {
        text.get(at..at + 64)
            .is_some_and(|hash| hash.eq_ignore_ascii_case(OF_NOTHING_HEX))
    };
    ["e3b0c442", "E3B0C442"]
        .iter()
        .any(|start| text.match_indices(start).any(|(at, _)| hex(at)))
        || text.contains(OF_NOTHING_BASE64)
        || text.contains(&OF_NOTHING_BASE64.replace('+', "-").replace('/', "_"))
}

/// Whether it is SHA-256 in lower-case hex.
pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Whether it is SHA-256 in base 64.
pub(crate) fn is_sha256_base64(text: &str) -> bool {
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .is_ok_and(|hash| hash.len() == 32)
}

/// Whether it looks like SHA-256 where a plain value belongs.
pub(crate) fn looks_hashed(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether an address can be no visitor's on the internet: private, of this machine or network, of a carrier's inside,
/// or of nobody. Addresses for documentation pass, since tests need some.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            a == 0
                || ip.is_loopback()
                || ip.is_private()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_multicast()
                || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => {
            ip.is_unspecified()
                || ip.is_loopback()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_multicast()
        }
    }
}

/// A currency as ISO 4217 writes it. Whether it exists nobody checks.
pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether a text is digits, as many as said.
pub(crate) fn is_digits(text: &str, count: std::ops::RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A moment as RFC 3339 writes it, in unix milliseconds. Stricter than the parser behind it, which takes blanks, missing
/// seconds and names of zones too.
pub(crate) fn rfc3339_ms(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let shape = bytes.len() >= 20
        && marks.iter().all(|(at, mark)| bytes[*at] == *mark)
        && [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].into_iter().all(digits);
    if !shape {
        return None;
    }
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&count) {
            return None;
        }
        rest = &fraction[count..];
    }
    let offset = rest.as_bytes();
    let zone = rest == "Z"
        || (offset.len() == 6
            && matches!(offset[0], b'+' | b'-')
            && offset[3] == b':'
            && [1, 2, 4, 5].iter().all(|at| offset[*at].is_ascii_digit()));
    let moment: jiff::Timestamp = if zone { text.parse().ok()? } else { return None };
    Some(moment.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::ms("2026-11-22T11:30:00.123Z", Some(1_795_347_000_123))]
    #[case::offset("2026-11-22T18:30:00+07:00", Some(1_795_347_000_000))]
    #[case::nanoseconds("2026-11-22T11:30:00.123456789Z", Some(1_795_347_000_123))]
    #[case::no_zone("2026-11-22T11:30:00", None)]
    #[case::blank("2026-11-22 11:30:00Z", None)]
    #[case::legacy("2026-11-22 11:30:00+07:00", None)]
    #[case::no_seconds("2026-11-22T11:30Z", None)]
    #[case::no_such_day("2026-02-30T11:30:00Z", None)]
    #[case::named_zone("2026-11-22T11:30:00+07:00[Asia/Jakarta]", None)]
    #[case::seconds("1795347000", None)]
    #[case::empty_fraction("2026-11-22T11:30:00.Z", None)]
    fn a_moment_is_rfc_3339_or_nothing(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(rfc3339_ms(text), expected);
    }

    proptest! {
        #[test]
        fn any_text_may_be_no_moment(text in "\\PC{0,40}") {
            let _ = rfc3339_ms(&text);
            let _ = has_hash_of_nothing(&text);
        }
    }

    #[rstest]
    #[case::private("192.168.1.4", true)]
    #[case::loopback("127.0.0.1", true)]
    #[case::carrier("100.64.0.9", true)]
    #[case::nobody("0.0.0.0", true)]
    #[case::v6_loopback("::1", true)]
    #[case::v6_local("fd00::1", true)]
    #[case::v6_link("fe80::1", true)]
    #[case::mapped("::ffff:10.0.0.1", true)]
    #[case::documentation("203.0.113.9", false)]
    #[case::public("114.124.130.7", false)]
    #[case::v6("2001:db8::9", false)]
    #[case::beside_carrier("100.128.0.1", false)]
    fn a_visitors_address_is_a_public_one(#[case] ip: &str, #[case] expected: bool) {
        assert_eq!(is_private(ip.parse().unwrap()), expected);
    }

    #[test]
    fn the_hash_of_nothing_is_found_in_each_spelling() {
        for spelling in [
            OF_NOTHING_HEX,
            &OF_NOTHING_HEX.to_uppercase(),
            OF_NOTHING_BASE64,
            &OF_NOTHING_BASE64.replace('/', "_").replace('+', "-"),
        ] {
            assert!(
                has_hash_of_nothing(&format!(r#"{{"em":["{spelling}"]}}"#)),
                "{spelling}"
            );
        }
        assert!(!has_hash_of_nothing("e3b0c442 and no more"));
    }
}
