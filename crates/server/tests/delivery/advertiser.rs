//! Somebody who advertises: visitors come through their ads, and their program asks the API.

use crate::common::{
    PATIENCE,
    http::{self, Answer, Connection, Request},
    now, wait_for,
};
use konektor_fake_platforms::Platform;
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr};

/// Where visitors come from; the servers of these tests trust the proxy that says so.
pub const VISITOR: &str = "203.0.113.9";

/// A server's address and a key of its API.
pub struct Advertiser {
    pub address: SocketAddr,
    pub key: String,
}

/// A destination that the stand-ins take, with the credentials that they take.
pub fn destination(platform: Platform) -> Value {
    let (settings, credentials) = match platform {
        Platform::Meta => (
            json!({ "dataset_id": "1234567890123456" }),
            json!({ "access_token": "EAAB-meta" }),
        ),
        Platform::Google => (
            json!({ "account_id": "1234567890", "conversion_action_id": "7723667014" }),
            json!({ "client_id": "id.apps.example", "client_secret": "GOCSPX-google", "refresh_token": "1//google" }),
        ),
        Platform::Tiktok => (
            json!({ "pixel_code": "C4ABCDEFGHIJKLMNOPQR" }),
            json!({ "access_token": "tiktok-token" }),
        ),
        Platform::Linkedin => (
            json!({ "conversion_rule_id": "23456" }),
            json!({ "access_token": "AQX-linkedin" }),
        ),
    };
    json!({
        "platform": platform.as_str(), "name": platform.as_str(), "settings": settings, "credentials": credentials,
    })
}

/// A query with a click ID of the platform's; each `n` is another.
pub fn ad(platform: Platform, n: impl Into<u64>) -> String {
    let n = n.into();
    match platform {
        Platform::Meta => format!("fbclid=IwAR2F4-dbP0_{n}"),
        Platform::Google => format!("gclid=Cj0KCQ-_{n}_wcB"),
        Platform::Tiktok => format!("ttclid=E.C.P.Cj-_{n}"),
        Platform::Linkedin => format!("li_fat_id=6f1c1f0e-6d4c-4b3a-9a43-{n:012}"),
    }
}

/// Somebody who opens the link, in the browser of [`http::PHONE`].
pub fn visit(query: &str) -> Request {
    http::get(&format!("/wa/promo?{query}")).header("X-Forwarded-For", VISITOR)
}

impl Advertiser {
    pub fn ask(&self, request: &Request) -> Answer {
        let answer = Connection::open(self.address).and_then(|mut connection| connection.ask(request));
        answer.expect("an answer")
    }

    /// Calls the API, whatever it answers.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask(&http::api(&self.key, method, path, body.as_ref()))
    }

    fn api(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body);
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {answer:?} {}",
            answer.text()
        );
        answer.json()
    }

    pub fn get(&self, path: &str) -> Value {
        self.api("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Value {
        self.api("POST", path, Some(body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Value {
        self.api("PATCH", path, Some(body))
    }

    pub fn delete(&self, path: &str) {
        self.api("DELETE", path, None);
    }

    /// Somebody comes through an ad.
    pub fn click(&self, query: &str) -> Answer {
        let answer = self.ask(&visit(query));
        assert_eq!(answer.status, 302, "{answer:?}");
        answer
    }

    /// Many people come through ads of a platform, `first` to `first + count - 1`.
    pub fn clicks(&self, platform: Platform, first: u64, count: u64) {
        const PEOPLE: u64 = 8;
        std::thread::scope(|scope| {
            for person in 0..PEOPLE.min(count) {
                scope.spawn(move || {
                    let mut connection = Connection::open(self.address).expect("it listens");
                    for n in (first + person..first + count).step_by(PEOPLE as usize) {
                        let answer = connection.ask(&visit(&ad(platform, n))).expect("an answer");
                        assert_eq!(answer.status, 302, "{answer:?}");
                    }
                });
            }
        });
    }

    /// Connects a platform; the destination's id.
    pub fn connect(&self, platform: Platform) -> String {
        self.connect_with(platform, json!({}))
    }

    /// Connects a platform with further fields.
    pub fn connect_with(&self, platform: Platform, fields: Value) -> String {
        let mut body = destination(platform);
        for (name, value) in fields.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let made = self.post("/destinations", body);
        made["id"].as_str().expect("an id").to_owned()
    }

    pub fn destination(&self, id: &str) -> Value {
        self.get(&format!("/destinations/{id}"))
    }

    pub fn patch_destination(&self, id: &str, body: Value) -> Value {
        self.patch(&format!("/destinations/{id}"), body)
    }

    pub fn lead(&self, code: &str) -> Value {
        self.get(&format!("/leads/{code}"))
    }

    pub fn patch_lead(&self, code: &str, body: Value) -> Value {
        self.patch(&format!("/leads/{code}"), body)
    }

    /// All deliveries of a destination, newest first.
    pub fn deliveries(&self, destination: &str) -> Vec<Value> {
        let first = format!("/deliveries?limit=200&destination_id={destination}");
        let mut deliveries = Vec::new();
        let mut path = first.clone();
        loop {
            let mut page = self.get(&path);
            deliveries.append(page["items"].as_array_mut().expect("a list"));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("{first}&cursor={cursor}"),
                None => return deliveries,
            }
        }
    }

    /// A destination's latest delivery, with what was sent and answered; `null` if there is none.
    pub fn latest_delivery(&self, destination: &str) -> Value {
        let deliveries = self.deliveries(destination);
        match deliveries.first() {
            Some(delivery) => self.get(&format!("/deliveries/{}", delivery["id"].as_str().expect("an id"))),
            None => Value::Null,
        }
    }

    /// How many of a destination's deliveries are in which state.
    pub fn states(&self, destination: &str) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for delivery in self.deliveries(destination) {
            let state = delivery["state"].as_str().expect("a state").to_owned();
            *states.entry(state).or_default() += 1;
        }
        states
    }

    /// Waits until a destination's deliveries are in exactly these states; all of them.
    pub fn wait_for_states(&self, destination: &str, expected: &[(&str, usize)]) -> Vec<Value> {
        let expected: BTreeMap<_, _> = expected.iter().map(|(state, n)| ((*state).to_owned(), *n)).collect();
        let started = now();
        while self.states(destination) != expected {
            assert!(
                started.elapsed() < PATIENCE,
                "waited in vain for {expected:?}: {:#?}\n{:#}",
                self.states(destination),
                self.latest_delivery(destination)
            );
            std::thread::sleep(std::time::Duration::from_millis(20)); // between two looks, not instead of one
        }
        self.deliveries(destination)
    }

    /// Waits until something was said of a destination's latest delivery that has these words in it.
    pub fn wait_for_words(&self, destination: &str, words: &str) -> Value {
        wait_for(words, || {
            let delivery = self.latest_delivery(destination);
            let reason = delivery["reason"].as_str()?;
            reason.contains(words).then_some(delivery)
        })
    }

    /// The messages of the open alerts about a destination.
    pub fn alerts(&self, destination: &str) -> Vec<String> {
        let alerts = self.get("/alerts");
        let of_destination = alerts["items"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|alert| alert["destination_id"] == destination);
        of_destination
            .map(|alert| alert["message"].as_str().expect("words").to_owned())
            .collect()
    }
}
