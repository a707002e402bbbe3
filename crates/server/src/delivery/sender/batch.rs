//! Deliveries on their way, with the events that are made of them.

use crate::delivery::event::event_of;
use konektor_core::{event::Event, ids::DeliveryId, routing::Routing, time::UnixMs};
use konektor_store::model::Claimed;

/// What is to be written down about a delivery.
pub(super) struct Row {
    pub(super) id: DeliveryId,
    pub(super) attempts: u32,
    expires_at: UnixMs,
}

/// Deliveries for one request. Events lie by themselves because an adapter encodes a slice of them.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) rows: Vec<Row>,
    pub(super) events: Vec<Event>,
}

impl Batch {
    /// What was claimed, without that whose workspace is gone.
    pub(super) fn of(claimed: Vec<Claimed>, routing: &Routing, now: UnixMs) -> Self {
        let mut batch = Self {
            rows: Vec::with_capacity(claimed.len()),
            events: Vec::with_capacity(claimed.len()),
        };
        batch.extend(claimed.into_iter().filter_map(|claimed| {
            let row = Row {
                id: claimed.id,
                attempts: claimed.attempts,
                expires_at: claimed.expires_at,
            };
            Some((row, event_of(routing, claimed, now)?))
        }));
        batch
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Those at the places that are named, which ascend.
    pub(super) fn only(self, places: &[usize]) -> Self {
        if places.is_empty() {
            return Self::default(); // as nearly always
        }
        let all = self.rows.into_iter().zip(self.events).enumerate();
        all.filter(|(n, _)| places.binary_search(n).is_ok())
            .map(|(_, delivery)| delivery)
            .collect()
    }

    /// Takes out what has become too old by now.
    pub(super) fn take_late(&mut self, now: UnixMs) -> Vec<Row> {
        let is_late = |row: &Row| row.expires_at <= now;
        if !self.rows.iter().any(is_late) {
            return Vec::new();
        }
        let all = std::mem::take(self);
        let (late, timely): (Vec<_>, Vec<_>) = all.rows.into_iter().zip(all.events).partition(|(row, _)| is_late(row));
        self.extend(timely);
        late.into_iter().map(|(row, _)| row).collect()
    }

    /// Takes out the second half.
    pub(super) fn split_half(&mut self) -> Self {
        let middle = self.len() / 2;
        Self {
            rows: self.rows.split_off(middle),
            events: self.events.split_off(middle),
        }
    }
}

impl Extend<(Row, Event)> for Batch {
    fn extend<T: IntoIterator<Item = (Row, Event)>>(&mut self, deliveries: T) {
        for (row, event) in deliveries {
            self.rows.push(row);
            self.events.push(event);
        }
    }
}

impl FromIterator<(Row, Event)> for Batch {
    fn from_iter<T: IntoIterator<Item = (Row, Event)>>(deliveries: T) -> Self {
        let mut batch = Self::default();
        batch.extend(deliveries);
        batch
    }
}
