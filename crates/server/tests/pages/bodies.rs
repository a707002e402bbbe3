//! Bodies that no browser sends: a clear answer, and nothing stored.

use crate::{
    common::{http::Request, now, read_all},
    stand::{Stand, press, usual_form},
};
use std::{io::Write, net::TcpStream, time::Duration};

fn with(body: String, kind: &str) -> Request {
    let request = press("/wa/promo", "", &[]);
    let headers = request
        .headers
        .into_iter()
        .filter(|(name, _)| name != "Content-Type")
        .collect();
    Request {
        body,
        headers,
        ..request
    }
    .header("Content-Type", kind)
}

#[test]
fn what_is_oversized_of_another_kind_or_malformed_is_refused_and_nothing_is_stored() {
    let stand = Stand::open(usual_form());
    let form = "application/x-www-form-urlencoded";
    for (body, kind, status) in [
        ("a=".to_owned() + &"x".repeat(64 * 1024), form, 413),
        ("a=1&".repeat(50_000), form, 413),
        ("&a".repeat(20_000), form, 400),
        ("name=%E9t%E9".to_owned(), form, 400),
        ("{\"name\":\"Budi\"}".to_owned(), "application/json", 415),
        ("--x\r\n".to_owned(), "multipart/form-data; boundary=x", 415),
    ] {
        let answer = stand.shop.server.ask(&with(body, kind));
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.text().contains("could not be read"), "{answer:?}");
        assert!(!answer.sets_cookie());
    }
    assert!(stand.shop.has_counted_nobody());
    assert!(stand.shop.server.metric("konektor_bad_requests_total") >= 6);
}

#[test]
fn a_body_that_does_not_come_is_waited_for_ten_seconds() {
    let stand = Stand::open(usual_form());
    let (mut stream, started) = (
        TcpStream::connect(stand.shop.server.address).expect("it listens"),
        now(),
    );
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a time-out can be set");
    let mut head = with(String::new(), "application/x-www-form-urlencoded")
        .header("Content-Length", "100")
        .bytes();
    head.extend_from_slice(b"name=Bu");
    stream.write_all(&head).expect("it listens");
    let answer = String::from_utf8(read_all(&mut stream)).expect("text");
    let waited = started.elapsed().as_secs_f64();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!((9.0..16.0).contains(&waited), "{waited} s");
    assert!(stand.shop.has_counted_nobody());
}
