//! `kill -9` with everything in flight: visitors, deliveries to an ad platform, posts of forms, edits at the dashboard.
//! Acknowledged means durable, once; and rotation goes on where the last committed lead left it.
//!
//! More rounds by hand: `KONEKTOR_KILL_ROUNDS=50 cargo test -p konektor --test kill -- --nocapture`.

#[path = "../common/mod.rs"]
mod common;

mod edits;
mod forms;
#[path = "../delivery/platforms.rs"]
#[allow(dead_code, reason = "a part of it is used")]
mod platforms;
mod told;
mod visitors;

use common::{http::get, random::Random, shop::Shop, wait_for};
use edits::{Desk, Edits};
use forms::{Hook, Posted};
use konektor_fake_platforms::Clock;
use platforms::Platforms;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use visitors::{Known, Visitor};

const VISITORS: usize = 6;
const TOOLS: usize = 2;
const EDITORS: usize = 2;
/// Persons that a tool can post in a round.
const OF_A_ROUND: usize = 10_000;

/// The shop and all who come to it.
struct Town {
    shop: Shop,
    hook: Hook,
    desks: Vec<Desk>,
    known: Known,
    posted: Posted,
    /// Edits of a lead that were acknowledged.
    edited: usize,
}

impl Town {
    fn open(platforms: &Platforms) -> Self {
        let theirs = platforms.settings();
        let mut settings: Vec<_> = theirs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        settings.extend([("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8"), ("KONEKTOR_FORM_RATE", "0")]);
        let shop = Shop::with(3, &settings);
        told::connect(&shop, platforms);
        let at_desks = Hook::add(&shop);
        Self {
            desks: (0..EDITORS).map(|n| Desk::new(&shop, &at_desks, n)).collect(),
            hook: Hook::add(&shop),
            shop,
            known: Known::default(),
            posted: Posted::default(),
            edited: 0,
        }
    }

    /// One round: load, death at a random moment, and a new start.
    fn round(&mut self, number: usize, random: &mut Random) -> Vec<Edits> {
        let acknowledged = AtomicUsize::new(0);
        let enough = 1 + random.below(300);
        let moment = Duration::from_micros(random.below(20_000) as u64);
        let process = self.shop.server.process_id();
        let before: Vec<Visitor> = self.known.visitors.clone();
        let (mut known, mut posted, mut edits) = (Known::default(), Posted::default(), Vec::new());
        std::thread::scope(|scope| {
            let (shop, hook, desks, before, acknowledged) =
                (&self.shop, &self.hook, &self.desks, &before, &acknowledged);
            let visitors: Vec<_> = (0..VISITORS)
                .map(|client| {
                    let name = format!("r{number}c{client}");
                    scope.spawn(move || visitors::click_until_it_dies(shop, &name, before, acknowledged))
                })
                .collect();
            let tools: Vec<_> = (0..TOOLS)
                .map(|tool| {
                    let first = (number * TOOLS + tool) * OF_A_ROUND;
                    scope.spawn(move || forms::post_until_it_dies(shop, hook, first, acknowledged))
                })
                .collect();
            let editors: Vec<_> = desks
                .iter()
                .enumerate()
                .map(|(n, desk)| {
                    let name = format!("r{number}e{n}");
                    scope.spawn(move || desk.edit_until_it_dies(shop, &name, acknowledged))
                })
                .collect();
            wait_for("something acknowledged", || {
                (acknowledged.load(Ordering::Relaxed) >= enough).then_some(())
            });
            std::thread::sleep(moment); // whatever it is doing then
            common::kill_9(process);
            visitors
                .into_iter()
                .for_each(|visitor| known.add(visitor.join().expect("a visitor")));
            tools
                .into_iter()
                .for_each(|tool| posted.add(tool.join().expect("a tool")));
            edits = editors
                .into_iter()
                .map(|editor| editor.join().expect("an editor"))
                .collect();
        });
        self.known.add(known);
        self.posted.add(posted);
        self.edited += edits.iter().map(Edits::acknowledged).sum::<usize>();
        self.shop.server.wait();
        self.shop.restart();
        edits
    }
}

#[test]
fn everything_that_was_acknowledged_is_there_exactly_once_after_kill_9() {
    let rounds = std::env::var("KONEKTOR_KILL_ROUNDS").map_or(5, |rounds| rounds.parse().expect("a number"));
    let platforms = Platforms::start(Clock::System);
    let mut town = Town::open(&platforms);
    let mut random = Random::new(2_026);
    for number in 1..=rounds {
        let edits = town.round(number, &mut random);
        let (clicks, leads) = visitors::check(&town.shop, &town.known);
        for (desk, edits) in town.desks.iter().zip(&edits) {
            desk.check(&town.shop, edits);
        }
        town.posted.post_the_rest(&town.shop, &town.hook);
        town.posted.check(&town.shop, &town.hook);
        println!(
            "kill {number}: {} clicks acknowledged, {clicks} stored; {} new visitors acknowledged, {leads} leads; {} forms; \
             {} edits of leads; turns {:?}",
            town.known.acknowledged.len(),
            town.known.visitors.len(),
            town.posted.len(),
            town.edited,
            town.shop.turns().iter().map(|(given, _)| given).collect::<Vec<_>>(),
        );
    }
    let shop = &town.shop;
    // The fold was killed too, wherever it was: each click is counted once all the same.
    let clicks = shop.clicks_stored() as u64;
    wait_for("the folded clicks", || {
        let leads = shop.leads();
        let counted: u64 = leads
            .iter()
            .map(|lead| lead["click_count"].as_u64().expect("a number"))
            .sum();
        assert!(counted <= clicks, "{counted} of {clicks} clicks are counted");
        (counted == clicks).then_some(())
    });
    told::check(&platforms, &visitors::ads_clicked(shop));
    println!("{}", platforms.report());
    let visitor = random.pick(&town.known.visitors);
    let back = shop
        .server
        .ask(&get("/wa/promo?utm_content=afterwards").cookie(&visitor.cookie));
    assert_eq!((back.code(), back.digits()), (&visitor.code[..], &visitor.digits[..]));
}
