//! A shop with something in every table, and databases to move it to.

use crate::{
    common::{
        Server,
        http::{self, Answer, Request, get},
        konektor, wait_for,
    },
    platforms::Platforms,
    receiver::Receiver,
};
use konektor_fake_platforms::{Clock, Platform};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicU32, Ordering},
};

/// An empty database on the server for tests; dropped with it.
pub struct Postgres {
    pub url: String,
    name: String,
    server: String,
}

impl Postgres {
    /// `None` where there is no server for tests.
    pub fn make() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("KONEKTOR_TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "on CI PostgreSQL has to be there: run the tests by scripts/postgres"
            );
            eprintln!("KONEKTOR_TEST_POSTGRES is not set: nothing is moved to PostgreSQL; see scripts/postgres");
            return None;
        };
        let name = format!("moved_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        ask(&server, &format!("CREATE DATABASE {name}"));
        let url = format!("{}/{name}", server.rsplit_once('/').expect("it ends with a database").0);
        Some(Self { url, name, server })
    }

    /// Runs statements beside whoever is in it.
    pub fn execute(&self, sql: &str) {
        ask(&self.url, sql);
    }

    pub fn number(&self, sql: &str) -> i64 {
        let sql = format!("SELECT ({sql})::bigint");
        on(&self.url, async move |client| {
            client.query_one(&sql, &[]).await.map(|row| row.get(0))
        })
        .unwrap_or(-1)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        ask(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn ask(url: &str, sql: &str) {
    let sql = sql.to_owned();
    on(url, async move |client| client.batch_execute(&sql).await).expect("it is done");
}

fn on<T: Send>(
    url: &str,
    work: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error>,
) -> Result<T, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        let talking = tokio::spawn(connection);
        let done = work(&client).await;
        drop(client);
        let _ = talking.await;
        done
    })
}

/// The address of the SQLite file in a directory.
pub fn sqlite(data: &Path) -> String {
    format!("sqlite:{}", data.join("konektor.db").display())
}

/// The command, not started yet.
pub fn migrate(data: &Path, from: &str, to: &str) -> Command {
    let mut command = konektor(data);
    command.env_remove("KONEKTOR_DATABASE");
    command.args(["--json", "migrate-store", "--from", from, "--to", to]);
    command
}

/// Moves everything, and gives each table with its rows and checksum.
pub fn moved(data: &Path, from: &str, to: &str) -> Value {
    let Output { status, stdout, stderr } = migrate(data, from, to).output().expect("it can be started");
    let said = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{status}: {said}");
    assert!(!said.contains('#'), "no bar without a terminal: {said}");
    serde_json::from_slice::<Value>(&stdout).expect("JSON")["tables"].clone()
}

/// What a transfer says that does not succeed.
pub fn refusal(data: &Path, from: &str, to: &str) -> String {
    let Output { status, stdout, stderr } = migrate(data, from, to).output().expect("it can be started");
    assert_eq!(status.code(), Some(1), "{}", String::from_utf8_lossy(&stdout));
    String::from_utf8(stderr).expect("UTF-8")
}

/// A demo's leads, in a directory of its own.
pub struct Town {
    pub data: PathBuf,
    pub key: String,
    pub platforms: Platforms,
    pub receiver: Receiver,
    _directory: tempfile::TempDir,
}

/// Who was here, and where they were sent.
pub struct Known {
    pub cookie: String,
    pub code: String,
    pub digits: String,
    pub query: String,
}

impl Town {
    /// This many leads of the demo, and nothing else yet.
    pub fn of(leads: u32) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path().join("data");
        let mut demo = konektor(&data);
        demo.env_remove("KONEKTOR_DATABASE");
        demo.args(["--json", "demo", "--prepare", "--leads", &leads.to_string(), "--data"]);
        let made = demo.arg(&data).output().expect("it can be started");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let facts: Value = serde_json::from_slice(&made.stdout).expect("JSON");
        Self {
            data,
            key: facts["api_key"].as_str().expect("a key").to_owned(),
            platforms: Platforms::start(Clock::System),
            receiver: Receiver::start(),
            _directory: directory,
        }
    }

    /// A server on a database, with the town's key and its platforms.
    pub fn serve(&self, database: &str) -> Server {
        let mut settings: Vec<(&str, &str)> = vec![
            ("KONEKTOR_DATABASE", database),
            ("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8"),
            ("KONEKTOR_GOOGLE_CLICK_WAIT_S", "0"),
            ("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.1"),
        ];
        let urls = self.platforms.settings();
        settings.extend(urls.iter().map(|(name, value)| (*name, value.as_str())));
        Server::start(&self.data, &settings)
    }

    pub fn get(&self, server: &Server, path: &str) -> Value {
        server.api(&self.key, "GET", path, None)
    }

    pub fn post(&self, server: &Server, path: &str, body: Value) -> Value {
        server.api(&self.key, "POST", path, Some(&body))
    }

    pub fn patch(&self, server: &Server, path: &str, body: Value) -> Value {
        server.api(&self.key, "PATCH", path, Some(&body))
    }

    /// Somebody comes through an ad of Meta's.
    pub fn visit(&self, server: &Server, query: &str, cookie: Option<&str>) -> Answer {
        let answer = server.ask(&request(query, cookie));
        assert_eq!(answer.status, 302, "{answer:?}");
        answer
    }

    /// Puts something into every table that people and platforms fill; the visitors of Meta's ads.
    pub fn live(&self, server: &Server) -> Vec<Known> {
        let meta = json!({
            "platform": "meta", "name": "Meta", "settings": { "dataset_id": "1234567890123456" },
            "credentials": { "access_token": "EAAB-meta" },
        });
        self.post(server, "/destinations", meta);
        let tiktok = json!({
            "platform": "tiktok", "name": "TikTok", "settings": { "pixel_code": "C4ABCDEFGHIJKLMNOPQR" },
            "credentials": { "access_token": "tiktok-token" }, "active": false,
        });
        self.post(server, "/destinations", tiktok);
        self.post(
            server,
            "/webhooks",
            json!({
                "url": self.receiver.url(),
                "events": ["lead.created", "lead.updated", "click.recorded", "delivery.failed", "agent.unavailable"],
            }),
        );
        self.post(server, "/hosts", json!({ "host": "wa.town.example" }));
        let rule = json!({ "kind": "user_agent", "value": "TokoBot" });
        self.post(server, "/screening-rules", rule);
        self.patch(server, "/digest", json!({ "frequency": "weekly" }));
        let known: Vec<Known> = (0..12)
            .map(|n| {
                let query = format!("fbclid=IwAR2-town_{n}");
                let answer = self.visit(server, &query, None);
                Known {
                    cookie: answer.cookie().to_owned(),
                    code: answer.code().to_owned(),
                    digits: answer.digits().to_owned(),
                    query,
                }
            })
            .collect();
        for n in 0..5 {
            self.visit(server, &format!("ttclid=E.C.P.Cj-{n}"), None);
        }
        self.platforms.wait_for_events(Platform::Meta, known.len() as u64);
        // Returns, a prefetch, a bot.
        for visitor in &known[..3] {
            self.visit(server, "utm_source=newsletter", Some(&visitor.cookie));
        }
        server.ask(&request("x=1", None).header("Purpose", "prefetch"));
        // Two forms' posts with one number.
        let form = self.post(server, "/forms", json!({ "name": "Kontak" }));
        let url = form["url"].as_str().expect("an address");
        let path = &url[url.find("/hooks/").expect("a hook")..];
        for visitor in &known[4..6] {
            let token = server.ask(&get("/visitor.json").cookie(&visitor.cookie)).json();
            let body = json!({
                "name": "Siti", "phone": "0812 3456 7890", "email": "siti@contoh.id", "visitor": token["visitor"],
            });
            let mut post = get(path).method("POST").header("Content-Type", "application/json");
            post.body = body.to_string();
            let answer = server.ask(&post);
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let merged = self.get(server, "/leads?q=siti@contoh.id");
        assert_eq!(merged["items"].as_array().map(Vec::len), Some(1), "{merged}");
        // Two leads that are one.
        let into = json!({ "into": known[10].code });
        self.post(server, &format!("/leads/{}/merge", known[11].code), into);
        // Statuses and sales, which are events of their own, and something of the CS's.
        self.patch(
            server,
            &format!("/leads/{}", known[7].code),
            json!({ "status": "qualified", "notes": "Nanti" }),
        );
        let won = json!({ "status": "won", "value": "150000", "currency": "IDR" });
        let won = server.ask(&http::api(
            &self.key,
            "PATCH",
            &format!("/leads/{}", known[8].code),
            Some(&won),
        ));
        assert!(matches!(won.status, 200 | 400 | 422), "{won:?}");
        let keyed = http::api(
            &self.key,
            "POST",
            "/hosts",
            Some(&json!({ "host": "wa.kedua.example" })),
        );
        assert!(server.ask(&keyed.header("Idempotency-Key", "kunci-1")).status < 300);
        let agents = self.get(server, "/agents");
        let agent = agents["items"][0]["id"].as_str().expect("an agent").to_owned();
        self.patch(server, &format!("/agents/{agent}"), json!({ "active": false }));
        self.patch(server, &format!("/agents/{agent}"), json!({ "active": true }));
        let users = json!({ "email": "cs@town.example", "role": "agent", "agent_id": agent });
        server.ask(&http::api(&self.key, "POST", "/users", Some(&users)));
        // The clicks, and the two statuses.
        self.platforms.wait_for_events(Platform::Meta, known.len() as u64 + 2);
        self.wait_until_told(server);
        known
    }

    /// Waits until nothing is on its way but what waits for TikTok.
    pub fn wait_until_told(&self, server: &Server) {
        wait_for("everything that was to be sent", || {
            let pending = self.get(server, "/deliveries?state=pending&limit=200");
            let items = pending["items"].as_array().expect("a list");
            let of_meta = items.iter().filter(|delivery| delivery["platform"] == "meta").count();
            (of_meta == 0).then_some(())
        });
    }

    /// Ends a server as an operator does.
    pub fn stop(&self, server: Server) {
        server.stop();
    }
}

fn request(query: &str, cookie: Option<&str>) -> Request {
    let request = get(&format!("/wa/promo?{query}")).header("X-Forwarded-For", "203.0.113.9");
    match cookie {
        Some(cookie) => request.cookie(cookie),
        None => request,
    }
}

/// A table's rows, of what a transfer has said.
pub fn rows(tables: &Value, name: &str) -> u64 {
    let tables = tables.as_array().expect("a list");
    let table = tables.iter().find(|table| table["table"] == name);
    table.unwrap_or_else(|| panic!("{name} is there"))["rows"]
        .as_u64()
        .expect("a number")
}

/// A directory beside the town's, with its secret key, for another database file.
pub fn beside(town: &Town, name: &str) -> PathBuf {
    let data = town.data.with_file_name(name);
    std::fs::create_dir(&data).expect("it can be made");
    std::fs::copy(town.data.join("secret.key"), data.join("secret.key")).expect("it is there");
    data
}
