//! Who connects and says nothing, or drips a byte at a time, does not hold a place for long.

use crate::{
    a_good_click_works,
    common::{now, read_all, shop::Shop},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

fn connect(shop: &Shop) -> TcpStream {
    let stream = TcpStream::connect(shop.server.address).expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(14)))
        .expect("a time-out can be set");
    stream
}

#[test]
fn a_connection_without_a_first_byte_is_closed_after_five_seconds() {
    let shop = Shop::open();
    let (mut stream, started) = (connect(&shop), now());
    assert_eq!(read_all(&mut stream), b"", "there was nothing to answer");
    let waited = started.elapsed().as_secs_f64();
    assert!((4.5..8.0).contains(&waited), "{waited} s");
    a_good_click_works(&shop);
}

#[test]
fn a_head_that_drips_in_is_cut_off_after_ten_seconds() {
    let shop = Shop::open();
    let (mut stream, started) = (connect(&shop), now());
    stream
        .write_all(b"GET /wa/promo HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        .expect("it listens");
    stream
        .set_read_timeout(Some(Duration::from_millis(200)))
        .expect("a time-out can be set");
    let mut answer = Vec::new();
    loop {
        // The pause between two drops is the wait for an answer.
        let mut bytes = [0; 1024];
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(&bytes[..length]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
        if stream.write_all(b"x").is_err() || started.elapsed() > Duration::from_secs(14) {
            break;
        }
    }
    let waited = started.elapsed().as_secs_f64();
    assert!((9.0..13.0).contains(&waited), "{waited} s");
    let answer = String::from_utf8(answer).expect("ASCII");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(shop.has_counted_nobody());
    a_good_click_works(&shop);
}

#[test]
fn a_hundred_silent_connections_do_not_keep_a_visitor_waiting() {
    let shop = Shop::open();
    let silent: Vec<_> = (0..100).map(|_| connect(&shop)).collect();
    let mut halves: Vec<_> = (0..100).map(|_| connect(&shop)).collect();
    for half in &mut halves {
        half.write_all(b"GET /wa/promo HTTP/1.1\r\nHost:").expect("it listens");
    }
    let started = now();
    a_good_click_works(&shop);
    assert!(started.elapsed() < Duration::from_secs(2));
    drop((silent, halves));
}
