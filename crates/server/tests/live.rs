//! News while a dashboard is open. SPEC section 8: a new lead appears without reload.

mod common;

use common::{dashboard::Dashboard, http::get, now, shop::Shop};
use serde_json::json;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    time::Duration,
};

#[test]
fn leads_that_come_and_return_are_told_without_a_reload() {
    let shop = Shop::open();
    let mut dashboard = Dashboard::open(&shop.server, &shop.key);
    let visitor = shop.server.ask(&get("/wa/promo"));
    let id = shop.lead_of(&visitor)["id"].as_str().expect("an id").to_owned();
    dashboard.hears(&format!("event: lead.created\ndata: {{\"ids\":[\"{id}\"]}}\n\n"));
    shop.server
        .ask(&get("/wa/promo?utm_content=again").cookie(visitor.cookie()));
    dashboard.hears(&format!("event: lead.returned\ndata: {{\"ids\":[\"{id}\"]}}\n\n"));
}

/// A platform that refuses every request with this error.
fn refusing_platform(error: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            refuse(stream.expect("a connection"), error).expect("an answer");
        }
    });
    url
}

fn refuse(stream: TcpStream, error: &str) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line)? > 2 {
        let header = std::mem::take(&mut line).to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a number");
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    let body = format!("{{\"error\":{error}}}");
    write!(
        stream.get_mut(),
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A shop that tells such a platform, somebody who watches, and the destination's id; a click is on its way.
fn refused(error: &'static str) -> (Shop, Dashboard, String) {
    let shop = Shop::with(1, &[("KONEKTOR_META_URL", &refusing_platform(error))]);
    let meta = json!({
        "platform": "meta",
        "settings": { "dataset_id": "1234567890123456" },
        "credentials": { "access_token": "EAAB-expired" },
    });
    let id = shop.post("/destinations", meta)["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let dashboard = Dashboard::open(&shop.server, &shop.key);
    shop.server.ask(&get("/wa/promo?fbclid=IwAR2F4dbP0"));
    (shop, dashboard, id)
}

#[test]
fn a_destination_that_is_held_is_told_with_its_alert() {
    let (_shop, mut dashboard, id) = refused(r#"{"message":"Session expired.","type":"OAuthException","code":190}"#);
    dashboard.hears(&format!("event: destination.held\ndata: {{\"ids\":[\"{id}\"]}}\n\n"));
    dashboard.hears("event: alert\ndata: {\"ids\":[]}\n\n");
}

#[test]
fn what_comes_of_a_delivery_is_told() {
    let (shop, mut dashboard, _) = refused(r#"{"message":"Invalid parameter","code":100,"error_subcode":2804003}"#);
    dashboard.hears("event: delivery\n");
    let dropped = &shop.get("/deliveries")["items"][0];
    assert_eq!(dropped["state"], "dropped");
    dashboard.hears(&format!("event: delivery\ndata: {{\"ids\":[{}]}}\n\n", dropped["id"]));
}

#[test]
fn open_dashboards_do_not_hold_up_the_end() {
    let mut shop = Shop::open();
    let dashboards: Vec<_> = (0..5).map(|_| Dashboard::open(&shop.server, &shop.key)).collect();
    let started = now();
    shop.server.tell_to_end();
    assert!(shop.server.wait().success());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    drop(dashboards);
}
