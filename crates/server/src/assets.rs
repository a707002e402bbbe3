//! The dashboard's files: built by Vite into `web/dist`, embedded in the binary, answered from memory.
//!
//! Release builds carry the files; debug builds read them from the folder, so that a new build of the dashboard needs
//! no new build of the server. Compression is done at build time: Vite leaves `.br` and `.gz` beside what is worth it.
//!
//! A page's address is a path. The pages that are often the first one have a document of their own (`/leads` is
//! `leads.html`), which names what the page will ask for, so that a phone on the road waits for two round trips only;
//! it goes to who seems to be signed in. All others get the plain `index.html`, whose script finds the page.

use crate::api::seems_signed_in;
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use rust_embed::RustEmbed;
use std::{borrow::Cow, fmt::Write};

/// Without node the folder is not there, and Konektor still builds.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";
/// Where the dashboard begins for those who own it.
const HOME: &str = "leads";
/// Where Vite puts files whose names change with their content.
const HASHED: &str = "assets/";
/// Everything from here, and no script or style but from files.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: https:; connect-src 'self'; manifest-src 'self'; font-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_EACH_TIME: &str = "no-cache";
const HTML: &str = "text/html; charset=utf-8";

/// The ways in which a file may lie there compressed, the smaller one first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Konektor</title>\
    <h1>Konektor is running</h1><p>This binary was built without its dashboard. \
    Build it with <code>make web</code>, then build Konektor again.</p></html>";
const NOTHING_HERE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Konektor</title>\
    <h1>There is nothing at this address</h1><p><a href=\"/\">To the dashboard</a></p></html>";

/// Answers a request outside of `/api`, `/wa` and `/hooks` with a file of the dashboard: the fallback of the router.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer(&method, &uri, &headers, |path| {
        let file = Dist::get(path)?;
        Some(File {
            hash: file.metadata.sha256_hash(),
            data: file.data,
        })
    })
}

struct File {
    data: Cow<'static, [u8]>,
    /// SHA-256.
    hash: [u8; 32],
}

/// The file at a path of the folder.
trait Find: Fn(&str) -> Option<File> {}
impl<F: Fn(&str) -> Option<File>> Find for F {}

fn answer(method: &Method, uri: &Uri, headers: &HeaderMap, find: impl Find) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) {
        let mut response = page(StatusCode::METHOD_NOT_ALLOWED, NOTHING_HERE);
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = &*file_of(uri, headers, &find);
    let Some(plain) = find(path) else {
        return match path {
            INDEX => page(StatusCode::OK, NOT_BUILT),
            _ => page(StatusCode::NOT_FOUND, NOTHING_HERE),
        };
    };
    let tag = entity_tag(&plain);
    let mut response = if is_known(headers, &tag) {
        with_status(StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        file(method, path, plain, headers, find)
    };
    let cache = if path.starts_with(HASHED) {
        FOR_EVER
    } else {
        ASK_EACH_TIME
    };
    set(&mut response, header::CACHE_CONTROL, cache);
    // The page of who is signed in is another one.
    set(&mut response, header::VARY, "accept-encoding, cookie");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    secure(response)
}

/// The file that answers an address: itself, or the document of a page of the dashboard.
fn file_of<'a>(uri: &'a Uri, headers: &HeaderMap, find: &impl Find) -> Cow<'a, str> {
    let path = uri.path().trim_matches('/');
    let place = match path {
        "" => HOME,
        _ if find(path).is_some() => return path.into(),
        _ => path,
    };
    let document = format!("{place}.html");
    // What is asked for with a filter is not what the document would ask for.
    if uri.query().is_none() && seems_signed_in(headers) && find(&document).is_some() {
        return document.into();
    }
    let section = place.split('/').next().unwrap_or(place);
    match find(&format!("{section}.html")) {
        Some(_) => INDEX.into(),
        None if path.is_empty() => INDEX.into(),
        None => path.into(),
    }
}

/// The file itself, in the best encoding that the browser takes.
fn file(method: &Method, path: &str, plain: File, headers: &HeaderMap, find: impl Find) -> Response {
    let compressed = ENCODINGS
        .into_iter()
        .filter(|(encoding, _)| accepts(headers, encoding))
        .find_map(|(encoding, suffix)| Some((encoding, find(&format!("{path}{suffix}"))?)));
    let (encoding, file) = match compressed {
        Some((encoding, file)) => (Some(encoding), file),
        None => (None, plain),
    };
    let length = file.data.len();
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => match file.data {
            Cow::Borrowed(data) => Body::from(data),
            Cow::Owned(data) => Body::from(data),
        },
    };
    let mut response = with_status(StatusCode::OK, body);
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    set(&mut response, header::CONTENT_TYPE, content_type(path));
    if let Some(encoding) = encoding {
        set(&mut response, header::CONTENT_ENCODING, encoding);
    }
    response
}

fn page(status: StatusCode, html: &'static str) -> Response {
    let mut response = with_status(status, Body::from(html));
    set(&mut response, header::CONTENT_TYPE, HTML);
    set(&mut response, header::CACHE_CONTROL, "no-store");
    secure(response)
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn set(response: &mut Response, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn secure(mut response: Response) -> Response {
    set(&mut response, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // For browsers from before `frame-ancestors`, and for scanners.
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    // Addresses of the dashboard name leads.
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    response
}

/// Of the uncompressed content; weak, since its encodings share it.
fn entity_tag(file: &File) -> String {
    let mut tag = String::from("W/\"");
    for byte in &file.hash[..12] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    list(headers, header::IF_NONE_MATCH).any(|known| known == tag || known == "*")
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    list(headers, header::ACCEPT_ENCODING).any(|accepted| {
        let (name, quality) = accepted.split_once(';').unwrap_or((accepted, ""));
        let is_refused = quality.trim().strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0_f32);
        name.trim() == encoding && !is_refused
    })
}

/// The parts of a header that is a list.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => HTML,
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use rstest::rstest;

    /// A folder as Vite leaves it.
    fn built(path: &str) -> Option<File> {
        let (content, hash): (&'static [u8], u8) = match path {
            "index.html" => (b"<!doctype html>", 1),
            "leads.html" => (b"leads and their first page", 8),
            "platforms.html" => (b"platforms", 9),
            "platforms/deliveries.html" => (b"deliveries", 10),
            "assets/index-AbC123.js" => (b"let a", 2),
            "assets/index-AbC123.js.br" => (b"br", 3),
            "assets/index-AbC123.js.gz" => (b"gzip", 4),
            "assets/index-AbC123.css" => (b"a{}", 5),
            "icon-192.png" => (b"PNG", 6),
            "manifest.webmanifest" => (b"{}", 7),
            _ => return None,
        };
        Some(File {
            data: Cow::Borrowed(content),
            hash: [hash; 32],
        })
    }

    fn ask(path: &str, headers: &[(HeaderName, &'static str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        answer(&Method::GET, &path.parse().unwrap(), &headers.collect(), built)
    }

    async fn body(response: Response) -> String {
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[rstest]
    #[case("/", HTML, ASK_EACH_TIME)]
    #[case("/index.html", HTML, ASK_EACH_TIME)]
    #[case("/assets/index-AbC123.js", "text/javascript; charset=utf-8", FOR_EVER)]
    #[case("/assets/index-AbC123.css", "text/css; charset=utf-8", FOR_EVER)]
    #[case("/icon-192.png", "image/png", ASK_EACH_TIME)]
    #[case("/manifest.webmanifest", "application/manifest+json", ASK_EACH_TIME)]
    fn a_file_says_what_it_is_and_how_long_it_holds(#[case] path: &str, #[case] kind: &str, #[case] cache: &str) {
        let response = ask(path, &[]);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[header::CONTENT_TYPE], kind);
        assert_eq!(response.headers()[header::CACHE_CONTROL], cache);
    }

    #[rstest]
    #[case("br, gzip", Some("br"), "br")]
    #[case("gzip, deflate", Some("gzip"), "gzip")]
    #[case("br;q=0, gzip;q=0.5", Some("gzip"), "gzip")]
    #[case("zstd", None, "let a")]
    #[tokio::test]
    async fn the_best_encoding_that_is_accepted_is_sent(
        #[case] accepted: &'static str,
        #[case] encoding: Option<&str>,
        #[case] content: &str,
    ) {
        let response = ask("/assets/index-AbC123.js", &[(header::ACCEPT_ENCODING, accepted)]);
        let sent = response
            .headers()
            .get(header::CONTENT_ENCODING)
            .map(|value| value.to_str().unwrap());
        assert_eq!(sent, encoding);
        assert_eq!(response.headers()[header::CONTENT_LENGTH], content.len().to_string());
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(response.headers()[header::VARY], "accept-encoding, cookie");
        assert_eq!(body(response).await, content);
    }

    #[rstest]
    #[case("/", "leads and their first page")]
    #[case("/leads", "leads and their first page")]
    #[case("/leads/", "leads and their first page")]
    #[case("/leads?status=won", "<!doctype html>")]
    #[case("/leads/7", "<!doctype html>")]
    #[case("/platforms/deliveries", "deliveries")]
    #[case("/platforms/12", "<!doctype html>")]
    #[tokio::test]
    async fn who_is_signed_in_gets_the_document_of_the_page(#[case] path: &str, #[case] document: &str) {
        for cookie in ["a=b; konektor_session=x", "__Host-konektor_session=x"] {
            let response = ask(path, &[(header::COOKIE, cookie)]);
            assert_eq!(response.headers()[header::CONTENT_TYPE], HTML);
            assert_eq!(response.headers()[header::CACHE_CONTROL], ASK_EACH_TIME);
            assert_eq!(body(response).await, document);
        }
        // A stranger's browser asks for nothing that it would be refused.
        let response = ask(path, &[(header::COOKIE, "konektor_session_2=x")]);
        assert_eq!(body(response).await, "<!doctype html>");
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let first = ask("/", &[]);
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let tag: &'static str = Box::leak(tag.into_boxed_str());
        let again = ask("/", &[(header::IF_NONE_MATCH, tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[header::ETAG], tag);
        assert_eq!(body(again).await, "");
        let other = ask("/icon-192.png", &[(header::IF_NONE_MATCH, tag)]);
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_head_request_learns_the_length_and_gets_no_body() {
        let response = answer(
            &Method::HEAD,
            &Uri::from_static("/icon-192.png"),
            &HeaderMap::new(),
            built,
        );
        assert_eq!(response.headers()[header::CONTENT_LENGTH], "3");
        assert_eq!(body(response).await, "");
    }

    #[rstest]
    #[case(Method::GET, "/", StatusCode::OK)]
    #[case(Method::GET, "/leads", StatusCode::OK)]
    #[case(Method::GET, "/nowhere", StatusCode::NOT_FOUND)]
    #[case(Method::GET, "/nowhere/leads", StatusCode::NOT_FOUND)]
    #[case(Method::GET, "/../Cargo.toml", StatusCode::NOT_FOUND)]
    #[case(Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED)]
    fn every_answer_forbids_foreign_scripts(#[case] method: Method, #[case] path: &str, #[case] status: StatusCode) {
        let response = answer(&method, &path.parse().unwrap(), &HeaderMap::new(), built);
        assert_eq!(response.status(), status);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[header::X_FRAME_OPTIONS], "DENY");
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
    }

    #[tokio::test]
    async fn without_the_dashboard_the_page_says_how_to_build_it() {
        let response = answer(&Method::GET, &Uri::from_static("/"), &HeaderMap::new(), |_: &str| None);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(body(response).await.contains("make web"));
    }
}
