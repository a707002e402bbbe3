//! A server in a temporary directory, to be asked as a program outside would.

mod database;

use crate::{app::App, auth::api_key, clock::Clock, config::Settings};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::{Outcome, Place, Visit},
    event::Hold,
    flood::FloodLimits,
    fold::Fresh,
    ids::{DestinationId, LeadId, RotatorId, WorkspaceId},
    time::{Day, UnixMs},
};
use konektor_store::{
    Access, Database, Store,
    model::{Claimed, Count, DestinationHold, Exchange, NewApiKey, NewWorkspace, Next, Settled},
};
use serde_json::Value;
use std::sync::{Arc, atomic::AtomicI64, atomic::Ordering};
use tower::ServiceExt;

/// 2026-08-17T02:00:00Z, a Monday morning in Jakarta.
pub const NOW: UnixMs = UnixMs(1_786_932_000_000);
/// Android Chrome in Instagram.
pub const INSTAGRAM: &str = "Mozilla/5.0 (Linux; Android 13; SM-A155F Build/TP1A.220624.014; wv) AppleWebKit/537.36 \
    (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.102 Mobile Safari/537.36 Instagram 405.0.0.42.71 Android";

/// The credentials of [`meta`].
pub const META_TOKEN: &str = "EAAB-canary-7f3a9c";

/// A destination at Meta.
pub fn meta() -> Value {
    serde_json::json!({
        "platform": "meta",
        "settings": { "dataset_id": "1234567890123456" },
        "credentials": { "access_token": META_TOKEN },
    })
}

/// A server with one workspace.
pub struct Server {
    pub app: Arc<App>,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// A key of the workspace with both scopes.
    pub key: String,
    router: Router,
    now: Arc<AtomicI64>,
    directory: tempfile::TempDir,
    /// Dropped last.
    own_database: Option<database::Own>,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// The body, if it is JSON; else `null`.
    pub json: Value,
}

impl Answer {
    /// The fields that a 422 names, with what it says about them.
    pub fn refused(&self) -> Vec<(String, String)> {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.json);
        let text = |error: &Value, key: &str| error[key].as_str().unwrap().to_owned();
        let errors = self.json["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| (text(error, "field"), text(error, "message")))
            .collect()
    }

    /// The values of one field of all items of a list.
    pub fn items(&self, field: &str) -> Vec<Value> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.json);
        self.json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[field].clone())
            .collect()
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With further settings.
    pub async fn start_with(further: &[(&str, String)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = [
            ("KONEKTOR_DATA", directory.path().to_str().unwrap()),
            ("KONEKTOR_PUBLIC_URL", "https://go.example.com"),
            ("KONEKTOR_FALLBACK_HOSTS", "www.brand.com"),
            // A test asks more in a moment than people do in a minute.
            ("KONEKTOR_API_RATE", "0"),
        ];
        // Nothing that a test does may reach a platform.
        let nowhere = ["META", "GOOGLE", "GOOGLE_TOKEN", "TIKTOK", "LINKEDIN"];
        let own_database = database::Own::new().await;
        let at = own_database
            .as_ref()
            .map(|own| ("KONEKTOR_DATABASE".to_owned(), own.url()));
        let settings = nowhere
            .map(|name| (format!("KONEKTOR_{name}_URL"), "http://127.0.0.1:9".to_owned()))
            .into_iter()
            .chain(settings.map(|(name, value)| (name.to_owned(), value.to_owned())))
            .chain(at)
            .chain(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let settings = Settings::load(settings).unwrap();
        let store = Database::open(&settings.database, NOW).await.unwrap();
        let now = Arc::new(AtomicI64::new(NOW.0));
        let workspace = add_workspace(&store, "Toko Kopi").await;
        let app = App::new(store, settings, Clock::Set(now.clone())).await.unwrap();
        let router = crate::serve::router(app.clone());
        let mut server = Self {
            app,
            workspace,
            key: String::new(),
            router,
            now,
            directory,
            own_database,
        };
        server.key = server.add_key(workspace, &["read", "write"], None).await;
        server
    }

    /// Another workspace, and a key of it.
    pub async fn add_workspace(&self) -> (WorkspaceId, String) {
        let workspace = add_workspace(&self.app.store, "Toko Sebelah").await;
        (workspace, self.add_key(workspace, &["read", "write"], None).await)
    }

    pub async fn add_key(&self, workspace: WorkspaceId, scopes: &[&str], expires_at: Option<UnixMs>) -> String {
        let (key, hash) = api_key::make();
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let new = NewApiKey {
            workspace,
            name: "test".to_owned(),
            hash,
            scopes,
            expires_at,
        };
        self.app.store.add_api_key(new, NOW).await.unwrap();
        key
    }

    /// Ends it and starts another on the same directory.
    pub async fn restart(&mut self) {
        self.app.store.close().await.unwrap();
        let (settings, clock) = (self.app.settings.clone(), self.app.clock.clone());
        let store = Database::open(&settings.database, clock.now()).await.unwrap();
        self.app = App::new(store, settings, clock).await.unwrap();
        self.router = crate::serve::router(self.app.clone());
    }

    /// Sets the clock to so many milliseconds after [`NOW`].
    pub fn set_clock(&self, ms_after: i64) {
        self.now.store(NOW.0 + ms_after, Ordering::Relaxed);
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(&self.key, Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(&self.key, Method::POST, path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask(&self.key, Method::PATCH, path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.ask(&self.key, Method::DELETE, path, None).await
    }

    pub async fn ask(&self, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        let mut request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        self.send(
            request
                .body(body.map_or(Body::empty(), |json| json.to_string().into()))
                .unwrap(),
        )
        .await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (status, headers, body) = self.send_raw(request).await;
        let kind = headers.get(header::CONTENT_TYPE);
        let says_json = kind.is_some_and(|kind| kind.to_str().unwrap().ends_with("json"));
        let json = match says_json {
            true => serde_json::from_slice(&body).expect("what says that it is JSON is"),
            false => Value::Null,
        };
        Answer {
            status,
            headers,
            text: String::from_utf8(body.to_vec()).expect("all answers are text"),
            json,
        }
    }

    /// What is answered, byte by byte.
    pub async fn send_raw(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Bytes) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, body)
    }

    /// Counts something at a link, on the day of [`NOW`].
    pub async fn count(&self, rotator: &str, metric: &'static str, key: &'static str, n: u64) {
        let count = Count {
            workspace: self.workspace,
            day: Day(20_260_817),
            rotator: rotator.parse().unwrap(),
            metric,
            key: key.into(),
            n,
        };
        self.app.store.add_counts(vec![count]).await.unwrap();
    }

    /// Adds an agent and gives their id.
    pub async fn add_agent(&self, name: &str) -> String {
        let answer = self
            .post(
                "/agents",
                serde_json::json!({ "name": name, "phone": "0812 3456 7890" }),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Adds a rotator with these agents and gives its id.
    pub async fn add_rotator(&self, slug: &str, agents: &[&str]) -> String {
        let agents: Vec<_> = agents.iter().map(|id| serde_json::json!({ "agent_id": id })).collect();
        let answer = self
            .post("/rotators", serde_json::json!({ "slug": slug, "agents": agents }))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Adds a destination and gives its id.
    pub async fn add_destination(&self, new: Value) -> String {
        let answer = self.post("/destinations", new).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json);
        answer.json["id"].as_str().unwrap().to_owned()
    }

    /// Holds a destination for its credentials, as a sender does.
    pub async fn hold(&self, destination: &str, reason: &str) {
        let id: DestinationId = destination.parse().unwrap();
        let since = self.app.clock.now();
        let hold = DestinationHold {
            kind: Hold::Auth,
            code: Some("190".to_owned()),
            reason: reason.to_owned(),
            since,
        };
        let message = reason.to_owned();
        self.app.store.hold_destination(id, hold, message).await.unwrap();
    }

    /// Takes a destination's deliveries that are due, as a sender does.
    pub async fn claim(&self, destination: &str) -> Vec<Claimed> {
        let (id, now) = (destination.parse().unwrap(), self.app.clock.now());
        let claim = self.app.store.claim_deliveries(id, now, now, 100).await.unwrap();
        claim.deliveries
    }

    /// Takes a destination's deliveries and settles the oldest in this way, as a sender does. The others stay due.
    pub async fn settle(&self, destination: &str, next: &[Next]) {
        let at = self.app.clock.now();
        let claimed = self.claim(destination).await;
        let settled = claimed.iter().zip(next).map(|(claimed, next)| {
            let is_refused = *next == Next::Dropped;
            Settled {
                id: claimed.id,
                next: *next,
                code: is_refused.then(|| "100/2804003".to_owned()),
                reason: is_refused.then(|| "The platform's words.".to_owned()),
                request: Some("POST https://platform.example\n\n{}".to_owned()),
            }
        });
        let exchange = Exchange {
            destination: destination.parse().unwrap(),
            at,
            status: Some(200),
            trace: Some("trace-1".to_owned()),
            response: Some("{\"ok\":1}".to_owned()),
            confirm_at: None,
            settled: settled.collect(),
        };
        self.app.store.settle(exchange).await.unwrap();
    }

    /// All files of the data directory, by name, and on PostgreSQL all rows, by table.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = std::fs::read_dir(self.directory.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        let files = paths.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()));
        let rows = self.own_database.iter().flat_map(|own| own.rows());
        files.chain(rows).collect()
    }

    /// Changes the database beside the server.
    pub fn sql(&self, statement: &str) {
        match &self.own_database {
            Some(own) => own.change(statement),
            None => {
                let file = self.directory.path().join("konektor.db");
                rusqlite::Connection::open(file)
                    .unwrap()
                    .execute_batch(statement)
                    .unwrap();
            }
        }
    }

    pub fn is_on_postgres(&self) -> bool {
        self.own_database.is_some()
    }

    /// A visit of somebody new with this query string, so many milliseconds after [`NOW`].
    pub fn visit(&self, rotator: &str, query: &str, ms_after: i64) -> Visit {
        Visit {
            at: NOW.plus_ms(ms_after),
            rotator: rotator.parse::<RotatorId>().unwrap(),
            cookie: None,
            address: "203.0.113.7".parse().unwrap(),
            request_print: ms_after,
            click_id: None,
            touch: Touch::of(query, Some("https://l.instagram.com/"), CLICK_ID_PARAMETERS),
            host: "go.example.com".to_owned(),
            ua: INSTAGRAM.into(),
            lang: "id-ID".to_owned(),
            place: Place {
                country: "ID".parse().ok(),
                time_zone: Some("Asia/Jakarta".into()),
                ..Place::default()
            },
            gpc: false,
            consent: None,
            pixel: None,
            press: None,
            is_discreet: false,
        }
    }

    /// Records visits as the recorder does, folds them, and gives their leads.
    pub async fn record(&self, visits: Vec<Visit>) -> Vec<LeadId> {
        let routing = self.app.routing.load_full();
        let memory = self.app.store.memory(FloodLimits::default()).await.unwrap();
        let (_, decisions) = self
            .app
            .store
            .record(routing, memory, visits, Arc::default())
            .await
            .unwrap();
        self.fold().await;
        let lead = |outcome| match outcome {
            Outcome::Sent { lead, .. } => lead,
            other => panic!("not recorded: {other:?}"),
        };
        decisions.outcomes.into_iter().map(lead).collect()
    }

    /// Folds what was recorded and changed.
    pub async fn fold(&self) {
        let routing = self.app.routing.load_full();
        self.app.store.fold(routing, Fresh::default(), 10_000).await.unwrap();
    }
}

async fn add_workspace(store: &Database, name: &str) -> WorkspaceId {
    let new = NewWorkspace {
        name: name.to_owned(),
        country: "ID".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        code_key: [7; 16],
    };
    store.add_workspace(new, NOW).await.unwrap()
}
