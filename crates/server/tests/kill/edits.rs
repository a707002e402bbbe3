//! Somebody at the dashboard, who changes a lead, an agent and a link in turn.

use crate::{
    common::{
        database,
        http::{self, Connection, Request, get},
        shop::Shop,
        wait_for,
    },
    forms::Hook,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

/// What an editor changes, all by name.
pub struct Desk {
    /// Paths in the API: a lead, an agent who gets no visitors, a link that nobody clicks.
    paths: [String; 3],
}

/// What an editor did until the server was gone.
#[derive(Default)]
pub struct Edits {
    /// The last name of each thing that was acknowledged.
    last: [Option<String>; 3],
    /// Where an edit was under way, and which.
    in_flight: Option<(usize, String)>,
    /// Names that the lead got, acknowledged.
    of_lead: Vec<String>,
}

impl Desk {
    /// A desk of one's own. The lead of it is one that a form made.
    pub fn new(shop: &Shop, hook: &Hook, n: usize) -> Self {
        let email = format!("meja{n}@contoh.id");
        let post = get(&hook.path)
            .method("POST")
            .header("Content-Type", "application/json");
        let body = json!({ "nama": "Belum", "email": email }).to_string();
        assert_eq!(shop.server.ask(&Request { body, ..post }).status, 200);
        let lead = wait_for("the lead of a form", || {
            let found = shop.get(&format!("/leads?q={email}"));
            found["items"][0]["id"].as_str().map(str::to_owned)
        });
        let id = |made: Value| made["id"].as_str().expect("an id").to_owned();
        let agent = id(shop.post(
            "/agents",
            json!({ "name": "Belum", "phone": format!("0813 0000 00{n:02}") }),
        ));
        let rotator = json!({ "slug": format!("meja-{n}"), "agents": [{ "agent_id": agent, "weight": 1 }] });
        let rotator = id(shop.post("/rotators", rotator));
        Self {
            paths: [
                format!("/leads/{lead}"),
                format!("/agents/{agent}"),
                format!("/rotators/{rotator}"),
            ],
        }
    }

    /// Changes one thing after the other, until the server is gone.
    pub fn edit_until_it_dies(&self, shop: &Shop, name: &str, acknowledged: &AtomicUsize) -> Edits {
        let mut edits = Edits::default();
        let Ok(mut connection) = Connection::open(shop.server.address) else {
            return edits;
        };
        for n in 0.. {
            let (which, word) = (n % 3, format!("{name}n{n}"));
            let body = json!({ "name": word });
            match connection.ask(&http::api(&shop.key, "PATCH", &self.paths[which], Some(&body))) {
                Ok(answer) => assert_eq!(
                    (answer.status, &answer.json()["name"]),
                    (200, &json!(word)),
                    "{answer:?}"
                ),
                Err(_) => {
                    edits.in_flight = Some((which, word));
                    return edits;
                }
            }
            if which == 0 {
                edits.of_lead.push(word.clone());
            }
            edits.last[which] = Some(word);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
        edits
    }

    /// Everything is called as it was called last, or as it was just about to be.
    pub fn check(&self, shop: &Shop, edits: &Edits) {
        for (which, path) in self.paths.iter().enumerate() {
            let Some(last) = &edits.last[which] else { continue };
            let name = shop.get(path)["name"].as_str().expect("a name").to_owned();
            let about_to_be = edits.in_flight.as_ref().filter(|(of, _)| *of == which);
            let is_known = name == *last || about_to_be.is_some_and(|(_, word)| *word == name);
            assert!(
                is_known,
                "{path} is called {name}, and was called {last} when that was answered"
            );
        }
        // What a lead was called stands in its timeline, each name once.
        let sql = "SELECT new FROM lead_changes WHERE field = 'name'";
        let mut names = BTreeSet::new();
        for [name] in database::rows::<1>(shop.data(), sql) {
            let name = name.unwrap_or_default();
            assert!(
                name.starts_with("Siti") || name == "Belum" || names.insert(name.clone()),
                "{name} twice"
            );
        }
        for name in &edits.of_lead {
            assert!(
                names.contains(name),
                "the change to {name} was answered and is lost: {names:?}"
            );
        }
    }
}

impl Edits {
    pub fn acknowledged(&self) -> usize {
        self.of_lead.len()
    }
}
