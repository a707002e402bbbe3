//! How much a form may post, and what it posted a moment ago. Kept in memory and bounded; a restart forgets it, and what
//! was stored is known by its key all the same.

use crate::auth::rate::{Holder, Rate, Taken};
use konektor_core::{form::signature::Once, identity::continuity::Recent, ids::FormId, time::UnixMs};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Mutex};

/// An unsigned post is the same as one before it for so long.
const SAME_MS: i64 = 10 * 60_000;
/// Its key is of this stretch of time, so that the same form may say the same again another day.
const STRETCH_MS: i64 = 3_600_000;

/// What was posted lately.
pub struct Limits {
    rate: Rate,
    /// Posts beyond the rate that have not been noted yet.
    beyond: Mutex<HashMap<FormId, u32>>,
    /// In which stretch a body came first.
    lately: Mutex<Recent<i64>>,
}

impl Limits {
    /// So many posts a minute of each form; 0 is no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            rate: Rate::new(per_minute),
            beyond: Mutex::default(),
            lately: Mutex::new(Recent::new(SAME_MS)),
        }
    }

    /// Whether a form may post now. What is beyond is only counted: to write each down would be the very load that the
    /// limit is for.
    pub fn take(&self, form: FormId, now: UnixMs) -> bool {
        let may = !matches!(self.rate.take(Holder::Form(form.0), now), Some(Taken::No { .. }));
        if !may {
            let mut beyond = self.beyond.lock().expect("counting cannot panic");
            *beyond.entry(form).or_default() += 1;
        }
        may
    }

    /// How many posts of a form were beyond its rate since this was last asked.
    pub fn take_beyond(&self, form: FormId) -> u32 {
        let mut beyond = self.beyond.lock().expect("counting cannot panic");
        beyond.remove(&form).unwrap_or_default()
    }

    /// What a signed post is known by, for ever.
    pub fn key_of_signed(form: FormId, once: Once) -> [u8; 32] {
        key(form, b"signed", &once.0)
    }

    /// What an unsigned post is known by, for a while: its body and the stretch in which it first came.
    pub fn key_of_unsigned(&self, form: FormId, body: &[u8], now: UnixMs) -> [u8; 32] {
        let of_body = key(form, b"body", body);
        let print = i64::from_be_bytes(of_body[..8].try_into().expect("eight of thirty-two"));
        let mut lately = self.lately.lock().expect("remembering cannot panic");
        lately.forget_old(now);
        let stretch = lately.find(print, now).unwrap_or_else(|| {
            let stretch = now.0.div_euclid(STRETCH_MS);
            lately.insert(print, now, stretch);
            stretch
        });
        key(form, &stretch.to_be_bytes(), &of_body)
    }
}

fn key(form: FormId, way: &[u8], what: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"konektor form");
    hash.update(form.0.to_be_bytes());
    hash.update((way.len() as u64).to_be_bytes());
    hash.update(way);
    hash.update(what);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: FormId = FormId(7);
    /// A second before a new stretch begins.
    const NOW: UnixMs = UnixMs(STRETCH_MS * 1_000 - 1_000);

    #[test]
    fn the_same_body_is_the_same_for_ten_minutes_whenever_it_came() {
        let limits = Limits::new(0);
        let first = limits.key_of_unsigned(FORM, b"nama=Budi", NOW);
        let again = |ms| limits.key_of_unsigned(FORM, b"nama=Budi", NOW.plus_ms(ms));
        assert_eq!(again(SAME_MS - 1), first, "in the next stretch");
        assert_ne!(again(SAME_MS), first);
        assert_ne!(limits.key_of_unsigned(FORM, b"nama=Siti", NOW), first);
        assert_ne!(limits.key_of_unsigned(FormId(8), b"nama=Budi", NOW), first);
    }

    #[test]
    fn what_is_remembered_by_nobody_is_known_by_its_key_within_the_stretch() {
        let within = UnixMs(STRETCH_MS * 1_000);
        let keys = [0, STRETCH_MS - 1].map(|ms| Limits::new(0).key_of_unsigned(FORM, b"x", within.plus_ms(ms)));
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn what_is_beyond_the_rate_is_counted_until_it_is_noted() {
        let limits = Limits::new(2);
        let took: Vec<_> = (0..4).map(|_| limits.take(FORM, NOW)).collect();
        assert_eq!(took, [true, true, false, false]);
        assert!(limits.take(FormId(8), NOW), "another form has its own");
        assert_eq!((limits.take_beyond(FORM), limits.take_beyond(FORM)), (2, 0));
        assert!(limits.take(FORM, NOW.plus_ms(60_000)));
    }
}
