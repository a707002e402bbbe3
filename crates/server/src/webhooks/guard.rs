//! Which addresses a message may be sent to, decided where names become addresses: the connection is then made to the very
//! address that was looked at. A name that means another address a moment later changes nothing.

use crate::enrich::networks::Networks;
use konektor_core::webhook::address::why_not_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    future::Future,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    sync::Arc,
};
use tokio::sync::Semaphore;

/// Look-ups at once. Each holds a thread for as long as a name server likes.
const LOOKUPS: usize = 64;

/// Who may be reached.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<Networks>,
}

impl Guard {
    /// Public addresses, and those of `allowed`.
    pub fn new(allowed: Networks) -> Self {
        Self {
            allowed: Arc::new(allowed),
        }
    }

    /// Whether any network is reached without TLS.
    pub fn allows_plain(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Why an address may not be reached. `is_plain`: without TLS, which only networks of the operator's are.
    pub fn refusal(&self, address: IpAddr, is_plain: bool) -> Option<&'static str> {
        match (self.allowed.contains(address), is_plain) {
            (true, _) => None,
            (false, true) => Some("an address that is only reached by https"),
            (false, false) => why_not_public(address),
        }
    }
}

/// What a name means.
pub type Looked = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, String>> + Send>>;

/// Asks what a name means.
pub trait Lookup: Send + Sync + 'static {
    /// The addresses of a name, or why there are none.
    fn lookup(&self, name: &str) -> Looked;
}

/// Asks the operating system.
pub struct SystemLookup {
    permits: Arc<Semaphore>,
}

impl Default for SystemLookup {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(LOOKUPS)),
        }
    }
}

impl Lookup for SystemLookup {
    fn lookup(&self, name: &str) -> Looked {
        let (permits, name) = (self.permits.clone(), name.to_owned());
        Box::pin(async move {
            let permit = permits.acquire_owned().await.map_err(|error| error.to_string())?;
            let looking = tokio::task::spawn_blocking(move || {
                // Held as long as the thread is: whoever gives up waiting does not end it.
                let _permit = permit;
                let found = (name.as_str(), 0).to_socket_addrs();
                found.map(|addresses| addresses.map(|address| address.ip()).collect())
            });
            let found = looking.await.map_err(|error| error.to_string())?;
            found.map_err(|_| "there is no such name".to_owned())
        })
    }
}

/// Gives a connection only addresses that may be reached.
pub(super) struct Guarded {
    pub(super) guard: Guard,
    pub(super) lookup: Arc<dyn Lookup>,
    pub(super) is_plain: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, is_plain) = (self.guard.clone(), self.is_plain);
        let looking = self.lookup.lookup(name.as_str());
        Box::pin(async move {
            let mut refused = None;
            let mut addresses = Vec::new();
            for address in looking.await? {
                match guard.refusal(address, is_plain) {
                    None => addresses.push(SocketAddr::new(address, 0)), // the port is the URL's
                    Some(why) => refused = Some(why),
                }
            }
            match (addresses.is_empty(), refused) {
                (false, _) => Ok(Box::new(addresses.into_iter()) as Addrs),
                (true, Some(why)) => Err(format!("its name leads to {why}, which webhooks may not reach").into()),
                (true, None) => Err("its name has no address".into()),
            }
        })
    }
}
