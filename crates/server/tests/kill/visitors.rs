//! Visitors who click ads: new ones and those who came before.

use crate::common::{
    database,
    http::{Answer, Connection, get},
    random::Random,
    shop::Shop,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
};

/// Somebody who was sent on to an agent, and has proof of it.
#[derive(Clone)]
pub struct Visitor {
    fbclid: String,
    pub code: String,
    pub cookie: String,
    pub digits: String,
}

/// What the clients know: each click by its `utm_content`, which no other click has.
#[derive(Default)]
pub struct Known {
    /// Clicks that were sent, answered or not.
    sent: BTreeSet<String>,
    /// Clicks that got their 302, and whose they are: the visitor's `fbclid`.
    pub acknowledged: BTreeMap<String, String>,
    pub visitors: Vec<Visitor>,
    /// Requests that were under way when the server died.
    in_flight_new: usize,
    in_flight_returning: usize,
}

impl Known {
    pub fn add(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.acknowledged.extend(other.acknowledged);
        self.visitors.extend(other.visitors);
        self.in_flight_new += other.in_flight_new;
        self.in_flight_returning += other.in_flight_returning;
    }
}

/// The click ID that an ad gave this click.
fn ad(click: &str) -> String {
    format!("IwAR2F4-{click}")
}

/// Clicks as a new visitor and as one of those who came before, until the server is gone.
pub fn click_until_it_dies(shop: &Shop, name: &str, before: &[Visitor], acknowledged: &AtomicUsize) -> Known {
    let mut known = Known::default();
    let mut random = Random::new(name.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)));
    let Ok(mut connection) = Connection::open(shop.server.address) else {
        return known;
    };
    for n in 0.. {
        let click = format!("{name}n{n}");
        let returning = match random.below(10) {
            0..4 if !before.is_empty() => Some(random.pick(before).clone()),
            4 if !known.visitors.is_empty() => Some(random.pick(&known.visitors).clone()),
            _ => None,
        };
        // As a proxy says that visitors come from everywhere; ad platforms want to know.
        let address = format!("203.0.113.{}", random.below(250) + 1);
        let request = match &returning {
            Some(visitor) => get(&format!("/wa/promo?utm_content={click}")).cookie(&visitor.cookie),
            None => get(&format!("/wa/promo?fbclid={}&utm_content={click}", ad(&click))),
        };
        known.sent.insert(click.clone());
        let Ok(answer) = connection.ask(&request.header("X-Forwarded-For", &address)) else {
            match returning {
                Some(_) => known.in_flight_returning += 1,
                None => known.in_flight_new += 1,
            }
            return known;
        };
        acknowledged.fetch_add(1, Ordering::Relaxed);
        known.note(click, &answer, returning);
    }
    known
}

impl Known {
    fn note(&mut self, click: String, answer: &Answer, returning: Option<Visitor>) {
        let visitor = Visitor {
            fbclid: ad(&click),
            code: answer.code().to_owned(),
            cookie: answer.cookie().to_owned(),
            digits: answer.digits().to_owned(),
        };
        let fbclid = match returning {
            Some(old) => {
                assert_eq!(
                    (&visitor.code, &visitor.digits),
                    (&old.code, &old.digits),
                    "known, and with their agent"
                );
                old.fbclid
            }
            None => {
                let fbclid = visitor.fbclid.clone();
                self.visitors.push(visitor);
                fbclid
            }
        };
        self.acknowledged.insert(click, fbclid);
    }
}

/// The stored clicks: `utm_content`, `fbclid` if any, lead; in the order in which they were committed.
fn stored_clicks(shop: &Shop) -> Vec<(String, Option<String>, String)> {
    let data = shop.data();
    let click = database::fact(data, &["touch", "utm", "content"]);
    let fbclid = database::fact(data, &["touch", "click_ids", "0", "v"]);
    let sql = format!(
        "SELECT {click}, {fbclid}, {} FROM clicks ORDER BY id",
        database::lead(data)
    );
    let rows = database::rows(data, &sql).into_iter();
    rows.map(|[click, fbclid, lead]| (click.expect("each has one"), fbclid, lead.expect("each has one")))
        .collect()
}

/// Compares what is on disk with what the clients know; gives (clicks, leads) stored.
pub fn check(shop: &Shop, known: &Known) -> (usize, usize) {
    let clicks = stored_clicks(shop);
    let lead_of: BTreeMap<_, _> = clicks
        .iter()
        .filter_map(|(_, fbclid, lead)| Some((fbclid.clone()?, lead.clone())))
        .collect();
    let mut lead_by_click = BTreeMap::new();
    for (click, _, lead) in &clicks {
        assert_eq!(
            lead_by_click.insert(click.clone(), lead.clone()),
            None,
            "{click} is there twice"
        );
        assert!(known.sent.contains(click), "nobody sent {click}");
    }
    for (click, fbclid) in &known.acknowledged {
        let lead = lead_by_click
            .get(click)
            .unwrap_or_else(|| panic!("{click} got its 302 and is lost"));
        assert_eq!(Some(lead), lead_of.get(fbclid), "{click} is with its visitor's lead");
    }
    let unacknowledged = clicks.len() - known.acknowledged.len();
    assert!(
        unacknowledged <= known.in_flight_new + known.in_flight_returning,
        "{unacknowledged}"
    );

    let codes: BTreeSet<_> = known.visitors.iter().map(|visitor| &visitor.code).collect();
    assert_eq!(codes.len(), known.visitors.len(), "no code was given twice");
    let leads = agents_by_lead(shop);
    assert_eq!(leads.len(), lead_of.len(), "a lead for each new visitor, and no other");
    assert!(leads.len() - known.visitors.len() <= known.in_flight_new);
    check_rotation(shop, &leads);
    (clicks.len(), leads.len())
}

/// The click IDs on disk.
pub fn ads_clicked(shop: &Shop) -> BTreeSet<String> {
    stored_clicks(shop)
        .into_iter()
        .filter_map(|(_, fbclid, _)| fbclid)
        .collect()
}

/// The agents of all leads that clicks made, in the order in which the leads were made.
fn agents_by_lead(shop: &Shop) -> Vec<i64> {
    let sql = format!(
        "SELECT agent_id FROM leads WHERE first_click <> 0 ORDER BY {}",
        database::by_arrival(shop.data())
    );
    let rows = database::rows(shop.data(), &sql).into_iter();
    let agents = rows.map(|[agent]| agent.expect("every lead has an agent").parse().expect("a number"));
    agents.collect()
}

fn check_rotation(shop: &Shop, leads: &[i64]) {
    let turns: Vec<u64> = shop.turns().iter().map(|(given, _)| *given).collect();
    assert_eq!(
        turns.iter().sum::<u64>(),
        leads.len() as u64,
        "the ledger has a turn for each lead"
    );
    assert!(
        turns.iter().max() <= turns.iter().min().map(|least| least + 1).as_ref(),
        "{turns:?}"
    );
    for (agent, given) in shop.agents.iter().zip(&turns) {
        let id: i64 = agent.id.parse().expect("a number");
        assert_eq!(leads.iter().filter(|lead| **lead == id).count() as u64, *given);
    }
    for period in leads.chunks_exact(shop.agents.len()) {
        let agents: BTreeSet<_> = period.iter().collect();
        assert_eq!(
            agents.len(),
            period.len(),
            "exact over each full period, across every kill"
        );
    }
}
