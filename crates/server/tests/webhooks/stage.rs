//! A server in this process, on a clock that the test moves.

use crate::{
    common::{
        http::{self, Answer, Connection},
        wait_for,
    },
    receiver::Receiver,
};
use konektor::{auth::api_key, clock::Clock, config::Settings, serve};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use konektor_store::{
    Store,
    model::{NewApiKey, NewWorkspace},
};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::runtime::Runtime;

/// 2026-11-22T11:30:00.123Z, when it all begins.
const START_MS: i64 = 1_795_347_000_123;
pub const DAY: Duration = Duration::from_secs(86_400);

/// The server and its workspace with the link `/wa/promo`.
pub struct Stage {
    running: Option<serve::Running>,
    runtime: Runtime,
    now: Arc<AtomicI64>,
    key: String,
    workspace: WorkspaceId,
    pub agent: String,
    visitors: AtomicI64,
    _data: tempfile::TempDir,
}

impl Stage {
    /// Receivers on this machine may be reached.
    pub fn open() -> Self {
        Self::with(&[("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.1")])
    }

    pub fn with(settings: &[(&str, &str)]) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let now = Arc::new(AtomicI64::new(START_MS));
        let data = tempfile::tempdir().expect("a directory");
        let own = [
            ("KONEKTOR_DATA", data.path().to_str().expect("UTF-8")),
            ("KONEKTOR_LISTEN", "127.0.0.1:0"),
            ("KONEKTOR_METRICS_LISTEN", "127.0.0.1:0"),
            ("KONEKTOR_API_RATE", "0"),
            ("KONEKTOR_COMMIT_DEADLINE_MS", "30000"),
        ];
        let all = own.iter().chain(settings);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::load(all).expect("settings that fit");
        let (running, workspace, key) = runtime.block_on(async {
            let clock = Clock::Set(now.clone());
            let store = serve::open_store(&settings, &clock).await.expect("a new database");
            let (workspace, key) = set_up(&store, clock.now()).await;
            let running = serve::start(settings, clock, store).await.expect("it starts");
            (running, workspace, key)
        });
        let mut stage = Self {
            running: Some(running),
            runtime,
            now,
            key,
            workspace,
            agent: String::new(),
            visitors: AtomicI64::new(0),
            _data: data,
        };
        let agent = stage.post("/agents", json!({ "name": "Ayu", "phone": "0812 0000 0001" }));
        stage.agent = agent["id"].as_str().expect("an id").to_owned();
        let share = json!({ "agent_id": stage.agent, "weight": 1 });
        stage.post("/rotators", json!({ "slug": "promo", "agents": [share] }));
        stage
    }

    fn running(&self) -> &serve::Running {
        self.running.as_ref().expect("it runs")
    }

    pub fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Time passes, and all senders look at the clock.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
        self.running().app.webhooks.wake_all(self.workspace);
    }

    /// Calls the API, whatever it answers.
    pub fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = http::api(&self.key, method, path, body.as_ref());
        let answer = Connection::open(self.running().address).and_then(|mut connection| connection.ask(&request));
        answer.expect("an answer")
    }

    fn api(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let answer = self.call(method, path, body);
        let is_fine = (200..300).contains(&answer.status);
        assert!(is_fine, "{method} {path}: {answer:?} {}", answer.text());
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

    /// Adds a webhook to a receiver; it with its secret.
    pub fn hook(&self, receiver: &Receiver, events: &[&str]) -> Value {
        self.post("/webhooks", json!({ "url": receiver.url(), "events": events }))
    }

    /// Somebody new opens the link.
    pub fn click(&self) {
        // Another address each time: the same one within a moment would be a double tap.
        let n = self.visitors.fetch_add(1, Ordering::Relaxed);
        let request = http::get(&format!("/wa/promo?utm_id={n}"));
        let answer = Connection::open(self.running().address).and_then(|mut connection| connection.ask(&request));
        assert_eq!(answer.expect("an answer").status, 302);
    }

    /// The latest message of a webhook.
    pub fn message(&self, webhook: &Value) -> Value {
        let path = format!("/webhooks/{}/messages?limit=1", id(webhook));
        self.get(&path)["items"][0].clone()
    }

    /// Waits until the latest message has so many attempts, and gives it.
    pub fn wait_for_attempts(&self, webhook: &Value, count: usize) -> Value {
        wait_for("attempts", || {
            let message = self.message(webhook);
            let attempts = message["attempts"].as_array().map_or(0, Vec::len);
            (attempts >= count).then_some(message)
        })
    }

    /// Waits until a webhook is in this state, and gives it.
    pub fn wait_for_state(&self, webhook: &Value, state: &str) -> Value {
        let path = format!("/webhooks/{}", id(webhook));
        wait_for(state, || {
            Some(self.get(&path)).filter(|webhook| webhook["state"] == state)
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

pub fn id(thing: &Value) -> &str {
    thing["id"].as_str().expect("an id")
}

/// Adds a workspace; it and a key of it.
async fn set_up(store: &impl Store, now: UnixMs) -> (WorkspaceId, String) {
    let workspace = NewWorkspace {
        name: "Toko Kopi".to_owned(),
        country: "ID".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        code_key: [7; 16],
    };
    let workspace = store.add_workspace(workspace, now).await.expect("a workspace");
    let (key, hash) = api_key::make();
    let new = NewApiKey {
        workspace,
        name: "test".to_owned(),
        hash,
        scopes: vec!["read".to_owned(), "write".to_owned()],
        expires_at: None,
    };
    store.add_api_key(new, now).await.expect("a key");
    (workspace, key)
}
