//! Who comes, from where, and whether they come back. No generator of chance: the same data set each time.

use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::{Place, Visit},
    identity::continuity::Fingerprints,
    ids::{LeadId, RotatorId, VisitorNumber, WorkspaceId},
    time::UnixMs,
};
use std::{cmp::Reverse, collections::BinaryHeap, net::IpAddr, sync::Arc};

const MINUTE_MS: i64 = 60_000;
const LANGUAGE: &str = "id-ID,id;q=0.9,en-US;q=0.8";
/// Of all people so many come back, and of these so many once more, …
const RETURN_SHARE: f64 = 0.22;
/// Nobody's shop has people who come back for ever.
const RETURN_SHARE_MAX: f64 = 0.95;
/// Within that time they do, most of them soon.
const RETURN_WITHIN_MINUTES: f64 = 9.0 * 24.0 * 60.0;

const USER_AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 355.0.0.0 (iPhone14,5; iOS 18_1; id_ID; id; scale=3.00; 1170x2532; 600000000)",
    "Mozilla/5.0 (Linux; Android 13; 22101316G Build/TP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/129.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/487.0.0.0;]",
    "Mozilla/5.0 (Linux; Android 12; CPH2349) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/128.0.0.0 Mobile Safari/537.36 trill_370005 BytedanceWebview/d8a21c6",
];

/// Spreads a counter over all numbers.
pub(super) fn spread(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The same as a number in 0..1.
pub(super) fn chance(n: u64) -> f64 {
    (spread(n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// Who comes back, and when.
pub(super) struct Returns {
    /// So many of those who were there come again.
    share: f64,
    due: BinaryHeap<Reverse<(UnixMs, u64)>>,
}

impl Returns {
    /// As many as of a usual shop's people.
    pub(super) fn usual() -> Self {
        Self::of(RETURN_SHARE)
    }

    /// So many that there are about this many clicks of all leads together; a few would come after the end.
    pub(super) fn until_so_many(clicks: u64, leads: u64) -> Self {
        // 1 + share + share² + … clicks a lead are 1 / (1 - share).
        Self::of(1.0 - leads as f64 / clicks.max(leads) as f64)
    }

    fn of(share: f64) -> Self {
        Self {
            share: share.min(RETURN_SHARE_MAX),
            due: BinaryHeap::new(),
        }
    }

    /// Somebody was there; perhaps they will come back.
    pub(super) fn after(&mut self, at: UnixMs, lead: LeadId) {
        let x = spread(lead.number.0 ^ (at.0 as u64) << 20);
        if chance(x ^ 0x00C0_FFEE) < self.share {
            // Squared twice: half of them within the hour or the day, a few after a week.
            let part = chance(x).powi(4);
            let minutes = 3.0 + part * RETURN_WITHIN_MINUTES;
            let back = at.plus_ms((minutes * MINUTE_MS as f64) as i64);
            self.due.push(Reverse((back, lead.number.0)));
        }
    }

    /// The next one who is back by then.
    pub(super) fn next_until(&mut self, until: UnixMs) -> Option<(UnixMs, VisitorNumber)> {
        let Reverse((at, _)) = self.due.peek()?;
        if *at > until {
            return None;
        }
        let Reverse((at, number)) = self.due.pop()?;
        Some((at, VisitorNumber(number)))
    }
}

/// The link that they come by.
pub(super) struct Traffic {
    pub(super) workspace: WorkspaceId,
    pub(super) rotator: RotatorId,
    pub(super) prints: Fingerprints,
}

impl Traffic {
    /// The `n`th person's first visit; `part` of all time is over.
    pub(super) fn first_visit(&self, n: u64, at: UnixMs, part: f64) -> Visit {
        let x = spread(n);
        self.visit(x, at, None, query(x, part))
    }

    /// Somebody who comes back: from where they were, by the link that they kept, or by another ad.
    pub(super) fn return_visit(&self, number: VisitorNumber, at: UnixMs, part: f64) -> Visit {
        let x = spread(number.0 ^ 0xBACC);
        let query = match spread(at.0 as u64) % 10 {
            0..6 => String::new(),
            6 | 7 => "utm_source=instagram&utm_medium=bio".to_owned(),
            _ => query(spread(x ^ at.0 as u64), part),
        };
        self.visit(x, at, Some(number), query)
    }

    fn visit(&self, x: u64, at: UnixMs, cookie: Option<VisitorNumber>, query: String) -> Visit {
        let ua: Arc<str> = USER_AGENTS[(x >> 40) as usize % USER_AGENTS.len()].into();
        let touch = Touch::of(&query, None, CLICK_ID_PARAMETERS);
        let browser = self.prints.user_agent(&ua);
        Visit {
            at,
            rotator: self.rotator,
            cookie,
            address: IpAddr::from((0x7000_0000 | (x >> 36) as u32).to_be_bytes()),
            request_print: spread(x ^ at.0 as u64) as i64,
            click_id: self.prints.click_id(self.workspace, &touch, browser, LANGUAGE),
            touch,
            host: "wa.toko-demo.example".to_owned(),
            ua,
            lang: LANGUAGE.to_owned(),
            place: Place {
                country: "ID".parse().ok(),
                ..Place::default()
            },
            gpc: false,
            consent: None,
            pixel: None,
            press: None,
            is_discreet: false,
        }
    }
}

/// Where somebody comes from. Campaigns begin and end.
fn query(x: u64, part: f64) -> String {
    let on: &[&str] = match part {
        ..0.25 => &["batik", "pembukaan"],
        0.25..0.5 => &["batik", "gajian"],
        0.5..0.7 => &["batik", "gajian", "11-11", "11-11"],
        _ => &["batik", "gajian", "akhir-tahun"],
    };
    let campaign = on[(x >> 20) as usize % on.len()];
    match (x >> 8) % 100 {
        0..38 => format!("fbclid=IwZXh0bgNhZW0{x:016x}&utm_source=meta&utm_medium=paid&utm_campaign={campaign}"),
        38..60 => format!("gclid=Cj0KCQ{x:016x}_wcB&utm_source=google&utm_medium=cpc&utm_campaign={campaign}"),
        60..73 => format!("ttclid=E.C.P.{x:016x}&utm_source=tiktok&utm_campaign={campaign}"),
        73..76 => format!("li_fat_id={x:08x}-6d4c-4b3a-9a43-{x:016x}&utm_source=linkedin"),
        76..86 => "utm_source=instagram&utm_medium=bio".to_owned(),
        86..90 => "utm_source=qr&utm_medium=print&utm_campaign=kemasan".to_owned(),
        90..93 => "utm_source=newsletter&utm_medium=email".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(number: u64) -> LeadId {
        LeadId {
            workspace: WorkspaceId(1),
            number: VisitorNumber(number),
        }
    }

    #[test]
    fn some_come_back_in_the_order_of_time() {
        let mut returns = Returns::usual();
        for n in 1..=10_000 {
            returns.after(UnixMs(n), lead(n as u64));
        }
        let mut times = Vec::new();
        while let Some((at, _)) = returns.next_until(UnixMs(i64::MAX)) {
            times.push(at);
        }
        assert!(times.is_sorted());
        assert!((1_900..2_500).contains(&times.len()), "{}", times.len());
        let within_an_hour = times.iter().filter(|at| at.0 < 60 * MINUTE_MS).count();
        assert!(within_an_hour * 5 > times.len(), "{within_an_hour}");
        assert_eq!(returns.next_until(UnixMs(0)), None);
    }

    #[test]
    fn with_three_clicks_a_lead_two_of_three_come_back() {
        let mut returns = Returns::until_so_many(30_000, 10_000);
        for n in 1..=10_000 {
            returns.after(UnixMs(n), lead(n as u64));
        }
        let mut back = 0;
        while let Some((at, number)) = returns.next_until(UnixMs(i64::MAX)) {
            back += 1;
            returns.after(at, lead(number.0));
        }
        assert!((19_000..21_000).contains(&back), "{back}");
    }

    #[test]
    fn people_come_from_all_over() {
        let mut sources = std::collections::BTreeMap::<_, u32>::new();
        for n in 0..10_000 {
            let touch = Touch::of(&query(spread(n), 0.6), None, CLICK_ID_PARAMETERS);
            *sources.entry(touch.platform.map(|p| p.as_str())).or_default() += 1;
        }
        assert!(sources.len() >= 5 && sources.values().all(|n| *n > 100), "{sources:?}");
    }
}
