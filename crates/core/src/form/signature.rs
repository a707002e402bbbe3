//! Whether a post is from whom it says: an HMAC over its very bytes.
//!
//! Taken are the headers of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), our own
//! `X-Konektor-Signature: t=<unix s>,v1=<hex>` for whoever signs with a few lines of script, and those of Typeform and
//! Tally, which sign the body alone. The first two hold for five minutes; each holds once.

use super::refusal::Refusal;
use crate::time::UnixMs;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// How far the time of a signature may be from now, either way.
pub const TOLERANCE_MS: i64 = 5 * 60_000;
/// What a secret of Standard Webhooks begins with.
pub const SECRET_PREFIX: &str = "whsec_";

/// The headers that a signature may be in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headers<'h> {
    /// `webhook-id`.
    pub id: Option<&'h str>,
    /// `webhook-timestamp`.
    pub timestamp: Option<&'h str>,
    /// `webhook-signature`.
    pub signature: Option<&'h str>,
    /// `X-Konektor-Signature`.
    pub own: Option<&'h str>,
    /// `Typeform-Signature` (`sha256=<base64>`) or `Tally-Signature` (`<base64>`).
    pub of_body: Option<&'h str>,
}

/// What a signed post is known by: the same one again has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Once(pub [u8; 32]);

/// Checks the signature of `body`. In constant time; what is wrong with it first decides what is said.
pub fn verify(secret: &str, headers: Headers<'_>, body: &[u8], now: UnixMs) -> Result<Once, Refusal> {
    match headers {
        Headers { own: Some(own), .. } => verify_own(secret, own, body, now),
        Headers {
            id: Some(id),
            timestamp: Some(timestamp),
            signature: Some(signature),
            ..
        } => verify_standard(secret, [id, timestamp, signature], body, now),
        Headers {
            of_body: Some(text), ..
        } => {
            let text = text.strip_prefix("sha256=").unwrap_or(text);
            let tag = STANDARD.decode(text).map_err(|_| Refusal::WrongSignature)?;
            is_of(secret, &[body], &[tag])
                .then(|| once(b"body", &[body]))
                .ok_or(Refusal::WrongSignature)
        }
        _ => Err(Refusal::NotSigned),
    }
}

fn verify_own(secret: &str, header: &str, body: &[u8], now: UnixMs) -> Result<Once, Refusal> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find_map(|(name, value)| (name == "t").then_some(value));
    let time = time.ok_or(Refusal::WrongSignature)?;
    let tags = parts()
        .filter(|(name, _)| *name == "v1")
        .filter_map(|(_, tag)| from_hex(tag));
    let tags: Vec<_> = tags.take(8).collect();
    let signed: [&[u8]; 3] = [time.as_bytes(), b".", body];
    if !is_of(secret, &signed, &tags) {
        return Err(Refusal::WrongSignature);
    }
    is_recent(time, now)?;
    Ok(once(b"own", &signed))
}

fn verify_standard(secret: &str, header: [&str; 3], body: &[u8], now: UnixMs) -> Result<Once, Refusal> {
    let [id, time, signatures] = header;
    let tags = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let tags: Vec<_> = tags.filter_map(|tag| STANDARD.decode(tag).ok()).take(8).collect();
    if !is_of(secret, &[id.as_bytes(), b".", time.as_bytes(), b".", body], &tags) {
        return Err(Refusal::WrongSignature);
    }
    is_recent(time, now)?;
    // Sent again under the same id it is the same, with whatever time.
    Ok(once(b"standard", &[id.as_bytes()]))
}

fn is_recent(seconds: &str, now: UnixMs) -> Result<(), Refusal> {
    let seconds: i64 = seconds.parse().map_err(|_| Refusal::WrongSignature)?;
    let at = UnixMs(seconds.saturating_mul(1_000));
    match now.since(at).unsigned_abs() <= TOLERANCE_MS.unsigned_abs() {
        true => Ok(()),
        false => Err(Refusal::Stale),
    }
}

/// Whether one of the tags is the HMAC of the parts under the secret. What a secret's bytes are depends on who signs:
/// Standard Webhooks decodes what follows `whsec_`, a short script takes the text as it stands. All of them are the
/// same secret.
fn is_of(secret: &str, parts: &[&[u8]], tags: &[Vec<u8>]) -> bool {
    let bare = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let keys = [
        Some(secret.as_bytes().to_vec()),
        STANDARD.decode(bare).ok(),
        Some(bare.as_bytes().to_vec()),
    ];
    keys.into_iter().flatten().filter(|key| !key.is_empty()).any(|key| {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(part);
        }
        tags.iter().any(|tag| mac.clone().verify_slice(tag).is_ok())
    })
}

fn once(way: &[u8], parts: &[&[u8]]) -> Once {
    let mut hash = Sha256::new();
    for part in std::iter::once(&way).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    Once(hash.finalize().into())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let digits = text.as_bytes().chunks(2);
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    digits.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const NOW: UnixMs = UnixMs(1_786_932_000_000);
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = b"{\"nama\":\"Budi\"}";

    fn tag(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }

    fn own(secret: &str, seconds: i64, body: &[u8]) -> String {
        let time = seconds.to_string();
        let tag = tag(secret.as_bytes(), &[time.as_bytes(), b".", body]);
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("t={time},v1={hex}")
    }

    fn standard(id: &str, seconds: i64, body: &[u8]) -> (String, String) {
        let time = seconds.to_string();
        let key = STANDARD.decode(&SECRET[SECRET_PREFIX.len()..]).unwrap();
        let tag = tag(&key, &[id.as_bytes(), b".", time.as_bytes(), b".", body]);
        (time, format!("v1,AAAA v1,{}", STANDARD.encode(tag)))
    }

    fn with_own(header: &str) -> Headers<'_> {
        Headers {
            own: Some(header),
            ..Headers::default()
        }
    }

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn the_example_of_standard_webhooks_is_verified() {
        let body = b"{\"test\": 2432232314}";
        let headers = Headers {
            id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
            timestamp: Some("1614265330"),
            signature: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ..Headers::default()
        };
        let at = UnixMs(1_614_265_330_000);
        assert!(verify(SECRET, headers, body, at).is_ok());
        assert_eq!(verify("whsec_AAAA", headers, body, at), Err(Refusal::WrongSignature));
    }

    #[rstest]
    #[case::now(0, Ok(()))]
    #[case::five_minutes_old(-300, Ok(()))]
    #[case::five_minutes_ahead(300, Ok(()))]
    #[case::older(-301, Err(Refusal::Stale))]
    #[case::further_ahead(301, Err(Refusal::Stale))]
    fn a_signature_holds_for_five_minutes(#[case] seconds: i64, #[case] expected: Result<(), Refusal>) {
        let seconds = NOW.0 / 1_000 + seconds;
        let header = own(SECRET, seconds, BODY);
        assert_eq!(verify(SECRET, with_own(&header), BODY, NOW).map(|_| ()), expected);
        let (time, signature) = standard("msg_1", seconds, BODY);
        let headers = Headers {
            id: Some("msg_1"),
            timestamp: Some(&time),
            signature: Some(&signature),
            ..Headers::default()
        };
        assert_eq!(verify(SECRET, headers, BODY, NOW).map(|_| ()), expected);
    }

    #[test]
    fn the_secret_of_an_own_signature_is_the_text_that_was_shown() {
        let seconds = NOW.0 / 1_000;
        for secret in [SECRET, "rahasia toko kopi", &SECRET[SECRET_PREFIX.len()..]] {
            let header = own(secret, seconds, BODY);
            assert!(verify(secret, with_own(&header), BODY, NOW).is_ok(), "{secret}");
        }
        assert_eq!(
            verify("other", with_own(&own(SECRET, seconds, BODY)), BODY, NOW),
            Err(Refusal::WrongSignature)
        );
    }

    #[test]
    fn the_same_post_again_is_known_and_another_is_not() {
        let seconds = NOW.0 / 1_000;
        let once = |header: String, body: &[u8]| verify(SECRET, with_own(&header), body, NOW).unwrap();
        let first = once(own(SECRET, seconds, BODY), BODY);
        assert_eq!(once(own(SECRET, seconds, BODY), BODY), first);
        assert_eq!(
            once(format!("v1={},{}", "0".repeat(64), own(SECRET, seconds, BODY)), BODY),
            first
        );
        assert_ne!(once(own(SECRET, seconds + 1, BODY), BODY), first);
        assert_ne!(once(own(SECRET, seconds, b"{}"), b"{}"), first);
    }

    #[test]
    fn typeform_and_tally_sign_the_body_alone() {
        let tag = STANDARD.encode(tag(b"typeform", &[BODY]));
        for text in [format!("sha256={tag}"), tag.clone()] {
            let headers = Headers {
                of_body: Some(&text),
                ..Headers::default()
            };
            assert!(verify("typeform", headers, BODY, NOW).is_ok());
            assert_eq!(verify("tally", headers, BODY, NOW), Err(Refusal::WrongSignature));
        }
    }

    #[rstest]
    #[case("")]
    #[case("t=1786932000")]
    #[case("v1=00")]
    #[case("t=x,v1=0000000000000000000000000000000000000000000000000000000000000000")]
    #[case("nonsense")]
    fn what_is_no_signature_is_a_wrong_one(#[case] header: &str) {
        assert_eq!(
            verify(SECRET, with_own(header), BODY, NOW),
            Err(Refusal::WrongSignature)
        );
    }

    #[test]
    fn without_a_header_nothing_is_signed() {
        assert_eq!(verify(SECRET, Headers::default(), BODY, NOW), Err(Refusal::NotSigned));
    }

    proptest! {
        #[test]
        fn every_bit_of_the_body_counts(byte in 0..BODY.len(), bit in 0..8_u8) {
            let header = own(SECRET, NOW.0 / 1_000, BODY);
            let mut changed = BODY.to_vec();
            changed[byte] ^= 1 << bit;
            prop_assert_eq!(verify(SECRET, with_own(&header), &changed, NOW), Err(Refusal::WrongSignature));
        }

        #[test]
        fn any_headers_are_safe_to_verify(a: String, b: String, c: String) {
            let headers = Headers { id: Some(&a), timestamp: Some(&b), signature: Some(&c), ..Headers::default() };
            prop_assert_eq!(verify(SECRET, headers, BODY, NOW), Err(Refusal::WrongSignature));
            prop_assert_eq!(verify(SECRET, with_own(&a), BODY, NOW), Err(Refusal::WrongSignature));
        }
    }
}
