//! A clock that jumps does no harm: visitors are sent on as ever, and for ten minutes nothing is sent to platforms and programs, and
//! nothing expires. So what waits is sent when the clock is right again, and nobody was forgotten.
//!
//! The real binary runs with a library preloaded that moves its clocks (`shift.c`). The platforms live by the right time.

#[path = "../delivery/ads.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod ads;
#[path = "../delivery/advertiser.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod advertiser;
#[path = "../common/mod.rs"]
mod common;
#[path = "../delivery/platforms.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod platforms;
#[path = "../webhooks/receiver.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod receiver;
mod time;

use ads::Ads;
use advertiser::{VISITOR, ad};
use common::wait_for;
use konektor_fake_platforms::{Behaviour, Clock, Platform};
use receiver::{Behaviour as Answers, Receiver};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use time::Time;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const YEAR_MS: i64 = 365 * DAY_MS;
const PLATFORM: Platform = Platform::Meta;

/// Those who came while the clock was wrong: after three who came before.
const WHILE_WRONG: std::ops::Range<usize> = 3..7;

/// A server whose clock can be moved, with a platform and a program that it tells of clicks.
struct Stage {
    ads: Ads,
    receiver: Receiver,
    destination: String,
    time: Time,
    /// By which the platform lives.
    right: Arc<AtomicI64>,
    /// Click IDs so far, with the codes of their leads.
    clicks: Vec<(String, String)>,
    /// Those that were folded before the server was started.
    of_before: usize,
}

impl Stage {
    fn open() -> Self {
        let time = Time::new();
        let preloaded = time.settings();
        let mut settings: Vec<_> = preloaded
            .iter()
            .map(|(name, path)| (*name, path.to_str().expect("UTF-8")))
            .collect();
        settings.push(("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8"));
        let right = Arc::new(AtomicI64::new(time.right_ms()));
        let ads = Ads::by(Clock::Set(right.clone()), &settings);
        let receiver = Receiver::start();
        ads.post(
            "/webhooks",
            json!({ "url": receiver.url(), "events": ["click.recorded"] }),
        );
        Self {
            destination: ads.connect(PLATFORM),
            ads,
            receiver,
            time,
            right,
            clicks: Vec::new(),
            of_before: 0,
        }
    }

    /// Somebody comes through an ad. Whoever is to be told has been waked when this is over.
    fn click(&mut self) {
        self.right.store(self.time.right_ms(), Ordering::Relaxed);
        let n = self.clicks.len();
        let query = ad(PLATFORM, n as u64);
        let code = self.ads.click(&query).code().to_owned();
        let (_, click_id) = query.split_once('=').expect("a parameter");
        self.clicks.push((click_id.to_owned(), code));
        wait_for("the fold", || {
            let folded = self.ads.shop.server.metric("konektor_folded_clicks_total");
            (folded as usize + self.of_before == self.clicks.len()).then_some(())
        });
    }

    /// Platform and program are away, or back.
    fn are_away(&self, away: bool) {
        let (platform, program) = match away {
            true => (Behaviour::ServerError(503), Answers::Status(503)),
            false => (Behaviour::Ok, Answers::Status(204)),
        };
        self.ads.platforms.tell(PLATFORM, platform);
        self.receiver.tell(program);
    }

    fn wait_for_jumps(&self, jumps: u64) {
        wait_for("a jump that is noticed", || {
            (self.ads.shop.server.metric("konektor_clock_jumps_total") == jumps).then_some(())
        });
    }

    /// Waits until platform and program have refused something that is tried again.
    fn wait_for_attempts(&self) {
        wait_for("attempts", || {
            let was_tried = |delivery: &Value| delivery["attempts"].as_u64() > Some(0);
            let is_event_tried = self.ads.deliveries(&self.destination).iter().any(was_tried);
            (is_event_tried && !self.receiver.received().is_empty()).then_some(())
        });
    }

    /// What the platform and the program have got.
    fn told(&self) -> (usize, usize) {
        (
            self.ads.platforms.received(PLATFORM).len(),
            self.receiver.received().len(),
        )
    }

    /// So many minutes pass, in which visitors come and wake whoever sends; nobody is told anything.
    fn nobody_is_told_for(&mut self, minutes: i64) {
        let told = self.told();
        for _ in 0..minutes / 3 {
            self.time.passes(3 * MINUTE_MS);
            self.click();
            assert_eq!(self.told(), told);
        }
        let states: Vec<_> = self.ads.states(&self.destination).into_keys().collect();
        assert_eq!(states, ["pending"], "nothing is sent and nothing expires");
        assert_eq!(self.ads.shop.server.metric("konektor_clock_doubted"), 1);
    }

    /// Waits until both were told of these clicks.
    fn wait_until_told(&self, of: impl Fn(usize) -> bool) {
        let clicks: Vec<_> = (0..self.clicks.len())
            .filter(|n| of(*n))
            .map(|n| &self.clicks[n])
            .collect();
        wait_for("all events", || {
            let told = self.told_click_ids();
            clicks.iter().all(|(click_id, _)| told.contains(click_id)).then_some(())
        });
        wait_for("all messages", || {
            let received = self.receiver.received();
            let is_told = |code: &String| received.iter().any(|message| message.body.contains(code));
            clicks.iter().all(|(_, code)| is_told(code)).then_some(())
        });
    }

    /// The click IDs that the platform was told of, each once.
    fn told_click_ids(&self) -> Vec<String> {
        let received = self.ads.platforms.received(PLATFORM);
        let mut click_ids: Vec<_> = received
            .iter()
            .map(|event| event.click_ids[0].1[14 + "fb.1.".len()..].to_owned())
            .collect();
        click_ids.sort();
        let count = click_ids.len();
        click_ids.dedup();
        assert_eq!(click_ids.len(), count, "each is told once");
        click_ids
    }
}

fn until(year: i64) -> i64 {
    (year - 2026) * YEAR_MS
}

#[rstest]
#[case::a_day_ahead(DAY_MS)]
#[case::a_day_behind(-DAY_MS)]
#[case::in_1970(until(1970))]
#[case::in_2100(until(2100))]
fn a_clock_that_jumps_and_comes_right_does_no_harm(#[case] by_ms: i64) {
    let mut stage = Stage::open();
    stage.are_away(true);
    (0..3).for_each(|_| stage.click());
    stage.wait_for_attempts();

    stage.time.jumps(by_ms);
    stage.click();
    stage.wait_for_jumps(1);
    stage.nobody_is_told_for(3);
    stage.are_away(false);
    let doctor = stage.ads.get("/doctor").to_string();
    assert!(doctor.contains("clock_off"), "{doctor}");
    stage.nobody_is_told_for(6);

    stage.time.jumps(-by_ms);
    stage.click();
    stage.wait_for_jumps(2);
    stage.nobody_is_told_for(9);

    // From now on they are told, of all who came while the clock was right.
    stage.time.passes(MINUTE_MS);
    stage.click();
    stage.wait_until_told(|n| !WHILE_WRONG.contains(&n));
    assert_eq!(stage.ads.shop.server.metric("konektor_clock_doubted"), 0);

    // A day later what has become old is forgotten: nobody has.
    stage.time.passes(DAY_MS);
    stage.click();
    stage.time.passes(MINUTE_MS);
    stage.click();
    assert_eq!(stage.ads.shop.leads_stored(), stage.clicks.len() as i64);
    for (_, (_, code)) in stage
        .clicks
        .iter()
        .enumerate()
        .filter(|(n, _)| !WHILE_WRONG.contains(n))
    {
        assert_eq!(stage.ads.lead(code)["ip"], VISITOR);
    }
}

#[rstest]
#[case::in_1970(until(1970))]
#[case::in_2100(until(2100))]
fn a_server_that_starts_by_a_wrong_clock_waits_until_it_is_right(#[case] by_ms: i64) {
    let mut stage = Stage::open();
    stage.are_away(true);
    (0..3).for_each(|_| stage.click());
    stage.wait_for_attempts();

    stage.ads.shop.server.tell_to_end();
    assert!(stage.ads.shop.server.wait().success());
    stage.time.jumps(by_ms);
    stage.are_away(false);
    stage.ads.restart();
    stage.of_before = stage.clicks.len();
    stage.wait_for_jumps(1);
    stage.nobody_is_told_for(9);
    stage.time.jumps(-by_ms);
    stage.click();
    stage.wait_for_jumps(2);
    stage.nobody_is_told_for(9);
    stage.time.passes(MINUTE_MS);
    stage.click();
    stage.wait_until_told(|n| !(3..6).contains(&n));
    assert_eq!(stage.ads.shop.leads_stored(), stage.clicks.len() as i64);
}
