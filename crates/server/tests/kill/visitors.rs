//! `kill -9` under load: acknowledged means durable, and rotation goes on where the last committed lead left it.
//!
//! More rounds by hand: `KONEKTOR_KILL_ROUNDS=50 cargo test -p konektor --test kill -- --nocapture`.

mod common;

use common::{
    database,
    http::{Answer, get},
    random::Random,
    shop::Shop,
    wait_for,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 8;

/// Somebody who was sent on to an agent, and has proof of it.
#[derive(Clone)]
struct Visitor {
    gclid: String,
    code: String,
    cookie: String,
    digits: String,
}

/// What the clients know: each click by its `utm_content`, which no other click has.
#[derive(Default)]
struct Known {
    /// Clicks that were sent, answered or not.
    sent: BTreeSet<String>,
    /// Clicks that got their 302, and whose they are: the visitor's `gclid`.
    acknowledged: BTreeMap<String, String>,
    visitors: Vec<Visitor>,
    /// Requests that were under way when the server died.
    in_flight_new: usize,
    in_flight_returning: usize,
}

impl Known {
    fn add(&mut self, other: Self) {
        self.sent.extend(other.sent);
        self.acknowledged.extend(other.acknowledged);
        self.visitors.extend(other.visitors);
        self.in_flight_new += other.in_flight_new;
        self.in_flight_returning += other.in_flight_returning;
    }
}

/// Clicks as a new visitor and as one of those who came before, until the server is gone.
fn click_until_it_dies(shop: &Shop, name: &str, before: &[Visitor], acknowledged: &AtomicUsize) -> Known {
    let mut known = Known::default();
    let mut random = Random::new(name.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)));
    let Ok(mut connection) = common::http::Connection::open(shop.server.address) else {
        return known;
    };
    for n in 0.. {
        let click = format!("{name}n{n}");
        let returning = match random.below(10) {
            0..4 if !before.is_empty() => Some(random.pick(before).clone()),
            4 if !known.visitors.is_empty() => Some(random.pick(&known.visitors).clone()),
            _ => None,
        };
        let request = match &returning {
            Some(visitor) => get(&format!("/wa/promo?utm_content={click}")).cookie(&visitor.cookie),
            None => get(&format!("/wa/promo?gclid=G{click}&utm_content={click}")),
        };
        known.sent.insert(click.clone());
        let Ok(answer) = connection.ask(&request) else {
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
            gclid: format!("G{click}"),
            code: answer.code().to_owned(),
            cookie: answer.cookie().to_owned(),
            digits: answer.digits().to_owned(),
        };
        let gclid = match returning {
            Some(old) => {
                assert_eq!(
                    (&visitor.code, &visitor.digits),
                    (&old.code, &old.digits),
                    "known, and with their agent"
                );
                old.gclid
            }
            None => {
                let gclid = visitor.gclid.clone();
                self.visitors.push(visitor);
                gclid
            }
        };
        self.acknowledged.insert(click, gclid);
    }
}

/// One round: load, death at a random moment, and a new start.
fn round(shop: &mut Shop, number: usize, random: &mut Random, before: &[Visitor]) -> Known {
    let acknowledged = AtomicUsize::new(0);
    let enough = 1 + random.below(300);
    let moment = Duration::from_micros(random.below(20_000) as u64);
    let mut known = Known::default();
    let process = shop.server.process_id();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (shop, acknowledged) = (&*shop, &acknowledged);
                scope.spawn(move || click_until_it_dies(shop, &format!("r{number}c{client}"), before, acknowledged))
            })
            .collect();
        wait_for("clicks", || {
            (acknowledged.load(Ordering::Relaxed) >= enough).then_some(())
        });
        std::thread::sleep(moment); // whatever it is doing then
        common::kill_9(process);
        for client in clients {
            known.add(client.join().expect("a client"));
        }
    });
    shop.server.wait();
    shop.restart();
    known
}

/// The stored clicks: `utm_content`, `gclid` if any, lead; in the order in which they were committed.
fn stored_clicks(shop: &Shop) -> Vec<(String, Option<String>, String)> {
    let data = shop.data();
    let click = database::fact(data, &["touch", "utm", "content"]);
    let gclid = database::fact(data, &["touch", "click_ids", "0", "v"]);
    let sql = format!(
        "SELECT {click}, {gclid}, {} FROM clicks ORDER BY id",
        database::lead(data)
    );
    let rows = database::rows(data, &sql).into_iter();
    rows.map(|[click, gclid, lead]| (click.expect("each has one"), gclid, lead.expect("each has one")))
        .collect()
}

/// Compares what is on disk with what the clients know; gives (clicks, leads) stored.
fn check(shop: &Shop, known: &Known) -> (usize, usize) {
    let clicks = stored_clicks(shop);
    let lead_of: BTreeMap<_, _> = clicks
        .iter()
        .filter_map(|(_, gclid, lead)| Some((gclid.clone()?, lead.clone())))
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
    for (click, gclid) in &known.acknowledged {
        let lead = lead_by_click
            .get(click)
            .unwrap_or_else(|| panic!("{click} got its 302 and is lost"));
        assert_eq!(Some(lead), lead_of.get(gclid), "{click} is with its visitor's lead");
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

/// The agents of all leads, in the order in which the leads were made.
fn agents_by_lead(shop: &Shop) -> Vec<i64> {
    let sql = format!(
        "SELECT agent_id FROM leads ORDER BY {}",
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

#[test]
fn every_visit_that_got_its_302_is_there_exactly_once_after_kill_9() {
    let rounds = std::env::var("KONEKTOR_KILL_ROUNDS").map_or(5, |rounds| rounds.parse().expect("a number"));
    let mut shop = Shop::open();
    let mut known = Known::default();
    let mut random = Random::new(2_026);
    for number in 1..=rounds {
        let before = known.visitors.clone();
        known.add(round(&mut shop, number, &mut random, &before));
        let (clicks, leads) = check(&shop, &known);
        println!(
            "kill {number}: {} clicks acknowledged, {clicks} stored; {} new visitors acknowledged, {leads} leads; \
             turns {:?}",
            known.acknowledged.len(),
            known.visitors.len(),
            shop.turns().iter().map(|(given, _)| given).collect::<Vec<_>>(),
        );
    }
    // The fold was killed too, wherever it was: each click is counted once all the same.
    let clicks = shop.clicks_stored() as u64;
    wait_for("the folded clicks", || {
        let counted: u64 = shop
            .leads()
            .iter()
            .map(|lead| lead["click_count"].as_u64().expect("a number"))
            .sum();
        assert!(counted <= clicks, "{counted} of {clicks} clicks are counted");
        (counted == clicks).then_some(())
    });
    let visitor = random.pick(&known.visitors);
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_content=afterwards").cookie(&visitor.cookie));
    assert_eq!((back.code(), back.digits()), (&visitor.code[..], &visitor.digits[..]));
}
