//! Logs and numbers for operators. No personal data: no address, no click ID, no phone.

use konektor_core::screening::Class;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{collections::HashMap, time::Duration};
use tokio_util::sync::CancellationToken;

/// The numbers of the click path, looked up once: counting is then one atomic addition.
#[derive(Clone)]
pub struct Meters {
    /// Visits that were recorded.
    pub clicks: Counter,
    /// Visits that got their redirect while the store was away.
    pub degraded: Counter,
    /// Whether it is: 0 or 1.
    pub is_degraded: Gauge,
    /// Visits that were answered without the store and are recorded since.
    pub replayed: Counter,
    /// How long the oldest visit in the spool has waited, in seconds.
    pub spool_age: Gauge,
    /// Requests for links that are not there.
    pub orphan_hits: Counter,
    /// Requests that are not well formed.
    pub bad_requests: Counter,
    /// Visits in a transaction.
    pub batch_size: Histogram,
    /// Clicks folded.
    pub folded: Counter,
    /// How old the latest click of a pass was when it was folded, in seconds.
    pub fold_lag: Gauge,
    /// Memory of the filter of click IDs, which grows with what it knows.
    pub click_id_filter: Gauge,
    /// Visits whose click ID the filter did not know to be new, so that it was looked up.
    pub looked_up: Counter,
    /// Connections that are open.
    pub connections: Gauge,
    screened: HashMap<Class, Counter>,
}

impl Meters {
    /// Registers all of them, so that each is there with 0 before it is first needed.
    pub fn new() -> Self {
        let screened = |class: Class| counter!("konektor_not_counted_total", "reason" => class.as_str());
        Self {
            clicks: counter!("konektor_clicks_total"),
            degraded: counter!("konektor_degraded_redirects_total"),
            is_degraded: gauge!("konektor_degraded"),
            replayed: counter!("konektor_replayed_clicks_total"),
            spool_age: gauge!("konektor_spool_oldest_age_seconds"),
            orphan_hits: counter!("konektor_orphan_hits_total"),
            bad_requests: counter!("konektor_bad_requests_total"),
            batch_size: histogram!("konektor_batch_size"),
            folded: counter!("konektor_folded_clicks_total"),
            fold_lag: gauge!("konektor_fold_lag_seconds"),
            click_id_filter: gauge!("konektor_click_id_filter_bytes"),
            looked_up: counter!("konektor_click_id_lookups_total"),
            connections: gauge!("konektor_connections"),
            screened: Class::ALL
                .iter()
                .filter(|c| !c.is_human())
                .map(|&class| (class, screened(class)))
                .collect(),
        }
    }

    /// Counts a request that is not a person's.
    pub fn screened(&self, class: Class) {
        if let Some(counter) = self.screened.get(&class) {
            counter.increment(1);
        }
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

/// Starts collecting numbers; the handle renders them for `/metrics`.
pub fn start_metrics() -> PrometheusHandle {
    let builder = PrometheusBuilder::new().set_buckets(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]);
    let recorder = builder.expect("the buckets are not empty").build_recorder();
    let handle = recorder.handle();
    // A second server in one process (tests) keeps the first one's recorder.
    let _ = metrics::set_global_recorder(recorder);
    handle
}

/// Puts what histograms were told into their buckets, again and again. Until then each sample is kept by itself, and where
/// nobody reads `/metrics`, nobody else does it.
pub async fn sum_up(handle: PrometheusHandle, stop: CancellationToken) {
    const EVERY: Duration = Duration::from_secs(5);
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        handle.run_upkeep();
    }
}

/// Starts logging to standard error, as JSON where it is not a terminal.
pub fn start_logs(filter: &str) {
    use std::io::IsTerminal;
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Already set in a test process: then that one stays.
    let _ = if std::io::stderr().is_terminal() {
        builder.try_init()
    } else {
        builder.json().try_init()
    };
}
