//! `konektor serve`: puts the parts together, runs them, and ends them without cutting a request.

use crate::{
    api,
    app::{App, Database},
    click::{
        handler::ClickPath, keeper, orphans::Orphans, page::PageMode, progress::Progress, recorder,
        screened::NotCounted, standby::Standby,
    },
    clock::Clock,
    config::Settings,
    delivery,
    enrich::{geo::Geo, user_agents::UserAgents},
    fold, hooks,
    http::{self, Site},
    learning, notices,
    privacy::{erase, journal, retention},
    secrets, snippet, staging, telemetry, tls_allow, webhooks,
};
use axum::{Router, extract::State, routing::get};
use hyper::StatusCode;
use konektor_core::{identity::continuity::Fingerprints, phone};
use konektor_store::{Address, Store};
use metrics_exporter_prometheus::PrometheusHandle;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Longest wait for requests that are under way when the server is told to end.
const DRAIN: Duration = Duration::from_secs(10);
/// Clicks that are read at the start, so that their visitors keep their agent if the database goes away: some 20 MB.
const OWNERS_AT_START: usize = 20_000;
/// Longest wait for the database when a load balancer asks how this server is.
const PING: Duration = Duration::from_secs(1);

/// Anything that keeps a server from starting, or ends it.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Opens the database that the settings name.
pub async fn open_store(settings: &Settings, clock: &Clock) -> Result<Database, Error> {
    if let Address::Sqlite(path) = &settings.database {
        staging::refuse_half_restored(path)?;
    }
    Ok(Database::open(&settings.database, clock.now()).await?)
}

/// A server that has started.
pub struct Running {
    /// Where visitors are answered.
    pub address: SocketAddr,
    /// Its shared parts.
    pub app: Arc<App>,
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it: requests under way are answered, what is in memory is stored, files are closed.
    pub async fn stop(self) {
        self.stop.cancel();
        let _ = self.ended.await;
    }
}

/// Starts a server.
pub async fn start(settings: Settings, clock: Clock, store: Database) -> Result<Running, Error> {
    let metrics = telemetry::start_metrics();
    let secret = secrets::secret_key(settings.secret_key, &settings.data)?;
    let installation = store.installation().await?;
    let meters = telemetry::Meters::new();
    let fingerprints = Fingerprints::new(installation.fingerprint_key);
    let app = App::new(store, settings, clock).await?;

    let journal = journal::path(&app.settings.data);
    match erase::catch_up(&app.store, &app.settings.data, &journal, app.clock.now()).await {
        Ok(0) => {}
        Ok(leads) => tracing::warn!(
            leads,
            "persons who had been erased were in the database, and are erased again"
        ),
        Err(error) => return Err(format!("who was erased cannot be erased again: {error}").into()),
    }
    let progress = Arc::new(Progress::default());
    progress.set_folded(app.store.watermark().await?);
    let standby = Arc::new(Standby::open(app.clone(), meters.clone())?);
    let owners = app.store.recent_owners(OWNERS_AT_START).await?.into_iter();
    standby.note(owners.map(|(lead, agent)| (lead, Some(agent))));
    let mut held = keeper::Held::new();
    if let Err(error) = keeper::reserve(&app, &standby, &mut held, true).await {
        tracing::warn!(%error, "no visitor numbers could be put by for the time when the database is away");
    }
    let (recorder, recording) =
        recorder::recorder(app.clone(), progress.clone(), meters.clone(), standby.clone()).await;
    let geo = Geo::open(&app.settings.data)?;
    if let Some(built_at) = geo.built_at() {
        let _ = app.geo_built_at.set(built_at); // it is set once, here
    }
    let path = Arc::new(ClickPath {
        signing_keys: secrets::signing_keys(&secret, &installation),
        user_agents: UserAgents::built_in(fingerprints.clone()),
        fingerprints,
        geo,
        not_counted: NotCounted::default(),
        orphans: Orphans::default(),
        page_mode: PageMode::new(secrets::page_tokens(&secret, &installation)),
        meters: meters.clone(),
        public_host: app.settings.public_host(),
        listen_host: app.settings.listen.ip().to_string(),
        app: app.clone(),
        recorder,
    });

    let listen = |address: SocketAddr, name: &'static str| async move {
        let listener = TcpListener::bind(address).await;
        listener.map_err(|e| format!("cannot listen on {address}: {e}; set KONEKTOR_{name} to a free address"))
    };
    let listener = listen(app.settings.listen, "LISTEN").await?;
    let operators = listen(app.settings.metrics_listen, "METRICS_LISTEN").await?;
    let address = listener.local_addr()?;

    let (stop, requests) = (CancellationToken::new(), TaskTracker::new());
    let site = Site {
        click_path: Some(path.clone()),
        router: router(app.clone()),
        connections: meters.connections.clone(),
    };
    requests.spawn(http::serve(listener, site, requests.clone(), stop.clone()));
    tokio::spawn(telemetry::sum_up(metrics.clone(), stop.clone()));
    let for_operators = Site {
        click_path: None,
        router: operator_router(app.clone(), metrics),
        connections: metrics::Gauge::noop(),
    };
    requests.spawn(http::serve(operators, for_operators, requests.clone(), stop.clone()));
    let recording = tokio::spawn(recording);
    // Else visitors wait while somebody is the first to look at the doctor, or to type a number.
    tokio::task::spawn_blocking(phone::load);
    let stop_folding = CancellationToken::new();
    let folding = tokio::spawn(fold::run(
        app.clone(),
        path.clone(),
        progress.clone(),
        meters.clone(),
        stop_folding.clone(),
    ));
    let keeping = keeper::run(app.clone(), standby.clone(), meters, held, stop.clone());
    let keeping = tokio::spawn(keeping);

    let following = tokio::spawn({
        let (app, standby) = (app.clone(), standby.clone());
        async move { app.follow_changes(&standby).await }
    });
    let telling_others = tokio::spawn({
        let app = app.clone();
        async move { app.tell_others().await }
    });

    let stop_delivering = CancellationToken::new();
    let delivering = tokio::spawn(delivery::run(app.clone(), stop_delivering.clone()));
    let telling = tokio::spawn(webhooks::run(app.clone(), stop_delivering.clone()));
    let noticing = notices::run(app.clone(), path.recorder.clone(), stop_delivering.clone());
    let noticing = tokio::spawn(noticing);
    let learning = tokio::spawn(learning::run(app.clone(), stop_delivering.clone()));
    let forgetting = tokio::spawn(retention::run(app.clone(), stop_delivering.clone()));

    let ended = tokio::spawn({
        let (app, stop) = (app.clone(), stop.clone());
        async move {
            stop.cancelled().await;
            app.live.end();
            requests.close();
            if tokio::time::timeout(DRAIN, requests.wait()).await.is_err() {
                tracing::warn!(open = requests.len(), "connections were still open at the end");
            }
            following.abort();
            telling_others.abort();
            stop_delivering.cancel();
            let _ = delivering.await;
            let _ = telling.await;
            let _ = noticing.await;
            let _ = forgetting.await;
            let _ = learning.await;
            stop_folding.cancel();
            let _ = folding.await;
            // The recorder ends when its last handle is gone; this is it, once the requests are done.
            drop(path);
            if tokio::time::timeout(DRAIN, recording).await.is_err() {
                tracing::error!("the recorder did not end");
            }
            let _ = keeping.await;
            standby.spool.close().await;
            let left = standby.spool.visits();
            if left > 0 {
                tracing::warn!(
                    visits = left,
                    "visits wait in the spool; they are recorded when the server runs again"
                );
            }
            if let Err(error) = app.store.close().await {
                tracing::error!(%error, "the database was not closed cleanly");
            }
        }
    });
    Ok(Running {
        address,
        app,
        stop,
        ended,
    })
}

/// Everything that is not on the click path.
pub fn router(app: Arc<App>) -> Router {
    api::router(app.clone())
        .merge(hooks::router(app.clone()))
        .merge(snippet::router(app))
}

/// What operators, load balancers and proxies look at.
fn operator_router(app: Arc<App>, metrics: PrometheusHandle) -> Router {
    async fn ready(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
        let answers = tokio::time::timeout(PING, app.store.ping()).await;
        match (app.degraded.since(), answers) {
            (None, Ok(Ok(()))) => (StatusCode::OK, "ready\n"),
            // Visitors are still sent on, so a load balancer must not take this server out.
            _ => (StatusCode::OK, "degraded\n"),
        }
    }
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/internal/tls-allow", get(tls_allow::answer))
        .route("/metrics", get(move || std::future::ready(metrics.render())))
        .with_state(app)
}

/// Waits until the operator ends the server: Ctrl-C or SIGTERM. Both are listened for from this call on, whenever it is waited.
pub fn until_told_to_end() -> impl Future<Output = ()> {
    let of = |kind| signal(kind).expect("the system can tell of signals");
    let (mut interrupt, mut terminate) = (of(SignalKind::interrupt()), of(SignalKind::terminate()));
    async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
