//! The bytes of a post: JSON, form-encoded or multipart, in UTF-8 and nothing else.

use super::{
    payload::{ANSWERS_MAX, Payload},
    refusal::{BODY_MAX_BYTES, Refusal},
};
use percent_encoding::percent_decode;

/// What a body said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its fields.
    pub payload: Payload,
    /// Files that came along. They are not kept.
    pub files: usize,
}

/// Reads a body of the type that its `Content-Type` names.
pub fn read(content_type: Option<&str>, body: &[u8]) -> Result<Posted, Refusal> {
    if body.len() > BODY_MAX_BYTES {
        return Err(Refusal::TooLarge);
    }
    let content_type = ContentType::parse(content_type.ok_or(Refusal::UnknownType)?);
    if let Some(charset) = content_type.parameter("charset")
        && !matches!(charset.to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii")
    {
        return Err(Refusal::Charset);
    }
    let of = |payload| Posted { payload, files: 0 };
    match content_type.kind.as_str() {
        "application/x-www-form-urlencoded" => form_encoded(body).and_then(Payload::of_pairs).map(of),
        "multipart/form-data" => {
            let boundary = content_type.parameter("boundary").ok_or(Refusal::Malformed)?;
            let (pairs, files) = multipart(boundary, body)?;
            let payload = Payload::of_pairs(pairs)?;
            Ok(Posted { payload, files })
        }
        kind if kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json")) => {
            // A byte order mark is no JSON, and some tools write one.
            let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
            Payload::of_json(utf8(body)?).map(of)
        }
        _ => Err(Refusal::UnknownType),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|_| Refusal::Malformed)
}

struct ContentType<'t> {
    kind: String,
    parameters: &'t str,
}

impl<'t> ContentType<'t> {
    fn parse(text: &'t str) -> Self {
        let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
        Self {
            kind: kind.trim().to_ascii_lowercase(),
            parameters,
        }
    }

    fn parameter(&self, name: &str) -> Option<&'t str> {
        parameter(self.parameters, name)
    }
}

/// The value of `name=value` or `name="value"` among others that semicolons part.
fn parameter<'t>(parameters: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = parameters;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (found, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if found.trim().eq_ignore_ascii_case(name) {
            return Some(value.trim());
        }
        rest = after;
    }
}

fn form_encoded(body: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    let parts = body.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    let mut pairs = Vec::new();
    for part in parts {
        if pairs.len() == ANSWERS_MAX {
            return Err(Refusal::TooManyFields);
        }
        let equals = part.iter().position(|byte| *byte == b'=').unwrap_or(part.len());
        let (name, value) = (&part[..equals], part.get(equals + 1..).unwrap_or_default());
        pairs.push((decoded(name)?, decoded(value)?));
    }
    Ok(pairs)
}

fn decoded(text: &[u8]) -> Result<String, Refusal> {
    let blanks: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let bytes: Vec<u8> = percent_decode(&blanks).collect();
    String::from_utf8(bytes).map_err(|_| Refusal::Malformed)
}

/// The text fields of a multipart body (RFC 7578), and how many files there were.
fn multipart(boundary: &str, body: &[u8]) -> Result<(Vec<(String, String)>, usize), Refusal> {
    // RFC 2046: at most 70 characters. An empty one would be everywhere.
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(Refusal::Malformed);
    }
    let delimiter = format!("\r\n--{boundary}");
    // The first one may be the very beginning.
    let mut rest = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(rest) => rest,
        None => after(body, delimiter.as_bytes()).ok_or(Refusal::Malformed)?.1,
    };
    let (mut pairs, mut files) = (Vec::new(), 0);
    while !rest.starts_with(b"--") {
        let (_, part) = after(rest, b"\r\n").ok_or(Refusal::Malformed)?;
        let (part, next) = after(part, delimiter.as_bytes()).ok_or(Refusal::Malformed)?;
        rest = next;
        if pairs.len() + files == ANSWERS_MAX {
            return Err(Refusal::TooManyFields);
        }
        // A part without any header begins with the empty line.
        let (head, content) = after(part, b"\r\n\r\n").ok_or(Refusal::Malformed)?;
        let disposition = disposition(utf8(head)?).ok_or(Refusal::Malformed)?;
        if parameter(disposition, "filename").is_some() || parameter(disposition, "filename*").is_some() {
            files += 1;
            continue;
        }
        let name = parameter(disposition, "name").ok_or(Refusal::Malformed)?;
        // As browsers escape it.
        let name = name.replace("%22", "\"").replace("%0D", "").replace("%0A", " ");
        pairs.push((name, utf8(content)?.to_owned()));
    }
    Ok((pairs, files))
}

/// What is before and after the first `needle`.
fn after<'b>(text: &'b [u8], needle: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let at = text.windows(needle.len()).position(|window| window == needle)?;
    Some((&text[..at], &text[at + needle.len()..]))
}

/// The parameters of `Content-Disposition: form-data; …` in the head of a part.
fn disposition(head: &str) -> Option<&str> {
    head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let (kind, parameters) = value.split_once(';')?;
        let is_it =
            name.trim().eq_ignore_ascii_case("content-disposition") && kind.trim().eq_ignore_ascii_case("form-data");
        is_it.then_some(parameters)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn values(content_type: &str, body: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
        let posted = read(Some(content_type), body)?;
        let answers = posted.payload.answers.into_iter();
        Ok(answers.map(|answer| (answer.path, answer.value)).collect())
    }

    fn pair(path: &str, value: &str) -> (String, String) {
        (path.to_owned(), value.to_owned())
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[rstest]
    #[case::json("application/json", "{\"nama\":\"Budi\",\"umur\":31,\"setuju\":true,\"kota\":null}")]
    #[case::json_with_charset(
        "application/json; charset=\"UTF-8\"",
        "{\"nama\":\"Budi\",\"umur\":31,\"setuju\":true,\"kota\":null}"
    )]
    #[case::other_json(
        "application/cloudevents+json",
        "{\"nama\":\"Budi\",\"umur\":31,\"setuju\":true,\"kota\":null}"
    )]
    #[case::form(
        "application/x-www-form-urlencoded; charset=utf-8",
        "nama=Budi&umur=31&setuju=true&kota"
    )]
    #[case::multipart(
        "multipart/form-data; boundary=----x",
        "------x\r\nContent-Disposition: form-data; name=\"nama\"\r\n\r\nBudi\r\n------x\r\ncontent-disposition:form-data;name=umur\r\n\
         \r\n31\r\n------x\r\nContent-Disposition: form-data; name=\"setuju\"\r\nContent-Type: text/plain\r\n\r\ntrue\r\n------x\r\n\
         Content-Disposition: form-data; name=\"kota\"\r\n\r\n\r\n------x--\r\n"
    )]
    fn each_way_of_writing_a_form_says_the_same(#[case] kind: &str, #[case] body: &str) {
        let expected = [
            pair("nama", "Budi"),
            pair("umur", "31"),
            pair("setuju", "true"),
            pair("kota", ""),
        ];
        assert_eq!(values(kind, body.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn blanks_percents_and_brackets_of_a_form_are_read() {
        let body = b"f%5Ba%5D%5Bb%5D=1+2&f[a][c]=%26&x[]=1&x[]=2&y=3&y=4&%5Bodd=%F0%9F%99%82";
        let expected = [
            pair("f.a.b", "1 2"),
            pair("f.a.c", "&"),
            pair("x", "1, 2"),
            pair("y", "3, 4"),
            pair("[odd", "🙂"),
        ];
        assert_eq!(values(FORM, body).unwrap(), expected);
    }

    #[test]
    fn files_are_left_out_and_said() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"foto\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\
             \u{1}\r\n--b\r\nContent-Disposition: form-data; name=\"nama\"\r\n\r\nBudi\r\n--b--";
        let posted = read(Some("multipart/form-data; boundary=b"), body.as_bytes()).unwrap();
        assert_eq!((posted.payload.answers.len(), posted.files), (1, 1));
    }

    #[rstest]
    #[case::no_type(None, b"a=1", Refusal::UnknownType)]
    #[case::text(Some("text/plain"), b"a=1", Refusal::UnknownType)]
    #[case::xml(Some("application/xml"), b"<a/>", Refusal::UnknownType)]
    #[case::latin(Some("application/json; charset=iso-8859-1"), b"{\"a\":\"1\"}", Refusal::Charset)]
    #[case::utf16(Some("application/x-www-form-urlencoded;charset=UTF-16"), b"a=1", Refusal::Charset)]
    #[case::not_utf8(Some(FORM), b"a=%FF", Refusal::Malformed)]
    #[case::json_not_utf8(Some("application/json"), b"{\"a\":\"\xFF\"}", Refusal::Malformed)]
    #[case::json_cut(Some("application/json"), b"{\"a\":", Refusal::Malformed)]
    #[case::json_scalar(Some("application/json"), b"1", Refusal::Malformed)]
    #[case::no_boundary(Some("multipart/form-data"), b"--b--", Refusal::Malformed)]
    #[case::multipart_cut(
        Some("multipart/form-data; boundary=b"),
        b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
        Refusal::Malformed
    )]
    #[case::nothing(Some(FORM), b"", Refusal::Empty)]
    #[case::only_names(Some(FORM), b"a=&b=", Refusal::Empty)]
    #[case::empty_json(Some("application/json"), b"{}", Refusal::Empty)]
    fn what_cannot_be_read_is_refused_with_its_reason(
        #[case] content_type: Option<&str>,
        #[case] body: &[u8],
        #[case] reason: Refusal,
    ) {
        assert_eq!(read(content_type, body), Err(reason));
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let many = |n: usize| (0..n).map(|n| format!("f{n}=1&")).collect::<String>();
        assert!(read(Some(FORM), many(200).as_bytes()).is_ok());
        assert_eq!(read(Some(FORM), many(201).as_bytes()), Err(Refusal::TooManyFields));
        let short: String = (0..50_000).map(|_| "a=1&").collect();
        assert_eq!(read(Some(FORM), short.as_bytes()), Err(Refusal::TooManyFields));
        let json: String = (0..20_000).map(|n| format!("\"{n}\":1,")).collect();
        let json = format!("{{{}}}", json.trim_end_matches(','));
        assert_eq!(
            read(Some("application/json"), json.as_bytes()),
            Err(Refusal::TooManyFields)
        );
        for depth in [20, 5_000] {
            let json = format!("{{\"a\":{}1{}}}", "[{\"b\":".repeat(depth), "}]".repeat(depth));
            assert_eq!(
                read(Some("application/json"), json.as_bytes()),
                Err(Refusal::TooDeep),
                "{depth}"
            );
        }
        let large = vec![b'a'; BODY_MAX_BYTES + 1];
        assert_eq!(read(Some(FORM), &large), Err(Refusal::TooLarge));
        let brackets = format!("a{}=1", "[b]".repeat(5_000));
        assert!(read(Some(FORM), brackets.as_bytes()).is_ok(), "a name as it is written");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe_to_read(
            kind in prop_oneof!["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", ".*"],
            body in prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), "(--b|\r\n|name=a|[{}\\[\\]\":,a1&=]){0,60}".prop_map(String::into_bytes)],
        ) {
            let _ = read(Some(&kind), &body);
        }

        #[test]
        fn what_a_browser_encodes_is_what_is_read(name in "q[a-z ]{1,9}", value in "\\PC{1,20}") {
            prop_assume!(!value.trim().is_empty());
            use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
            let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let body = format!("first=y&{}={}", encode(&name), encode(&value));
            let payload = read(Some(FORM), body.as_bytes()).unwrap().payload;
            let expected: String = crate::message::clean(&value).collect();
            prop_assert_eq!(&payload.answers.last().unwrap().value, &expected);
        }
    }
}
