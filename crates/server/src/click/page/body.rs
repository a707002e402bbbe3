//! The body of a press: read with limits, taken apart, or refused with a plain page.

use crate::click::answer;
use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    Response, StatusCode,
    body::Body as HttpBody,
    header::{CONTENT_TYPE, HeaderMap},
};
use std::{borrow::Cow, error::Error, time::Duration};

/// Largest body.
pub const MAX_BYTES: usize = 64 * 1024;
/// Most fields, ours and repeated ones included.
const FIELDS_MAX: usize = 64;
/// How long a body may take: it is a few hundred bytes.
const WITHIN: Duration = Duration::from_secs(10);
const FORM: &str = "application/x-www-form-urlencoded";

/// What was sent with a press.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Posted {
    fields: Vec<(String, String)>,
    /// A browser says that the page which sent it is of another site.
    is_cross_site: bool,
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not what a page's form sends.
    NotAForm,
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// It did not come to its end in time.
    TooSlow,
    /// It broke off.
    BrokenOff,
    /// Too many fields, or no UTF-8.
    Malformed,
}

impl Posted {
    /// Reads a body to its end.
    pub async fn read<B>(headers: &HeaderMap, body: B) -> Result<Self, Unreadable>
    where
        B: HttpBody<Data = Bytes>,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        if body.size_hint().lower() > MAX_BYTES as u64 {
            return Err(Unreadable::TooLarge);
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
        // A button alone sends no field, and some browsers then no type.
        let is_form = kind.map_or(body.is_end_stream(), |kind| kind.eq_ignore_ascii_case(FORM));
        if !is_form {
            return Err(Unreadable::NotAForm);
        }
        let body = Limited::new(body, MAX_BYTES).collect();
        match tokio::time::timeout(WITHIN, body).await {
            Ok(Ok(body)) => Ok(Self {
                fields: parse(&body.to_bytes()).ok_or(Unreadable::Malformed)?,
                is_cross_site: headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site"),
            }),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Unreadable::TooLarge),
            Ok(Err(_)) => Err(Unreadable::BrokenOff),
            Err(_) => Err(Unreadable::TooSlow),
        }
    }

    /// The first value of a field; empty if there is none.
    pub fn value(&self, name: &str) -> &str {
        let named = self.fields.iter().find(|(known, _)| known == name);
        named.map_or("", |(_, value)| value)
    }

    /// Whether a page of another site sent it.
    pub fn is_cross_site(&self) -> bool {
        self.is_cross_site
    }
}

fn parse(body: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let mut fields = Vec::new();
    for pair in pairs {
        if fields.len() == FIELDS_MAX {
            return None;
        }
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let value = pair.get(at + 1..).unwrap_or_default();
        fields.push((decoded(&pair[..at])?, decoded(value)?));
    }
    Some(fields)
}

fn decoded(text: &[u8]) -> Option<String> {
    let text: Cow<'_, [u8]> = match text.contains(&b'+') {
        true => text.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect(),
        false => text.into(),
    };
    let decoded = percent_encoding::percent_decode(&text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

impl Unreadable {
    /// What the visitor is told. No person's browser sends such a thing.
    pub fn answer(self, indonesian: bool) -> Response<Body> {
        let status = match self {
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff | Self::Malformed => StatusCode::BAD_REQUEST,
        };
        let (title, text) = match indonesian {
            true => (
                "Formulir tidak dapat dibaca",
                "Buka kembali tautannya, lalu tekan tombolnya sekali lagi.",
            ),
            false => (
                "The form could not be read",
                "Open the link again, then press the button once more.",
            ),
        };
        answer::page(status, indonesian, title, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{Empty, Full};
    use hyper::header::HeaderValue;
    use proptest::{collection::vec, prelude::*};
    use rstest::rstest;

    async fn read(kind: Option<&'static str>, body: impl Into<Bytes>) -> Result<Posted, Unreadable> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        Posted::read(&headers, Full::new(body.into())).await
    }

    #[rstest]
    #[case(b"", &[])]
    #[case(b"a=1&b=2", &[("a", "1"), ("b", "2")])]
    #[case(b"nama=Budi+Santoso&x=%2B62%201%26", &[("nama", "Budi Santoso"), ("x", "+62 1&")])]
    #[case(b"&&a&=b&a=", &[("a", ""), ("", "b"), ("a", "")])]
    #[case(b"a=%zz%", &[("a", "%zz%")])]
    #[case("a=é".as_bytes(), &[("a", "é")])]
    #[tokio::test]
    async fn a_form_is_read_as_browsers_write_it(#[case] body: &'static [u8], #[case] fields: &[(&str, &str)]) {
        let wanted = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let posted = read(Some("application/x-www-form-urlencoded; charset=UTF-8"), body).await;
        assert_eq!(posted.map(|posted| posted.fields), Ok(wanted.collect()));
    }

    #[tokio::test]
    async fn what_no_browser_sends_is_refused() {
        let many = "a=1&".repeat(50_000);
        for (kind, body, why) in [
            (Some(FORM), "a".repeat(MAX_BYTES + 1), Unreadable::TooLarge),
            (Some(FORM), many[..60_000].to_owned(), Unreadable::Malformed),
            (Some(FORM), "nama=%E9t%E9".to_owned(), Unreadable::Malformed),
            (Some("application/json"), "{}".to_owned(), Unreadable::NotAForm),
            (
                Some("multipart/form-data; boundary=x"),
                "--x".to_owned(),
                Unreadable::NotAForm,
            ),
            (None, "a=1".to_owned(), Unreadable::NotAForm),
        ] {
            assert_eq!(read(kind, body).await, Err(why), "{kind:?}");
        }
        let nothing = Posted::read(&HeaderMap::new(), Empty::<Bytes>::new()).await;
        assert_eq!(nothing, Ok(Posted::default()), "a button alone");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        let read = Posted::read(&headers, Body::from_stream(never)).await;
        assert_eq!(read, Err(Unreadable::TooSlow));
    }

    #[tokio::test]
    async fn the_first_value_of_a_name_counts() {
        let posted = read(Some(FORM), "a=1&a=2").await.unwrap();
        assert_eq!((posted.value("a"), posted.value("b")), ("1", ""));
    }

    proptest! {
        #[test]
        fn any_body_is_refused_or_a_few_fields(
            body in prop_oneof![vec(any::<u8>(), 0..300), "([a-z]{0,3}|=|&|%[0-9a-f]{0,2}|\\+|é){0,300}".prop_map(String::into_bytes)],
        ) {
            if let Some(fields) = parse(&body) {
                let length: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
                prop_assert!(fields.len() <= FIELDS_MAX && length <= body.len());
            }
        }
    }
}
