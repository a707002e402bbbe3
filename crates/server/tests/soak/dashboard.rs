//! Somebody who hurries through the dashboard, and exports all leads over a slow line meanwhile.

use crate::common::{http, now, shop::Shop};
use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// What is read of an export at a time, and how often: a megabyte in three seconds.
const PIECE_BYTES: usize = 64 * 1024;
const EVERY: Duration = Duration::from_millis(200);
const BETWEEN_PAGES: Duration = Duration::from_millis(100);
const PAGES: &[&str] = &[
    "/leads?limit=50",
    "/leads?limit=50&q=Visitor",
    "/reports/overview",
    "/reports/sources",
    "/reports/agents",
    "/reports/recognition",
    "/reports/rotation",
    "/agents",
    "/rotators",
    "/deliveries",
    "/doctor",
];

/// How much was read.
pub struct Read {
    pub pages: usize,
    pub export_bytes: usize,
    pub for_time: Duration,
}

/// Reads for so long.
pub fn read(shop: &Shop, for_time: Duration) -> Read {
    let started = now();
    std::thread::scope(|scope| {
        let export = scope.spawn(|| export(shop, for_time));
        let mut pages = 0;
        while started.elapsed() < for_time {
            shop.get(PAGES[pages % PAGES.len()]);
            pages += 1;
            std::thread::sleep(BETWEEN_PAGES); // as long as people take at least
        }
        Read {
            pages,
            export_bytes: export.join().expect("an export"),
            for_time,
        }
    })
}

/// Reads an export slowly, for so long or to its end.
fn export(shop: &Shop, for_time: Duration) -> usize {
    let started = now();
    let request = http::api(&shop.key, "GET", "/leads.csv", None).header("Connection", "close");
    let mut stream = TcpStream::connect(shop.server.address).expect("it listens");
    stream.write_all(&request.bytes()).expect("it listens");
    let (mut piece, mut bytes) = (vec![0; PIECE_BYTES], 0);
    stream
        .set_read_timeout(Some(crate::common::PATIENCE))
        .expect("it can be set");
    while started.elapsed() < for_time {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => {
                assert!(bytes > 0 || piece.starts_with(b"HTTP/1.1 200 "), "an export");
                bytes += length;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("the export broke off: {error}"),
        }
        std::thread::sleep(EVERY); // the line is slow
    }
    bytes
}
