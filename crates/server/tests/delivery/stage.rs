//! A server in this process, on a clock that the test moves. The stand-ins live by the same clock.

use crate::{advertiser::Advertiser, common::wait_for, platforms::Platforms};
use konektor::{auth::api_key, clock::Clock, config::Settings, serve};
use konektor_core::time::UnixMs;
use konektor_store::{
    Store,
    model::{NewApiKey, NewWorkspace},
};
use serde_json::json;
use std::{
    ops::Deref,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// 2026-11-22T11:30:00.123Z, when it all begins.
pub const START_MS: i64 = 1_795_347_000_123;
pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(3_600);
pub const DAY: Duration = Duration::from_secs(86_400);

/// The server, its workspace with the link `/wa/promo`, and the platforms.
pub struct Stage {
    pub platforms: Platforms,
    advertiser: Advertiser,
    running: Option<serve::Running>,
    now: Arc<AtomicI64>,
    settings: Vec<(&'static str, String)>,
    data: tempfile::TempDir,
}

impl Stage {
    /// Google is told at once.
    pub fn open() -> Self {
        Self::with(&[("KONEKTOR_GOOGLE_CLICK_WAIT_S", "0")])
    }

    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        let now = Arc::new(AtomicI64::new(START_MS));
        let platforms = Platforms::start(konektor_fake_platforms::Clock::Set(now.clone()));
        let data = tempfile::tempdir().expect("a directory");
        let mut all: Vec<_> = platforms.settings().into();
        all.push(("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8".to_owned()));
        all.extend(settings.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let (running, key) = platforms.block_on(async {
            let (settings, clock) = (load(&all, data.path()), Clock::Set(now.clone()));
            let store = serve::open_store(&settings, &clock).await.expect("a new database");
            let key = set_up(&store, clock.now()).await;
            (serve::start(settings, clock, store).await.expect("it starts"), key)
        });
        let stage = Self {
            advertiser: Advertiser {
                address: running.address,
                key,
            },
            platforms,
            running: Some(running),
            now,
            settings: all,
            data,
        };
        let agent = stage.post("/agents", json!({ "name": "Ayu", "phone": "0812 0000 0001" }));
        let share = json!({ "agent_id": agent["id"], "weight": 1 });
        stage.post("/rotators", json!({ "slug": "promo", "agents": [share] }));
        stage
    }

    /// Stops the server as an operator would, and starts it again on the same data.
    pub fn restart(&mut self) {
        let running = self.running.take().expect("it runs");
        self.running = Some(self.platforms.block_on(async {
            running.stop().await;
            let (settings, clock) = (load(&self.settings, self.data.path()), Clock::Set(self.now.clone()));
            let store = serve::open_store(&settings, &clock).await.expect("the same database");
            serve::start(settings, clock, store).await.expect("it starts")
        }));
        self.advertiser.address = self.running.as_ref().expect("it runs").address;
    }

    pub fn now_ms(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Time passes, and everybody looks at the clock: senders, and upkeep.
    pub fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
        self.wake();
    }

    /// Time passes, and nobody looks yet.
    pub fn advance_unseen(&self, by: Duration) {
        self.now.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }

    /// Waits until an answer of this very moment to a destination's latest delivery is written down.
    pub fn wait_for_answer(&self, destination: &str) {
        let now = jiff::Timestamp::from_millisecond(self.now_ms()).expect("a time");
        wait_for("an answer", || {
            let at = self.latest_delivery(destination)["response"]["at"].as_str()?.parse();
            (at.ok() == Some(now)).then_some(())
        });
    }

    /// Everybody looks at the clock.
    pub fn wake(&self) {
        let app = &self.running.as_ref().expect("it runs").app;
        let destinations = self.platforms.block_on(app.store.all_destinations()).expect("a list");
        for destination in destinations {
            app.delivery.wake(destination.id);
        }
        app.delivery.destinations_changed();
    }
}

/// The same test for several rows at once: most of its time is waiting, which they do side by side.
pub fn side_by_side<T: Send>(rows: impl IntoIterator<Item = T>, test: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        for row in rows {
            scope.spawn(|| test(row));
        }
    });
}

fn load(settings: &[(&'static str, String)], data: &Path) -> Settings {
    let own = [
        ("KONEKTOR_DATA", data.to_str().expect("UTF-8")),
        ("KONEKTOR_LISTEN", "127.0.0.1:0"),
        ("KONEKTOR_METRICS_LISTEN", "127.0.0.1:0"),
        // Who waits for something by asking again and again asks more often than a program should.
        ("KONEKTOR_API_RATE", "0"),
        ("KONEKTOR_COMMIT_DEADLINE_MS", "30000"),
    ];
    let given = settings.iter().map(|(name, value)| (*name, value.as_str()));
    let all = own.into_iter().chain(given);
    Settings::load(all.map(|(name, value)| (name.to_owned(), value.to_owned()))).expect("settings that fit")
}

/// Adds a workspace; a key of it.
async fn set_up(store: &impl Store, now: UnixMs) -> String {
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
    key
}

impl Deref for Stage {
    type Target = Advertiser;
    fn deref(&self) -> &Advertiser {
        &self.advertiser
    }
}
