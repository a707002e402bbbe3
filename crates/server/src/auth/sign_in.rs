//! Checking and hashing passwords on a server: off the threads that answer, few at once, and slowed down for who guesses.

use super::{
    password::{PasswordError, hash_password, verify_password},
    throttle::{Throttle, Wait},
};
use konektor_core::time::UnixMs;
use metrics::{Counter, counter};
use std::{net::IpAddr, sync::Arc};
use tokio::sync::Semaphore;

/// Passwords hashed at once: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// A hash like any other, of no password: checking against it takes as long as against somebody's, so that nobody
/// learns from the time which e-mail addresses are known.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$a29uZWt0b3Igbm9ib2R5IQ$q0yOp8S4n5cKc2nV3kq1dQm0sYk8b0l9m2Xw7uJt5fE";

/// What passwords are checked with.
pub struct SignIn {
    throttle: Throttle,
    hashing: Arc<Semaphore>,
    right: Counter,
    wrong: Counter,
    throttled: Counter,
}

/// Why a password does not open anything.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is wrong, or nobody has this e-mail address.
    Wrong,
    /// Too many were wrong.
    Wait(Wait),
}

impl SignIn {
    /// Registers its numbers.
    pub fn new() -> Self {
        let tries = |result: &'static str| counter!("konektor_sign_ins_total", "result" => result);
        Self {
            throttle: Throttle::default(),
            hashing: Arc::new(Semaphore::new(AT_ONCE)),
            right: tries("right"),
            wrong: tries("wrong"),
            throttled: tries("throttled"),
        }
    }

    /// Checks a password against the hash that is kept of it; `None` or empty if there is none.
    pub async fn check(
        &self,
        email: &str,
        address: IpAddr,
        now: UnixMs,
        password: String,
        hash: Option<String>,
    ) -> Result<(), Refused> {
        if let Err(wait) = self.throttle.begin(email, address, now) {
            self.throttled.increment(1);
            return Err(Refused::Wait(wait));
        }
        let hash = hash.filter(|hash| !hash.is_empty());
        let fits = self.off_thread(move || {
            let fits = verify_password(&password, hash.as_deref().unwrap_or(NOBODYS));
            fits && hash.is_some()
        });
        if fits.await {
            self.throttle.was_right(email, address);
            self.right.increment(1);
            Ok(())
        } else {
            self.wrong.increment(1);
            Err(Refused::Wrong)
        }
    }

    /// Hashes a password for keeping.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.off_thread(move || hash_password(&password)).await
    }

    async fn off_thread<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = self.hashing.clone().acquire_owned().await;
        let permit = permit.expect("it is never closed");
        let done = tokio::task::spawn_blocking(move || {
            // Held to the end of the work, even if whoever asked has gone.
            let _permit = permit;
            work()
        });
        done.await.expect("hashing does not panic")
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::phc::PasswordHash;

    #[test]
    fn a_stranger_costs_as_much_as_a_user() {
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let hash = hash_password("benar kuda baterai").unwrap();
        let somebodys = PasswordHash::new(&hash).unwrap();
        assert_eq!(nobodys.algorithm, somebodys.algorithm);
        assert_eq!(nobodys.params, somebodys.params);
        let lengths = |hash: &PasswordHash| (hash.salt.unwrap().len(), hash.hash.unwrap().len());
        assert_eq!(lengths(&nobodys), lengths(&somebodys));
    }
}
