//! A form tool that posts: what was answered is there, and what was not is posted again by it, as tools do.

use crate::common::{
    database,
    http::{Connection, Request, get},
    shop::Shop,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

/// What was posted, by phone number: the name, and whether it was acknowledged.
#[derive(Default)]
pub struct Posted(BTreeMap<String, Post>);

struct Post {
    name: String,
    body: String,
    is_acknowledged: bool,
}

/// A hook that it posts to.
pub struct Hook {
    pub path: String,
    id: String,
}

impl Hook {
    pub fn add(shop: &Shop) -> Self {
        let form = shop.post("/forms", json!({ "name": "Kontak" }));
        let url = form["url"].as_str().expect("an address");
        Self {
            path: url[url.find("/hooks/").expect("a hook")..].to_owned(),
            id: form["id"].as_str().expect("an id").to_owned(),
        }
    }
}

fn request(path: &str, body: &str) -> Request {
    let request = get(path).method("POST").header("Content-Type", "application/json");
    Request {
        body: body.to_owned(),
        ..request
    }
}

/// Posts as one after the other, each a person of their own, until the server is gone.
pub fn post_until_it_dies(shop: &Shop, hook: &Hook, first: usize, acknowledged: &AtomicUsize) -> Posted {
    let mut posted = Posted::default();
    let Ok(mut connection) = Connection::open(shop.server.address) else {
        return posted;
    };
    for n in first.. {
        let (phone, name) = (format!("62812{n:08}"), format!("Siti {n}"));
        let body = json!({ "nama": name, "hp": phone, "email": format!("siti{n}@contoh.id") }).to_string();
        let answer = connection.ask(&request(&hook.path, &body));
        let is_acknowledged = answer.is_ok();
        posted.0.insert(
            phone,
            Post {
                name,
                body,
                is_acknowledged,
            },
        );
        match answer {
            Ok(answer) => assert_eq!(answer.status, 200, "{answer:?}"),
            Err(_) => return posted,
        }
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    posted
}

impl Posted {
    pub fn add(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Posts again what got no answer.
    pub fn post_the_rest(&mut self, shop: &Shop, hook: &Hook) {
        for post in self.0.values_mut().filter(|post| !post.is_acknowledged) {
            let answer = shop.server.ask(&request(&hook.path, &post.body));
            assert_eq!(answer.status, 200, "{answer:?}");
            post.is_acknowledged = true;
        }
    }

    /// Each person is one lead, and said it once.
    pub fn check(&self, shop: &Shop, hook: &Hook) {
        let data = shop.data();
        let rows = database::rows(data, "SELECT phone, name FROM leads WHERE phone IS NOT NULL");
        let mut stored = BTreeMap::new();
        for [phone, name] in rows {
            let phone = phone.expect("it is not null").trim_start_matches('+').to_owned();
            let twice = stored.insert(phone.clone(), name.unwrap_or_default());
            assert_eq!(twice, None, "{phone} has two leads");
        }
        for (phone, post) in &self.0 {
            assert_eq!(
                stored.get(phone),
                Some(&post.name),
                "{phone} was thanked for and is lost"
            );
        }
        assert_eq!(stored.len(), self.0.len(), "nobody else posted");
        let said = format!("SELECT count(*) FROM submissions WHERE by = 'form:{}'", hook.id);
        let said = shop.server.count(&said);
        assert_eq!(said as usize, self.0.len(), "each was taken once");
    }
}
