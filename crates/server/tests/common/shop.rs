//! A workspace with agents and the link `/wa/promo`, made the way an operator makes it.

use super::{Server, http::Answer, run, wait_for};
use serde_json::{Value, json};
use std::path::Path;

/// An agent and the number that visitors are sent to.
#[derive(Clone, Debug)]
pub struct Agent {
    pub id: String,
    pub digits: String,
}

/// A workspace, its key, its agents, its link.
pub struct Shop {
    pub server: Server,
    pub key: String,
    pub workspace: String,
    pub agents: Vec<Agent>,
    pub rotator: String,
    settings: Vec<(String, String)>,
    data: tempfile::TempDir,
}

impl Shop {
    /// Three agents with equal shares.
    pub fn open() -> Self {
        Self::with(3, &[])
    }

    pub fn with(agents: usize, settings: &[(&str, &str)]) -> Self {
        Self::in_directory(tempfile::tempdir().expect("a directory"), agents, settings, None)
    }

    /// In a directory of one's own, run by a user of this number.
    pub fn in_directory(data: tempfile::TempDir, agents: usize, settings: &[(&str, &str)], user: Option<u32>) -> Self {
        let (workspace, key) = add_workspace(data.path(), "Toko Kopi");
        if user.is_some() {
            give_to(data.path(), user);
        }
        let mut shop = Self {
            server: Server::start_by(data.path(), settings, user),
            key,
            workspace,
            agents: Vec::new(),
            rotator: String::new(),
            settings: settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            data,
        };
        shop.agents = (1..=agents).map(|n| shop.add_agent(n)).collect();
        let shares: Vec<_> = shop
            .agents
            .iter()
            .map(|agent| json!({ "agent_id": agent.id, "weight": 1 }))
            .collect();
        shop.rotator = id(&shop.post("/rotators", json!({ "slug": "promo", "agents": shares })));
        shop
    }

    fn add_agent(&self, n: usize) -> Agent {
        let agent = self.post(
            "/agents",
            json!({ "name": format!("Agen {n}"), "phone": format!("0812 0000 00{n:02}") }),
        );
        Agent {
            id: id(&agent),
            digits: format!("628120000 00{n:02}").replace(' ', ""),
        }
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The key file, the database and all are kept; the server is another.
    pub fn restart(&mut self) {
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(name, value)| (&name[..], &value[..]))
            .collect();
        self.server = Server::start(self.data.path(), &settings);
    }

    /// Stops the server and starts it again.
    pub fn stop_and_restart(&mut self) {
        self.server.tell_to_end();
        assert!(self.server.wait().success());
        self.restart();
    }

    pub fn get(&self, path: &str) -> Value {
        self.server.api(&self.key, "GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Value {
        self.server.api(&self.key, "POST", path, Some(&body))
    }

    pub fn patch(&self, path: &str, body: Value) -> Value {
        self.server.api(&self.key, "PATCH", path, Some(&body))
    }

    pub fn patch_agent(&self, n: usize, body: Value) {
        self.patch(&format!("/agents/{}", self.agents[n].id), body);
    }

    pub fn patch_rotator(&self, body: Value) {
        self.patch(&format!("/rotators/{}", self.rotator), body);
    }

    /// All leads, newest first, over as many pages as there are.
    pub fn leads(&self) -> Vec<Value> {
        let mut leads = Vec::new();
        let mut path = "/leads?limit=200".to_owned();
        loop {
            let mut page = self.get(&path);
            leads.append(page["items"].as_array_mut().expect("a list"));
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/leads?limit=200&cursor={cursor}"),
                None => return leads,
            }
        }
    }

    /// The lead of whoever got this answer.
    pub fn lead_of(&self, answer: &Answer) -> Value {
        self.get(&format!("/leads/{}", answer.code()))
    }

    /// The lead once its clicks have been folded into it.
    pub fn lead_with_clicks(&self, code: &str, clicks: u64) -> Value {
        wait_for("the clicks in the lead", || {
            let lead = self.get(&format!("/leads/{code}"));
            (lead["click_count"] == clicks).then_some(lead)
        })
    }

    /// Turns of the ledger: of each agent those given, and whether rotation was fair.
    pub fn turns(&self) -> Vec<(u64, bool)> {
        let report = self.get("/reports/rotation");
        let of = |agent: &Agent| {
            let totals = report["totals"].as_array().expect("a list");
            let line = totals.iter().find(|line| line["agent_id"] == agent.id.as_str());
            line.map_or((0, true), |line| {
                (
                    line["given"].as_u64().expect("a number"),
                    line["within_bound"].as_bool().expect("a bool"),
                )
            })
        };
        self.agents.iter().map(of).collect()
    }

    pub fn turns_given(&self) -> u64 {
        self.turns().iter().map(|(given, _)| given).sum()
    }

    pub fn clicks_stored(&self) -> i64 {
        self.server.count("SELECT count(*) FROM clicks")
    }

    pub fn leads_stored(&self) -> i64 {
        self.server.count("SELECT count(*) FROM leads")
    }

    /// Nobody has been counted.
    pub fn has_counted_nobody(&self) -> bool {
        (self.clicks_stored(), self.leads_stored(), self.turns_given()) == (0, 0, 0)
    }
}

/// Makes a user the owner of a directory and all that is in it.
fn give_to(path: &Path, user: Option<u32>) {
    std::os::unix::fs::chown(path, user, user).expect("we may");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("it is there") {
            give_to(&entry.expect("an entry").path(), user);
        }
    }
}

/// Adds a workspace by command line: its id and a key for it.
pub fn add_workspace(data: &Path, name: &str) -> (String, String) {
    let workspace = run(data, &["workspace", "add", "--name", name]);
    let key = run(
        data,
        &["key", "add", "--workspace", &workspace, "--scope", "read,write"],
    );
    (workspace, key)
}

fn id(made: &Value) -> String {
    made["id"].as_str().expect("an id").to_owned()
}
