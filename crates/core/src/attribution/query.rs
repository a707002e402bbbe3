//! Reading the query string: the click-ID table, UTM values, and what is not worth keeping.

use super::{ClickId, Utm};
use crate::{byte_set::ByteSet, request::pairs};
use percent_encoding::percent_decode;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// An ad platform, or another site whose click IDs are kept for later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Google Ads.
    Google,
    /// Facebook, Instagram, Messenger, Threads. `fbclid` proves Meta, not an ad.
    Meta,
    /// TikTok.
    Tiktok,
    /// LinkedIn.
    Linkedin,
    /// Microsoft Advertising.
    Microsoft,
    /// Snapchat.
    Snapchat,
    /// Pinterest.
    Pinterest,
    /// X, formerly Twitter.
    X,
    /// Reddit.
    Reddit,
}

impl Platform {
    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Meta => "meta",
            Self::Tiktok => "tiktok",
            Self::Linkedin => "linkedin",
            Self::Microsoft => "microsoft",
            Self::Snapchat => "snapchat",
            Self::Pinterest => "pinterest",
            Self::X => "x",
            Self::Reddit => "reddit",
        }
    }

    /// The platform behind a referrer given as scheme and host.
    pub fn of_referrer(origin: &str) -> Option<Self> {
        let host = origin.split_once(':')?.1.strip_prefix("//")?;
        // Android apps refer as `android-app://com.facebook.katana`.
        let known = [
            (
                Self::Google,
                &[
                    "google.com",
                    "google.co.id",
                    "com.google.android.googlequicksearchbox",
                    "youtube.com",
                ][..],
            ),
            (
                Self::Meta,
                &[
                    "facebook.com",
                    "instagram.com",
                    "threads.net",
                    "threads.com",
                    "messenger.com",
                    "com.facebook.katana",
                    "com.instagram.android",
                ],
            ),
            (
                Self::Tiktok,
                &["tiktok.com", "com.zhiliaoapp.musically", "com.ss.android.ugc.trill"],
            ),
            (Self::Linkedin, &["linkedin.com", "lnkd.in", "com.linkedin.android"]),
            (Self::Microsoft, &["bing.com"]),
            (Self::Snapchat, &["snapchat.com"]),
            (Self::Pinterest, &["pinterest.com"]),
            (Self::X, &["t.co", "twitter.com", "x.com"]),
            (Self::Reddit, &["reddit.com"]),
        ];
        let is_under = |domain: &str| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        known
            .iter()
            .find(|(_, hosts)| hosts.iter().any(|domain| is_under(domain)))
            .map(|(platform, _)| *platform)
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Platform {
    type Err = UnknownPlatform;
    fn from_str(text: &str) -> Result<Self, UnknownPlatform> {
        CLICK_ID_PARAMETERS
            .iter()
            .filter_map(|parameter| parameter.platform)
            .find(|platform| platform.as_str() == text)
            .ok_or(UnknownPlatform)
    }
}

/// Not one of the platforms that Konektor knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the platform is one of google, meta, tiktok, linkedin, microsoft, snapchat, pinterest, x, reddit")]
pub struct UnknownPlatform;

/// A row of the click-ID table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickIdParameter {
    /// Canonical name.
    pub name: Cow<'static, str>,
    /// Whose it is.
    pub platform: Option<Platform>,
    /// Whether the name was seen in several spellings (`ScCid`, `sccid`).
    pub any_case: bool,
}

const fn row(name: &'static str, platform: Platform) -> ClickIdParameter {
    ClickIdParameter {
        name: Cow::Borrowed(name),
        platform: Some(platform),
        any_case: false,
    }
}

/// The built-in table. Its order decides which of several click IDs is primary.
pub const CLICK_ID_PARAMETERS: &[ClickIdParameter] = &[
    row("gclid", Platform::Google),
    row("gbraid", Platform::Google),
    row("wbraid", Platform::Google),
    row("fbclid", Platform::Meta),
    row("ttclid", Platform::Tiktok),
    row("li_fat_id", Platform::Linkedin),
    row("msclkid", Platform::Microsoft),
    ClickIdParameter {
        name: Cow::Borrowed("ScCid"),
        platform: Some(Platform::Snapchat),
        any_case: true,
    },
    row("epik", Platform::Pinterest),
    row("twclid", Platform::X),
    row("rdt_cid", Platform::Reddit),
];

/// Longest click ID that is kept, in bytes (the longest documented, ttclid, has about 500).
pub const CLICK_ID_MAX_BYTES: usize = 1_024;
/// Longest UTM value that is kept, in characters.
pub const UTM_MAX_CHARS: usize = 256;

/// What a query string held.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) click_ids: Vec<ClickId>,
    pub(super) utm: Utm,
    pub(super) ignored: Vec<Cow<'static, str>>,
}

/// Each name once: an address of 8 KiB has room for a thousand.
fn note(ignored: &mut Vec<Cow<'static, str>>, name: Cow<'static, str>) {
    if !ignored.contains(&name) {
        ignored.push(name);
    }
}

pub(super) fn read(raw_query: &str, table: &[ClickIdParameter]) -> Found {
    let mut found = Found::default();
    if raw_query.is_empty() {
        return found;
    }
    for pair in pairs(raw_query) {
        let pair = pair.as_bytes();
        // Names are short: byte by byte costs less than a search.
        let (raw_name, raw_value) = match pair.iter().position(|b| *b == b'=') {
            Some(at) => (&pair[..at], &pair[at + 1..]),
            None => (pair, &[][..]),
        };
        let name = decoded(raw_name);
        if let Some(slot) = utm_slot(&mut found.utm, &name) {
            if slot.1.is_some() {
                continue;
            }
            match clean_utm(raw_value) {
                Some(value) => *slot.1 = Some(value),
                None if !raw_value.is_empty() => note(&mut found.ignored, Cow::Borrowed(slot.0)),
                None => {}
            }
            continue;
        }
        let Some(row) = table.iter().find(|row| {
            if row.any_case {
                row.name.as_bytes().eq_ignore_ascii_case(&name)
            } else {
                row.name.as_bytes() == &*name
            }
        }) else {
            continue;
        };
        if found.click_ids.iter().any(|taken| taken.parameter == row.name) {
            continue; // of repeated parameters the first valid one
        }
        let parameter = row.name.clone();
        match valid_click_id(raw_value) {
            Some(value) => found.click_ids.push(ClickId { parameter, value }),
            None => note(&mut found.ignored, parameter),
        }
    }
    // The table's order is the rule; nearly always there is one at most.
    if found.click_ids.len() > 1 {
        let position = |id: &ClickId| table.iter().position(|row| row.name == id.parameter);
        found.click_ids.sort_by_key(position);
    }
    found
}

/// Percent-decoded once; nearly always there is nothing to decode.
fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw.contains(&b'%') {
        percent_decode(raw).into()
    } else {
        Cow::Borrowed(raw)
    }
}

fn utm_slot<'u>(utm: &'u mut Utm, name: &[u8]) -> Option<(&'static str, &'u mut Option<String>)> {
    Some(match name.strip_prefix(b"utm_")? {
        b"source" => ("utm_source", &mut utm.source),
        b"medium" => ("utm_medium", &mut utm.medium),
        b"campaign" => ("utm_campaign", &mut utm.campaign),
        b"term" => ("utm_term", &mut utm.term),
        b"content" => ("utm_content", &mut utm.content),
        b"id" => ("utm_id", &mut utm.id),
        _ => return None,
    })
}

/// The value after one percent-decode, if it can be a click ID. A `+` is not decoded to a blank first: the
/// pattern refuses either.
fn valid_click_id(raw: &[u8]) -> Option<String> {
    let value = decoded(raw);
    const FIT: ByteSet = ByteSet::alphanumeric_and(b"._~=-");
    if !(1..=CLICK_ID_MAX_BYTES).contains(&value.len()) || !FIT.has_all(&value) {
        return None;
    }
    let value = String::from_utf8(value.into_owned()).ok()?;
    (!is_placeholder(&value)).then_some(value)
}

fn clean_utm(raw: &[u8]) -> Option<String> {
    const PLAIN: ByteSet = ByteSet::graphic_without(b"%+");
    let clean = if raw.len() <= UTM_MAX_CHARS && PLAIN.has_all(raw) {
        String::from_utf8(raw.to_vec()).ok()?
    } else {
        let spaced: Vec<u8> = raw.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        let decoded = percent_decode(&spaced).decode_utf8_lossy();
        let clean: String = decoded
            .chars()
            .filter(|c| !is_control_or_bidi(*c))
            .take(UTM_MAX_CHARS)
            .collect();
        clean.trim().to_owned()
    };
    (!clean.is_empty() && !is_placeholder(&clean)).then_some(clean)
}

/// A macro that the ad platform or the advertiser forgot to expand, or a script's "nothing".
fn is_placeholder(value: &str) -> bool {
    // They begin with one of these, which few values do.
    if !matches!(
        value.as_bytes().first(),
        Some(b'_' | b'%' | b'{' | b'n' | b'N' | b'u' | b'U' | b'(')
    ) {
        return false;
    }
    let wrapped = |open, close| value.len() > 3 && value.starts_with(open) && value.ends_with(close);
    wrapped("__", "__")
        || wrapped("%%", "%%")
        || (value.starts_with('{') && value.ends_with('}'))
        || ["null", "undefined", "(not set)"]
            .iter()
            .any(|nothing| value.eq_ignore_ascii_case(nothing))
}

/// Characters that could garble a message or turn its direction round.
pub fn is_control_or_bidi(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{2028}' | '\u{2029}')
}

/// Scheme and host of a referrer; whatever else it held stays out of the database.
pub(super) fn scheme_and_host(referrer: &str) -> Option<String> {
    let bytes = referrer.as_bytes();
    let colon = bytes.iter().position(|b| *b == b':')?;
    let (scheme, rest) = (&bytes[..colon], bytes[colon + 1..].strip_prefix(b"//")?);
    let authority = rest.split(|b| matches!(b, b'/' | b'?' | b'#' | b'\\')).next()?;
    let host = match authority.iter().rposition(|b| *b == b'@') {
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    const OF_SCHEMES: ByteSet = ByteSet::alphanumeric_and(b"-+.");
    const OF_HOSTS: ByteSet = ByteSet::alphanumeric_and(b"-._:[]");
    let is_scheme = (1..=16).contains(&scheme.len()) && OF_SCHEMES.has_all(scheme);
    if !is_scheme || !(1..=253).contains(&host.len()) || !OF_HOSTS.has_all(host) {
        return None;
    }
    let mut kept = Vec::with_capacity(scheme.len() + 3 + host.len());
    kept.extend_from_slice(scheme);
    kept.extend_from_slice(b"://");
    kept.extend_from_slice(host);
    kept.make_ascii_lowercase();
    String::from_utf8(kept).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("Cj0KCQ_wcB", Some("Cj0KCQ_wcB"))]
    #[case("AbC%2DdEf%5f", Some("AbC-dEf_"))]
    #[case("a%2Bb", None)]
    #[case("a+b", None)]
    #[case("a%2520b", None)]
    #[case("", None)]
    #[case("null", None)]
    #[case("%7Bgclid%7D", None)]
    #[case("__CLICKID__", None)]
    #[case("%25%25CLICK_URL%25%25", None)]
    #[case("%7B%7Bclick.id%7D%7D", None)]
    #[case("%FF", None)]
    #[case("a%00", None)]
    fn a_click_id_is_valid_after_one_decode_or_ignored(#[case] raw: &str, #[case] value: Option<&str>) {
        assert_eq!(valid_click_id(raw.as_bytes()).as_deref(), value);
    }

    #[test]
    fn a_click_id_has_at_most_1024_bytes() {
        assert!(valid_click_id("a".repeat(1_024).as_bytes()).is_some());
        assert!(valid_click_id("a".repeat(1_025).as_bytes()).is_none());
    }

    #[test]
    fn of_repeated_parameters_the_first_valid_one() {
        let found = read("gclid=%7Bgclid%7D&gclid=first&gclid=second", CLICK_ID_PARAMETERS);
        assert_eq!(found.click_ids[0].value, "first");
    }

    #[rstest]
    #[case("Promo+Lebaran%202026", Some("Promo Lebaran 2026"))]
    #[case("%E2%80%AEevil", Some("evil"))]
    #[case("caf%C3%A9%0D%0ASet-Cookie:x", Some("caféSet-Cookie:x"))]
    #[case("%ff%fe", Some("\u{FFFD}\u{FFFD}"))]
    #[case("{{campaign.name}}", None)]
    #[case("+++", None)]
    fn utm_is_decoded_leniently(#[case] raw: &str, #[case] value: Option<&str>) {
        assert_eq!(clean_utm(raw.as_bytes()).as_deref(), value);
    }

    #[rstest]
    #[case("https://l.facebook.com/l.php?u=x", Some("https://l.facebook.com"))]
    #[case("https://user:pw@Example.com:8443/a", Some("https://example.com:8443"))]
    #[case("android-app://com.google.android.gm/", Some("android-app://com.google.android.gm"))]
    #[case("about:blank", None)]
    #[case("https://", None)]
    #[case("https://a b/", None)]
    fn of_a_referrer_scheme_and_host_are_kept(#[case] referrer: &str, #[case] kept: Option<&str>) {
        assert_eq!(scheme_and_host(referrer).as_deref(), kept);
    }

    #[test]
    fn a_look_alike_host_is_not_the_platform() {
        assert_eq!(Platform::of_referrer("https://notfacebook.com"), None);
        assert_eq!(Platform::of_referrer("https://m.facebook.com"), Some(Platform::Meta));
    }

    #[test]
    fn each_platform_is_read_back() {
        for platform in CLICK_ID_PARAMETERS.iter().filter_map(|p| p.platform) {
            assert_eq!(platform.as_str().parse(), Ok(platform));
        }
    }

    #[test]
    fn a_name_that_is_repeated_is_ignored_once() {
        let query = "gclid={gclid}&utm_source={{site}}&".repeat(200);
        let found = read(&query, CLICK_ID_PARAMETERS);
        assert_eq!(found.ignored, ["gclid", "utm_source"]);
    }

    proptest! {
        #[test]
        fn any_query_has_a_touch(query: String, referrer: Option<String>) {
            let touch = super::super::Touch::of(&query, referrer.as_deref(), CLICK_ID_PARAMETERS);
            for id in &touch.click_ids {
                prop_assert!(valid_click_id(id.value.as_bytes()).is_some() && query.contains(id.value.as_str()) || query.contains('%'));
            }
        }
    }
}
