//! From the outbox to the ad platforms.
//!
//! Each destination has a [`sender`] of its own, so that one that hangs costs the others nothing. A sender claims what
//! is due, builds events ([`event`]), has the platform's adapter encode them, sends the bytes ([`transport`]), has the
//! answer decoded, and writes down what it means ([`settle`]). [`run`] starts and ends senders as destinations come and
//! go, and does the upkeep.

pub mod event;
mod hold;
pub mod retry;
mod sender;
mod settle;
mod token;
pub mod transport;
pub mod trial;
mod worker;

pub use worker::run;

use crate::clock::Clock;
use konektor_core::ids::DestinationId;
use konektor_platforms::Hosts;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;
use transport::Transport;

/// What the rest of the server knows of the delivery.
pub struct Delivery {
    /// Where the platforms are.
    pub hosts: Hosts,
    /// Sends requests.
    pub transport: Transport,
    /// A lead came to another status, of which events are to be made.
    pub statuses: Notify,
    /// Destinations were added, changed or removed.
    changed: Notify,
    /// By which senders are woken.
    senders: Mutex<HashMap<DestinationId, Arc<Notify>>>,
}

impl Delivery {
    /// Nothing is sent before [`run`].
    pub fn new(hosts: Hosts, clock: Clock) -> Result<Self, crate::serve::Error> {
        Ok(Self {
            hosts,
            transport: Transport::new(clock)?,
            statuses: Notify::new(),
            changed: Notify::new(),
            senders: Mutex::default(),
        })
    }

    /// Says that destinations were added, changed or removed.
    pub fn destinations_changed(&self) {
        self.changed.notify_one();
    }

    /// Says that a lead came to another status, or that an agent was switched off: the fold makes events or messages of it.
    pub fn status_changed(&self) {
        self.statuses.notify_one();
    }

    /// Says that a destination has something to send.
    pub fn wake(&self, destination: DestinationId) {
        let senders = self.senders.lock().expect("waking a sender cannot panic");
        if let Some(sender) = senders.get(&destination) {
            sender.notify_one();
        }
    }

    fn add_sender(&self, destination: DestinationId, wake: Arc<Notify>) {
        let mut senders = self.senders.lock().expect("adding a sender cannot panic");
        senders.insert(destination, wake);
    }

    fn forget_sender(&self, destination: DestinationId) {
        let mut senders = self.senders.lock().expect("removing a sender cannot panic");
        senders.remove(&destination);
    }
}
