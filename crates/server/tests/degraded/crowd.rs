//! Visitors who come, and come back, whatever happens; and what they know afterwards.

use super::common::{
    database,
    http::{Answer, Connection, get},
    now,
    random::Random,
    shop::Shop,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

const CLIENTS: usize = 6;
/// SPEC section 7 gives the store 150 ms; a visitor may come while another one's time runs, and the machine is busy.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Somebody with a cookie.
#[derive(Clone)]
struct Visitor {
    code: String,
    cookie: String,
    digits: String,
}

/// What a crowd knows: each click by its `utm_content`, which no other click has.
#[derive(Default)]
pub struct Crowd {
    /// Clicks that got their 302: the visitor's code, and the number that they were sent to.
    pub acknowledged: BTreeMap<String, (String, String)>,
    visitors: Vec<Visitor>,
    /// Clicks without an answer, because the server died.
    unanswered: BTreeSet<String>,
    slowest: Duration,
    rounds: usize,
}

impl Crowd {
    /// Lets them come while `meanwhile` does something to the server.
    pub fn come<T>(&mut self, shop: &Shop, meanwhile: impl FnOnce(&Watch) -> T) -> T {
        self.rounds += 1;
        let watch = Watch::default();
        let before = std::mem::take(&mut self.visitors);
        let (done, crowds) = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let name = format!("r{}c{client}", self.rounds);
                    let (before, watch) = (&before, &watch);
                    scope.spawn(move || click(shop, &name, before, watch))
                })
                .collect();
            let ended = End(&watch.over);
            let done = meanwhile(&watch);
            drop(ended);
            let crowds: Vec<_> = clients
                .into_iter()
                .map(|client| client.join().expect("a client"))
                .collect();
            (done, crowds)
        });
        self.visitors = before;
        for crowd in crowds {
            self.acknowledged.extend(crowd.acknowledged);
            self.visitors.extend(crowd.visitors);
            self.unanswered.extend(crowd.unanswered);
            self.slowest = self.slowest.max(crowd.slowest);
        }
        println!(
            "{} clicks acknowledged, {} visitors, {} unanswered, slowest {:?}",
            self.acknowledged.len(),
            self.visitors.len(),
            self.unanswered.len(),
            self.slowest
        );
        done
    }

    /// Every visit was answered, and quickly.
    pub fn was_never_kept_waiting(&self) {
        assert_eq!(self.unanswered.len(), 0);
        assert!(self.slowest < AT_ONCE, "somebody waited {:?}", self.slowest);
    }

    /// All that was acknowledged is in the database, once, as what it was, but for those that were counted as lost. Of these
    /// one may be there all the same: its commit was under way when it was given up, and then there was no room in the spool.
    pub fn is_in(&self, shop: &Shop, lost: usize) {
        let stored = stored_clicks(shop);
        let mut lead_of = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for [click, lead, agent] in &stored {
            assert!(seen.insert(click), "{click} is there twice");
            let Some((code, digits)) = self.acknowledged.get(click) else {
                assert!(self.unanswered.contains(click), "nobody sent {click}");
                continue;
            };
            let sent_to = shop.agents.iter().find(|agent| &agent.digits == digits);
            assert_eq!(
                sent_to.map(|agent| &agent.id),
                Some(agent),
                "{click} went to somebody else"
            );
            let known = lead_of.entry(code).or_insert(lead);
            assert_eq!(*known, lead, "{code} is one lead");
        }
        let missing = self.acknowledged.keys().filter(|click| !seen.contains(click)).count();
        assert!(
            missing <= lost,
            "{missing} got their 302 and are not there, {lost} were counted as lost"
        );
        let leads: BTreeSet<_> = lead_of.values().collect();
        assert_eq!(leads.len(), lead_of.len(), "a lead for each code");
        let codes: BTreeSet<_> = self.visitors.iter().map(|visitor| &visitor.code).collect();
        assert_eq!(codes.len(), self.visitors.len(), "no code was given twice");
        assert_eq!(
            shop.turns_given(),
            shop.leads_stored() as u64,
            "each new lead was somebody's turn"
        );
        for (code, lead) in lead_of.iter().step_by(1 + lead_of.len() / 8) {
            assert_eq!(shop.get(&format!("/leads/{code}"))["code"], code.as_str(), "{lead}");
        }
    }

    /// Everybody is known, and still has their agent.
    pub fn still_have_their_agents(&self, shop: &Shop) {
        let mut connection = shop.server.connect();
        for visitor in self.visitors.iter().step_by(1 + self.visitors.len() / 50) {
            let back = connection.ask(&get("/wa/promo?utm_content=back").cookie(&visitor.cookie));
            let back = back.expect("an answer");
            assert_eq!((back.code(), back.digits()), (&visitor.code[..], &visitor.digits[..]));
        }
    }
}

/// How far a crowd is.
#[derive(Default)]
pub struct Watch {
    pub answered: AtomicUsize,
    over: AtomicBool,
}

impl Watch {
    /// Waits for as many further answers.
    pub fn wait_for_answers(&self, count: usize) {
        let from = self.answered.load(Ordering::Relaxed);
        super::wait_for("answers", || {
            (self.answered.load(Ordering::Relaxed) >= from + count).then_some(())
        });
    }
}

/// Ends a crowd, even if the test fails meanwhile.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Clicks as somebody new and as those who came before, until it is over or the server is gone.
fn click(shop: &Shop, name: &str, before: &[Visitor], watch: &Watch) -> Crowd {
    let mut crowd = Crowd::default();
    let mut random = Random::new(name.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)));
    let Ok(mut connection) = Connection::open(shop.server.address) else {
        return crowd;
    };
    let mut n = 0;
    while !watch.over.load(Ordering::Relaxed) {
        n += 1;
        let click = format!("{name}n{n}");
        let returning = match random.below(10) {
            0..3 if !before.is_empty() => Some(random.pick(before).clone()),
            3..6 if !crowd.visitors.is_empty() => Some(random.pick(&crowd.visitors).clone()),
            _ => None,
        };
        let request = match &returning {
            Some(visitor) => get(&format!("/wa/promo?utm_content={click}")).cookie(&visitor.cookie),
            None => get(&format!("/wa/promo?gclid=G{click}&utm_content={click}")),
        };
        let asked = now();
        let Ok(answer) = connection.ask(&request) else {
            crowd.unanswered.insert(click);
            return crowd;
        };
        crowd.slowest = crowd.slowest.max(asked.elapsed());
        crowd.note(click, &answer, returning);
        watch.answered.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(random.below(8) as u64)); // people, not a benchmark
    }
    crowd
}

impl Crowd {
    fn note(&mut self, click: String, answer: &Answer, returning: Option<Visitor>) {
        let visitor = Visitor {
            code: answer.code().to_owned(),
            cookie: answer.cookie().to_owned(),
            digits: answer.digits().to_owned(),
        };
        self.acknowledged
            .insert(click, (visitor.code.clone(), visitor.digits.clone()));
        match returning {
            Some(old) => assert_eq!(
                (&visitor.code, &visitor.digits),
                (&old.code, &old.digits),
                "known, and with their agent"
            ),
            None => self.visitors.push(visitor),
        }
    }
}

/// The stored clicks: `utm_content`, lead, agent.
fn stored_clicks(shop: &Shop) -> Vec<[String; 3]> {
    let data = shop.data();
    let click = database::fact(data, &["touch", "utm", "content"]);
    let sql = format!(
        "SELECT {click}, {}, agent_id FROM clicks ORDER BY id",
        database::lead(data)
    );
    let rows = database::rows(data, &sql).into_iter();
    rows.map(|row| row.map(|column| column.expect("each has one")))
        .collect()
}
