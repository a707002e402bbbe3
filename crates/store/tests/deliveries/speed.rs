//! What a delivery costs the database. Run it by hand, on a machine that does nothing else:
//! `cargo test --release -p konektor-store --test deliveries -- --ignored --nocapture`

use crate::shop::{Shop, settled};
use konektor_core::{attribution::Platform, ids::DestinationId, time::UnixMs};
use konektor_store::{Store, model::*};
use std::time::Duration;

const EVENTS: usize = 20_000;

#[expect(clippy::disallowed_methods, reason = "it measures")]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

/// Claims and settles all that is due, in requests of `batch`; how long both took.
async fn send_all<S: Store>(shop: &Shop<'_, S>, to: DestinationId, batch: usize) -> (Duration, Duration, usize) {
    let (mut claiming, mut settling, mut sent) = (Duration::ZERO, Duration::ZERO, 0);
    loop {
        let start = clock();
        let lease = shop.now.plus_ms(60_000);
        let claim = shop.store.claim_deliveries(to, shop.now, lease, batch).await.unwrap();
        claiming += start.elapsed();
        if claim.deliveries.is_empty() {
            return (claiming, settling, sent);
        }
        let ids: Vec<_> = claim.deliveries.iter().map(|claimed| claimed.id).collect();
        let mut verdicts = settled(&ids, Next::Sent);
        for verdict in &mut verdicts {
            verdict.request = Some("x".repeat(900));
        }
        let exchange = Exchange {
            destination: to,
            at: shop.now,
            status: Some(200),
            trace: Some("trace".to_owned()),
            response: Some("{\"events_received\":1,\"messages\":[]}".to_owned()),
            confirm_at: None,
            settled: verdicts,
        };
        let start = clock();
        shop.store.settle(exchange).await.unwrap();
        settling += start.elapsed();
        sent += ids.len();
    }
}

#[tokio::test]
#[ignore = "measures, asserts nothing"]
async fn what_a_delivery_costs() {
    let file = crate::common::databases::SqliteFile::new(crate::shop::START);
    let mut shop = Shop::begin(&file).await;
    for batch in [50, 1_000] {
        let meta = shop.destination(Platform::Meta).await;
        for chunk in 0..EVENTS / 1_000 {
            let visits =
                (0..1_000).map(|n| shop.visit(&format!("fbclid=IwAR2F4-dbP0{batch}-{chunk}-{n}"), &format!("{n}")));
            let visits = visits.collect();
            shop.record(visits).await;
        }
        let start = clock();
        while shop.fold().await.clicks > 0 {}
        let folding = start.elapsed();
        shop.now = UnixMs(shop.now.0 + 60_000);
        let (claiming, settling, sent) = send_all(&shop, meta, batch).await;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / sent as f64;
        println!(
            "{sent} deliveries in requests of {batch}: fold {:.1} µs, claim {:.1} µs, settle {:.1} µs each, {:.0} a second",
            each(folding),
            each(claiming),
            each(settling),
            1e6 / (each(claiming) + each(settling))
        );
        shop.store
            .remove_destination(shop.workspace, meta, shop.now)
            .await
            .unwrap();
    }
}
