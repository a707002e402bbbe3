//! What is kept for a time only: once a day, in steps with pauses, so that no visitor waits for it.

use super::erase::{self, EraseError};
use crate::app::App;
use konektor_core::time::UnixMs;
use konektor_store::{Privacy, model::Forgotten};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 86_400_000;
/// How often to look what has become old.
const EVERY_MS: i64 = 6 * 3_600_000;
/// How often to look at the clock.
const LOOK: Duration = Duration::from_secs(60);
/// Between two steps: a step is some milliseconds of the writer's, and must not be every second one of them.
const PAUSE: Duration = Duration::from_millis(20);
/// Leads that are looked at in a step.
const LEADS: usize = 500;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgot {
    /// Clicks that were looked at for their address and user agent.
    pub origins: usize,
    /// Clicks that were looked at for their click IDs.
    pub click_ids: usize,
    /// Leads that were erased.
    pub leads: usize,
}

/// Forgets until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut done_at = None;
    loop {
        let now = app.clock.now();
        // A clock that was set back must not keep anything for longer, and one that has jumped must not make it old.
        let is_time = done_at.is_none_or(|at: UnixMs| !(0..EVERY_MS).contains(&now.since(at)));
        if is_time && app.degraded.since().is_none() && app.watch.may_forget() {
            match pass(&app, &stop).await {
                Ok(forgot) => {
                    done_at = Some(now);
                    if forgot != Forgot::default() {
                        let Forgot {
                            origins,
                            click_ids,
                            leads,
                        } = forgot;
                        tracing::info!(origins, click_ids, leads, "forgot what had become old");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "what has become old could not be forgotten; it will be tried again")
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Forgets all that is old now.
pub async fn pass(app: &Arc<App>, stop: &CancellationToken) -> Result<Forgot, EraseError> {
    let settings = &app.settings;
    let now = app.clock.now();
    let before = |days: u16| (days > 0).then(|| now.plus_ms(-DAY_MS * i64::from(days)));
    let mut forgot = Forgot::default();
    // Click IDs first: their entries in the index are found by the user agent.
    if let Some(before) = before(settings.click_id_days) {
        forgot.click_ids = of_clicks(app, Forgotten::ClickIds, before, stop).await?;
    }
    if let Some(before) = before(settings.origin_days) {
        forgot.origins = of_clicks(app, Forgotten::Origin, before, stop).await?;
        // They are few, and have user agents in them.
        app.store.forget_samples(before).await?;
    }
    if let Some(before) = before(settings.lead_days) {
        forgot.leads = silent(app, before, now, stop).await?;
    }
    Ok(forgot)
}

async fn of_clicks(app: &App, what: Forgotten, before: UnixMs, stop: &CancellationToken) -> Result<usize, EraseError> {
    let mut all = 0;
    while !stop.is_cancelled() {
        let looked_at = app.store.forget_of_clicks(what, before).await?;
        if looked_at == 0 {
            break;
        }
        all += looked_at;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(all)
}

async fn silent(app: &Arc<App>, before: UnixMs, now: UnixMs, stop: &CancellationToken) -> Result<usize, EraseError> {
    let (mut after, mut all, mut needles) = (None, 0, Vec::new());
    while !stop.is_cancelled() {
        let silent = app.store.silent_leads(before, now, after, LEADS).await?;
        if !silent.leads.is_empty() {
            // Into the journal too: a restored backup is not to show them for a day.
            let erased = erase::erase(&app.store, &app.settings.data, silent.leads, now).await?;
            all += erased.leads.len();
            needles.extend(erased.needles);
        }
        match silent.next {
            Some(next) => after = Some(next),
            None => break,
        }
        tokio::time::sleep(PAUSE).await;
    }
    if all > 0 {
        // A needle for each would be looked for in every byte: the logs are emptied, and a few stand for all.
        needles.truncate(64);
        erase::scrub_or_later(app, needles).await?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{NOW, Server};
    use konektor_core::{decide::Visit, screening::Class};
    use konektor_store::{Store, model::Sample};
    use serde_json::{Value, json};

    const HOUR_MS: i64 = 3_600_000;

    async fn pass_at(server: &Server, ms_after: i64) -> Forgot {
        server.set_clock(ms_after);
        pass(&server.app, &CancellationToken::new()).await.unwrap()
    }

    /// What is shown of a lead's origin and click IDs.
    async fn shown(server: &Server, lead: &str) -> (Value, Value, Value, Value) {
        let lead = server.get(lead).await.json;
        let touch = &lead["last_touch"];
        (
            lead["ip"].clone(),
            lead["browser"].clone(),
            touch["click_ids"].clone(),
            touch["platform"].clone(),
        )
    }

    #[tokio::test]
    async fn a_click_loses_its_origin_and_its_click_ids_when_their_days_are_over_and_not_before() {
        let days = [
            ("KONEKTOR_ORIGIN_DAYS", "30".to_owned()),
            ("KONEKTOR_CLICK_ID_DAYS", "60".to_owned()),
        ];
        let server = Server::start_with(&days).await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let leads = server
            .record(vec![
                server.visit(&promo, "fbclid=IwFirst12345", 0),
                server.visit(&promo, "fbclid=IwLater12345", 20 * DAY_MS),
            ])
            .await;
        let [first, later] = [leads[0], leads[1]].map(|lead| format!("/leads/{}", lead.packed()));
        let whole = shown(&server, &first).await;
        assert_eq!(whole.2, json!({ "fbclid": "IwFirst12345" }));
        assert_eq!((&whole.0, &whole.3), (&json!("203.0.113.7"), &json!("meta")));

        assert_eq!(pass_at(&server, 30 * DAY_MS - HOUR_MS).await, Forgot::default());
        assert_eq!(
            shown(&server, &first).await,
            whole,
            "an hour before, nothing is forgotten"
        );
        let forgot = pass_at(&server, 30 * DAY_MS + HOUR_MS).await;
        assert_eq!((forgot.origins, forgot.click_ids), (1, 0));
        let (address, browser, click_ids, platform) = shown(&server, &first).await;
        assert_eq!((address, browser), (Value::Null, Value::Null));
        assert_eq!(
            (&click_ids, &platform),
            (&whole.2, &whole.3),
            "click IDs have their own time"
        );
        assert_eq!(
            shown(&server, &later).await.0,
            "203.0.113.7",
            "a younger click has its own time"
        );
        assert_eq!(pass_at(&server, 30 * DAY_MS + HOUR_MS).await, Forgot::default(), "once");

        pass_at(&server, 60 * DAY_MS + HOUR_MS).await;
        let (_, _, click_ids, platform) = shown(&server, &first).await;
        assert_eq!(
            (click_ids, platform),
            (json!({}), json!("meta")),
            "that it came by an ad stays"
        );
        let (address, _, click_ids, _) = shown(&server, &later).await;
        assert_eq!((address, click_ids), (Value::Null, json!({ "fbclid": "IwLater12345" })));
        let lead = server.get(&first).await.json;
        assert_eq!((&lead["click_count"], &lead["country"]), (&json!(1), &json!("ID")));
    }

    #[tokio::test]
    async fn a_lead_is_erased_after_its_days_of_silence_and_every_sign_of_life_counts() {
        let server = Server::start_with(&[("KONEKTOR_LEAD_DAYS", "100".to_owned())]).await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        let leads = server
            .record(
                (0..4)
                    .map(|n| server.visit(&promo, &format!("utm_content={n}"), n))
                    .collect(),
            )
            .await;
        let path = |n: usize| format!("/leads/{}", leads[n].packed());
        // The second came back, the third was worked on, the fourth is one with the second.
        server.set_clock(60 * DAY_MS);
        let back = Visit {
            cookie: Some(leads[1].number),
            ..server.visit(&promo, "utm_content=back", 60 * DAY_MS)
        };
        server.record(vec![back]).await;
        server.patch(&path(2), json!({ "name": "Rina" })).await;
        let merged = server
            .post(
                &format!("{}/merge", path(3)),
                json!({ "into": leads[1].packed().to_string() }),
            )
            .await;
        assert_eq!(merged.status, 200, "{}", merged.text);

        assert_eq!(pass_at(&server, 100 * DAY_MS - HOUR_MS).await.leads, 0);
        assert_eq!(pass_at(&server, 100 * DAY_MS + HOUR_MS).await.leads, 1);
        assert_eq!(server.get(&path(0)).await.status, 404);
        assert_eq!(server.get("/leads").await.items("id").len(), 2);
        assert_eq!(
            pass_at(&server, 160 * DAY_MS + HOUR_MS).await.leads,
            3,
            "all rows of both persons"
        );
        assert_eq!(server.get("/leads").await.items("id").len(), 0);
        assert_eq!(pass_at(&server, 500 * DAY_MS).await.leads, 0);
    }

    #[tokio::test]
    async fn nothing_is_forgotten_where_all_is_kept_for_ever() {
        let days = ["ORIGIN", "CLICK_ID", "LEAD"].map(|kind| format!("KONEKTOR_{kind}_DAYS"));
        let days: Vec<_> = days.iter().map(|name| (name.as_str(), "0".to_owned())).collect();
        let server = Server::start_with(&days).await;
        let ayu = server.add_agent("Ayu").await;
        let promo = server.add_rotator("promo", &[&ayu]).await;
        server
            .record(vec![server.visit(&promo, "fbclid=IwFirst12345", 0)])
            .await;
        assert_eq!(pass_at(&server, 9_000 * DAY_MS).await, Forgot::default());
    }

    #[tokio::test]
    async fn samples_of_what_was_not_counted_go_with_the_origins() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let sample = Sample {
            workspace: server.workspace,
            rotator: promo.parse().unwrap(),
            reason: Class::Bot,
            at: NOW,
            request: "GET /wa/promo\nuser-agent: TokoBot/1.0\n".to_owned(),
        };
        server.app.store.add_screened(Vec::new(), vec![sample]).await.unwrap();
        let samples = async || {
            let report = server.get("/reports/screening").await.json;
            report["samples"].as_array().unwrap().len()
        };
        pass_at(&server, 89 * 24 * HOUR_MS).await;
        assert_eq!(samples().await, 1);
        pass_at(&server, 91 * 24 * HOUR_MS).await;
        assert_eq!(samples().await, 0);
    }
}
