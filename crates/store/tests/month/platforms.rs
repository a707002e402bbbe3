//! The ad platforms and a webhook's receiver: what they take, refuse, lose and say, and what they must never see.

use crate::{
    common::shop,
    town::{DAY_MS, HOOK, HOUR_MS, MINUTE_MS, Town},
};
use konektor_core::{
    attribution::{Platform, Touch},
    event::{Hold, Trigger},
    ids::{DeliveryId, DestinationId, LeadId},
    time::UnixMs,
};
use konektor_store::{Store, WebhookStore, model::*};
use std::collections::{BTreeMap, BTreeSet};

/// How a platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Well,
    Down(UnixMs),
    /// It takes no token until somebody enters another one.
    Locked(UnixMs),
}

/// What an event is about: whose, what for, and by which click ID.
type About = (LeadId, String, Option<String>);

#[derive(Default)]
pub struct Platforms {
    pub all: Vec<(DestinationId, Platform)>,
    health: BTreeMap<DestinationId, Option<Health>>,
    /// What each was told, by the event's id.
    received: BTreeMap<(DestinationId, String), About>,
    /// The event that a click ID was reported by.
    clicks: BTreeMap<(DestinationId, String), String>,
    /// Deliveries whose end was written down.
    ended: BTreeSet<DeliveryId>,
    /// Messages that were taken, by their rows.
    messages: BTreeSet<i64>,
    /// Click IDs that came while the clock was right, and whose they were.
    expected: BTreeMap<(DestinationId, String), LeadId>,
    /// Those that came first while it was wrong by more than a day, and those that the platform would not have.
    excused: BTreeSet<(DestinationId, String)>,
}

impl Platforms {
    pub fn new(all: Vec<(DestinationId, Platform)>) -> Self {
        Self { all, ..Self::default() }
    }
}

impl Town {
    /// Each destination's sender takes what is due and sends it.
    pub async fn deliver(&mut self) {
        if !self.may_send() {
            self.is_released = false;
            return;
        }
        if self.away_until.is_some() {
            return;
        }
        if !self.is_released {
            self.release().await;
        }
        for (destination, platform) in self.platforms.all.clone() {
            self.moods(destination);
            self.send(destination, platform).await;
        }
        self.confirm().await;
        self.post().await;
    }

    fn moods(&mut self, destination: DestinationId) {
        let (time, chance) = (self.time, self.random.below(400));
        let hours = |town: &mut Self| HOUR_MS * (1 + town.random.below(12) as i64);
        let until = time.plus_ms(hours(self));
        let health = self.platforms.health.entry(destination).or_default();
        match *health {
            None if chance == 0 => *health = Some(Health::Down(until)),
            None if chance == 1 => *health = Some(Health::Locked(until)),
            Some(Health::Down(until)) if time > until => *health = None,
            _ => {}
        }
    }

    async fn send(&mut self, destination: DestinationId, platform: Platform) {
        let now = self.now();
        let health = self.platforms.health[&destination].unwrap_or(Health::Well);
        if let Health::Locked(until) = health
            && self.time > until
        {
            let fields = shop::destination(platform);
            let repaired = self
                .store
                .set_destination(self.workspace, destination, fields, true, now)
                .await;
            assert!(repaired.expect("it answers").is_some());
            self.platforms.health.insert(destination, None);
            return;
        }
        let claim = self
            .store
            .claim_deliveries(destination, now, now.plus_ms(MINUTE_MS), 50)
            .await;
        let mut settled = Vec::new();
        for claimed in claim.expect("it answers").deliveries {
            assert!(
                !self.platforms.ended.contains(&claimed.id),
                "{claimed:?} was at its end"
            );
            assert!(claimed.expires_at > now, "{claimed:?} is too old at {now:?}");
            let again = Next::Again(now.plus_ms(10 * MINUTE_MS));
            let next = match (health, self.random.below(40)) {
                (Health::Down(_), _) => again,
                (Health::Locked(_), _) => Next::AgainUncounted(now.plus_ms(MINUTE_MS)),
                (Health::Well, 0) => Next::Dropped,
                (Health::Well, lost) => {
                    self.receive(destination, &claimed);
                    match lost {
                        1 => continue, // the server dies before it writes down that it was taken
                        2 => again,    // the answer is lost
                        _ => Next::Sent,
                    }
                }
            };
            if matches!(next, Next::Sent | Next::Dropped) {
                self.platforms.ended.insert(claimed.id);
            }
            if next == Next::Dropped {
                self.no_longer_expected(destination, &claimed);
            }
            let id = claimed.id;
            settled.push(Settled {
                id,
                next,
                code: None,
                reason: None,
                request: None,
            });
        }
        if let Health::Locked(_) = health {
            let kind = Hold::Auth;
            let hold = DestinationHold {
                kind,
                code: None,
                reason: "locked".to_owned(),
                since: now,
            };
            self.store
                .hold_destination(destination, hold, "locked".to_owned())
                .await
                .expect("it answers");
        }
        let exchange = Exchange {
            destination,
            at: now,
            status: Some(200),
            trace: Some("trace".to_owned()),
            response: None,
            confirm_at: (platform == Platform::Google).then(|| now.plus_ms(30 * MINUTE_MS)),
            settled,
        };
        self.store.settle(exchange).await.expect("it answers");
    }

    /// A platform knows an event again by its id: under one id it must never hear of two things, nor of a click ID by two.
    fn receive(&mut self, destination: DestinationId, claimed: &Claimed) {
        let id = claimed.event_id.to_string();
        let click_id = claimed
            .click
            .facts
            .touch
            .primary_click_id()
            .map(|(_, value)| value.to_owned());
        let about = (
            claimed.lead,
            format!("{:?} {}", claimed.trigger, claimed.name),
            click_id.clone(),
        );
        let known = self
            .platforms
            .received
            .entry((destination, id.clone()))
            .or_insert_with(|| about.clone());
        assert_eq!(known.1, about.1, "{id} says two things");
        if claimed.trigger == Trigger::Click {
            let click_id = click_id.expect("an event of a click has its click ID");
            let by = self
                .platforms
                .clicks
                .entry((destination, click_id))
                .or_insert_with(|| id.clone());
            assert_eq!(*by, id, "one click ID is one event");
        }
        self.figures.events += 1;
    }

    /// Whoever came by a click ID of a platform is told of there, unless the clock was so wrong that the platform would refuse it.
    pub fn expect_event(&mut self, lead: LeadId, touch: &Touch) {
        let Some((_, value)) = touch.primary_click_id() else {
            return;
        };
        let is_wrong = self.off_ms.abs() > DAY_MS;
        for (destination, platform) in &self.platforms.all {
            let event = (*destination, value.to_owned());
            if touch.platform != Some(*platform) || self.platforms.excused.contains(&event) {
                continue;
            }
            match is_wrong && !self.platforms.expected.contains_key(&event) {
                true => drop(self.platforms.excused.insert(event)),
                false => drop(self.platforms.expected.entry(event).or_insert(lead)),
            }
        }
    }

    fn no_longer_expected(&mut self, destination: DestinationId, claimed: &Claimed) {
        for click_id in &claimed.click.facts.touch.click_ids {
            let event = (destination, click_id.value.clone());
            self.platforms.expected.remove(&event);
            self.platforms.excused.insert(event);
        }
    }

    async fn confirm(&mut self) {
        let now = self.now();
        let google = self.platforms.all[1].0;
        for unconfirmed in self.store.unconfirmed(google, now, 10).await.expect("it answers") {
            let settled = unconfirmed.deliveries.iter().map(|&id| Settled {
                id,
                next: Next::Confirmed,
                code: None,
                reason: None,
                request: None,
            });
            let ask_again = (self.random.below(4) == 0).then(|| now.plus_ms(HOUR_MS));
            let settled = if ask_again.is_some() {
                Vec::new()
            } else {
                settled.collect()
            };
            let written = self
                .store
                .settle_confirmation(unconfirmed.exchange, ask_again, settled, now)
                .await;
            written.expect("it answers");
        }
    }

    async fn post(&mut self) {
        let now = self.now();
        let claim = self
            .store
            .claim_messages(HOOK, now, now.plus_ms(MINUTE_MS), 50)
            .await
            .expect("it answers");
        let mut settled = Vec::new();
        for message in claim.messages {
            assert!(!self.platforms.messages.contains(&message.row), "{message:?} was taken");
            let next = match self.random.below(10) {
                0 => NextMessage::Again(now.plus_ms(5 * MINUTE_MS)),
                _ => NextMessage::Sent,
            };
            if next == NextMessage::Sent {
                self.platforms.messages.insert(message.row);
                self.figures.messages += 1;
            }
            let attempt = MessageAttempt {
                at: now,
                status: Some(200),
                error: None,
                duration_ms: 9,
            };
            settled.push(SettledMessage {
                row: message.row,
                attempt,
                next,
            });
        }
        self.store.settle_messages(settled).await.expect("it answers");
    }

    /// Everybody is well, and what waits is sent.
    pub async fn all_is_well_again(&mut self) {
        self.away_until = None;
        while !self.spool.is_empty() {
            self.replay().await;
        }
        self.fresh = konektor_core::fold::Fresh::default();
        while self
            .store
            .fold(self.routing().await, Default::default(), 1_000)
            .await
            .expect("it answers")
            .clicks
            > 0
        {}
        for _ in 0..60 {
            self.time = self.time.plus_ms(DAY_MS / 20);
            for (destination, _) in self.platforms.all.clone() {
                match self.platforms.health.entry(destination).or_default() {
                    Some(Health::Locked(until)) => *until = UnixMs(0),
                    other => *other = None,
                }
            }
            for (destination, platform) in self.platforms.all.clone() {
                self.send(destination, platform).await;
            }
            self.confirm().await;
            self.post().await;
        }
    }

    /// Each click ID that an ad brought while the clock was right was told to its platform, or is known not to be wanted.
    pub fn everything_was_told(&self) {
        let missing: Vec<_> = self
            .platforms
            .expected
            .iter()
            .filter(|(event, lead)| !self.platforms.clicks.contains_key(*event) && !self.erased.contains(lead))
            .collect();
        assert!(
            missing.is_empty(),
            "{} were not told of: {:?}",
            missing.len(),
            &missing[..missing.len().min(5)]
        );
    }
}
