//! Servers that share a database, and the link `/wa/promo` on all of them.

use super::{
    cluster::Cluster,
    common::{Server, database::by_itself, http::Answer, konektor, shop::Agent, wait_for},
};
use serde_json::{Value, json};
use std::path::Path;

const SECRET: &str = "8f2a4c6e8f2a4c6e8f2a4c6e8f2a4c6e8f2a4c6e8f2a4c6e8f2a4c6e8f2a4c6e";
const DATABASE: &str = "site";

/// Servers, each with a directory of its own.
pub struct Site {
    pub nodes: Vec<Server>,
    pub key: String,
    pub agents: Vec<Agent>,
    directories: Vec<tempfile::TempDir>,
    url: String,
}

impl Site {
    /// So many servers, and three agents with equal shares.
    pub fn open(cluster: &Cluster, nodes: usize) -> Self {
        let make = format!("CREATE DATABASE {DATABASE}");
        by_itself(&cluster.url("postgres"), async |client| {
            client.batch_execute(&make).await
        });
        Self::open_at(cluster.url(DATABASE), nodes)
    }

    /// The same on a database that is there.
    pub fn open_at(url: String, nodes: usize) -> Self {
        let directories: Vec<_> = (0..nodes).map(|_| tempfile::tempdir().expect("a directory")).collect();
        let run = |arguments: &[&str]| run(directories[0].path(), &url, arguments);
        let workspace = run(&["workspace", "add", "--name", "Toko Kopi"]);
        let key = run(&["key", "add", "--workspace", &workspace, "--scope", "read,write"]);
        let mut site = Self {
            nodes: directories
                .iter()
                .map(|directory| serve(directory.path(), &url))
                .collect(),
            key,
            agents: Vec::new(),
            directories,
            url,
        };
        for n in 1..=3 {
            let phone = format!("0812 0000 000{n}");
            let agent = site.post("/agents", json!({ "name": format!("Agen {n}"), "phone": phone }));
            site.agents.push(Agent {
                id: agent["id"].as_str().expect("an id").to_owned(),
                digits: format!("628120000000{n}"),
            });
        }
        let shares = site
            .agents
            .iter()
            .map(|agent| json!({ "agent_id": agent.id, "weight": 1 }));
        let shares: Vec<_> = shares.collect();
        site.post("/rotators", json!({ "slug": "promo", "agents": shares }));
        for node in &site.nodes {
            // What one server makes the others hear of.
            wait_for("the link on each server", || {
                (node.ask(&super::common::http::get("/wa/promo").method("HEAD")).status == 302).then_some(())
            });
        }
        site
    }

    fn post(&self, path: &str, body: Value) -> Value {
        self.nodes[0].api(&self.key, "POST", path, Some(&body))
    }

    pub fn get(&self, path: &str) -> Value {
        self.nodes[0].api(&self.key, "GET", path, None)
    }

    /// Starts a server that was killed, in its directory.
    pub fn restart(&mut self, node: usize) {
        self.nodes[node].wait();
        self.nodes[node] = serve(self.directories[node].path(), &self.url);
    }

    /// Runs a statement beside the servers.
    pub fn sql(&self, sql: &str) {
        by_itself(&self.url, async |client| client.batch_execute(sql).await);
    }

    /// Waits until the database has all that waited, at each server.
    pub fn wait_until_drained(&self) {
        for node in &self.nodes {
            wait_for("the end of degraded mode", || {
                let over = node.metric("konektor_degraded") == 0 && node.metric("konektor_spool_clicks") == 0;
                over.then_some(())
            });
        }
    }

    /// The agent whom an answer sends to.
    pub fn agent(&self, answer: &Answer) -> usize {
        let sent_to = self.agents.iter().position(|agent| agent.digits == answer.digits());
        sent_to.expect("one of ours")
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

fn settings(url: &str) -> [(&str, &str); 3] {
    [
        ("KONEKTOR_DATABASE", url),
        ("KONEKTOR_SECRET_KEY", SECRET),
        // The default deadline, as a visitor has it.
        ("KONEKTOR_COMMIT_DEADLINE_MS", "150"),
    ]
}

fn serve(directory: &Path, url: &str) -> Server {
    Server::start(directory, &settings(url))
}

fn run(directory: &Path, url: &str, arguments: &[&str]) -> String {
    let output = konektor(directory).envs(settings(url)).args(arguments).output();
    let output = output.expect("it can be started");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}
