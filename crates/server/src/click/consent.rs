//! What a visit says of consent, and the pixels' cookies that it brings.

use super::head::Head;
use konektor_core::{
    event::{Consent, PixelCookies},
    request::values,
};

/// Parameter of the link: a site that has asked its visitor adds `consent=granted` or `consent=denied`.
pub(super) const PARAMETER: &str = "consent";
/// Cookie with the same two words, for links that share a site with the consent banner.
const COOKIE: &str = "konektor_consent";
/// Longest pixel cookie that is passed on: Meta's click IDs have up to 500 characters.
const PIXEL_COOKIE_MAX_BYTES: usize = 1_024;

/// The parameter, else the cookie. A word that is neither says nothing.
pub(super) fn consent_of(head: &Head<'_>) -> Option<Consent> {
    let asked = values(head.query_for_us, PARAMETER).find_map(word);
    asked.or_else(|| head.cookies(COOKIE).find_map(word))
}

fn word(word: &str) -> Option<Consent> {
    match word {
        "granted" => Some(Consent::Granted),
        "denied" => Some(Consent::Denied),
        _ => None,
    }
}

/// The pixels' cookies, if there is any.
pub(super) fn pixel_cookies(head: &Head<'_>) -> Option<Box<PixelCookies>> {
    let one = |name| {
        let is_fit = |value: &&str| {
            !value.is_empty() && value.len() <= PIXEL_COOKIE_MAX_BYTES && value.bytes().all(|b| b.is_ascii_graphic())
        };
        head.cookies(name).find(is_fit).map(str::to_owned)
    };
    let found = PixelCookies {
        fbc: one("_fbc"),
        fbp: one("_fbp"),
        ttp: one("_ttp"),
    };
    (found != PixelCookies::default()).then(|| Box::new(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{Request, header::COOKIE};
    use rstest::rstest;

    fn request(query: &str, cookie: &str) -> Request<()> {
        let request = Request::builder().uri(format!("/wa/promo?{query}"));
        request.header(COOKIE, cookie).body(()).unwrap()
    }

    #[rstest]
    #[case("gclid=1", "", None)]
    #[case("gclid=1&consent=denied", "", Some(Consent::Denied))]
    #[case("consent=granted", "", Some(Consent::Granted))]
    #[case("consent=granted", "konektor_consent=denied", Some(Consent::Granted))]
    #[case("consent=maybe", "konektor_consent=denied", Some(Consent::Denied))]
    #[case("utm_content=consent", "a=b; konektor_consent=granted", Some(Consent::Granted))]
    #[case("xconsent=denied", "", None)]
    fn the_parameter_counts_before_the_cookie(
        #[case] query: &str,
        #[case] cookie: &str,
        #[case] expected: Option<Consent>,
    ) {
        assert_eq!(consent_of(&Head::of_request(&request(query, cookie))), expected);
    }

    #[test]
    fn pixel_cookies_are_taken_as_they_are() {
        let sent = request("", "_fbp=fb.1.17.9; x=y; _fbc=fb.1.17.IwAR-a_b.AQ");
        let found = pixel_cookies(&Head::of_request(&sent)).unwrap();
        assert_eq!(found.fbp.as_deref(), Some("fb.1.17.9"));
        assert_eq!(found.fbc.as_deref(), Some("fb.1.17.IwAR-a_b.AQ"));
        assert_eq!(found.ttp, None);
        assert!(pixel_cookies(&Head::of_request(&request("", ""))).is_none());
    }
}
