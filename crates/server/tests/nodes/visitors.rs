//! Visitors who come by a load balancer: whose server does not answer is sent to the next one.

use super::{
    common::{
        database::rows_of,
        http::{Answer, Connection, Request, get},
        now,
        random::Random,
    },
    site::Site,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

const CLIENTS: usize = 6;
const AT_ONCE: Duration = Duration::from_secs(1);

/// Somebody with a cookie.
#[derive(Clone)]
struct Visitor {
    code: String,
    cookie: String,
    digits: String,
}

/// What all of them know. A click is known by its `utm_content`; who is sent on to another server makes another click.
#[derive(Default)]
pub struct Visitors {
    known: Vec<Visitor>,
    /// Clicks that got their 302: the visitor's code, and the number that they were sent to.
    acknowledged: BTreeMap<String, (String, String)>,
    /// Clicks without an answer, because the server died.
    unanswered: BTreeSet<String>,
    slowest: Duration,
    /// How often somebody did not get their agent.
    pub elsewhere: usize,
    rounds: usize,
}

/// Where the servers listen: one that was started anew listens elsewhere.
pub struct LoadBalancer(Mutex<Vec<SocketAddr>>);

impl LoadBalancer {
    pub fn of(site: &Site) -> Self {
        Self(Mutex::new(site.nodes.iter().map(|node| node.address).collect()))
    }

    pub fn look_again(&self, site: &Site) {
        *self.0.lock().expect("nobody panics") = site.nodes.iter().map(|node| node.address).collect();
    }

    fn address(&self, n: usize) -> SocketAddr {
        let addresses = self.0.lock().expect("nobody panics");
        addresses[n % addresses.len()]
    }
}

/// How far they are.
#[derive(Default)]
pub struct Watch {
    answered: AtomicUsize,
    over: AtomicBool,
}

impl Watch {
    /// Waits for as many further answers.
    pub fn wait_for_answers(&self, count: usize) {
        let from = self.answered.load(Ordering::Relaxed);
        super::common::wait_for("answers", || {
            (self.answered.load(Ordering::Relaxed) >= from + count).then_some(())
        });
    }
}

/// Ends it, even if the test fails meanwhile.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Visitors {
    /// Lets them come while `meanwhile` does something to the servers.
    pub fn come(&mut self, balancer: &LoadBalancer, meanwhile: impl FnOnce(&Watch)) {
        self.rounds += 1;
        let watch = Watch::default();
        let before = std::mem::take(&mut self.known);
        let came = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let name = format!("r{}c{client}", self.rounds);
                    let (before, watch) = (&before, &watch);
                    scope.spawn(move || click(balancer, client, &name, before, watch))
                })
                .collect();
            let ended = End(&watch.over);
            meanwhile(&watch);
            drop(ended);
            clients
                .into_iter()
                .map(|client| client.join().expect("a client"))
                .collect::<Vec<_>>()
        });
        self.known = before;
        for came in came {
            self.known.extend(came.known);
            self.acknowledged.extend(came.acknowledged);
            self.unanswered.extend(came.unanswered);
            self.slowest = self.slowest.max(came.slowest);
            self.elsewhere += came.elsewhere;
        }
        println!(
            "{} clicks acknowledged, {} visitors, {} went to the next server, {} to another agent, slowest {:?}",
            self.acknowledged.len(),
            self.known.len(),
            self.unanswered.len(),
            self.elsewhere,
            self.slowest
        );
    }

    /// New ones, one after the other, as many at each server.
    pub fn come_quietly(&mut self, balancer: &LoadBalancer, servers: usize, each: usize) {
        self.rounds += 1;
        for n in 0..servers * each {
            let click = format!("q{}n{n}", self.rounds);
            let request = get(&format!("/wa/promo?gclid=G{click}&utm_content={click}"));
            let connection = Connection::open(balancer.address(n));
            let answer = connection.and_then(|mut c| c.ask(&request)).expect("an answer");
            self.note(click, &answer, None);
        }
    }

    /// Everybody is known everywhere, and with the agent who is theirs.
    pub fn still_have_their_agents(&self, balancer: &LoadBalancer) {
        let some = self.known.iter().step_by(1 + self.known.len() / 60);
        for (n, visitor) in some.enumerate() {
            for node in 0..2 {
                let request = get(&format!("/wa/promo?utm_content=back{n}n{node}")).cookie(&visitor.cookie);
                let connection = Connection::open(balancer.address(n + node));
                let answer = connection.and_then(|mut c| c.ask(&request)).expect("an answer");
                assert_eq!(
                    (answer.code(), answer.digits()),
                    (&visitor.code[..], &visitor.digits[..])
                );
            }
        }
    }

    /// Every visitor got a 302, within a second.
    pub fn were_never_kept_waiting(&self) {
        assert!(self.slowest < AT_ONCE, "somebody waited {:?}", self.slowest);
    }

    /// All that was acknowledged is in the database, once, as what it was.
    pub fn are_in(&self, site: &Site) {
        let sql = "SELECT facts::json #>> '{touch,utm,content}', number, agent_id FROM clicks ORDER BY id";
        let mut lead_of = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for [click, lead, agent] in rows_of(site.url(), sql) {
            let (click, lead) = (click.expect("each has one"), lead.expect("each has one"));
            assert!(seen.insert(click.clone()), "{click} is there twice");
            let Some((code, digits)) = self.acknowledged.get(&click) else {
                assert!(self.unanswered.contains(&click), "nobody sent {click}");
                continue;
            };
            let sent_to = site.agents.iter().find(|agent| &agent.digits == digits);
            assert_eq!(
                sent_to.map(|agent| &agent.id),
                agent.as_ref(),
                "{click} went to somebody else"
            );
            assert_eq!(
                *lead_of.entry(code).or_insert_with(|| lead.clone()),
                lead,
                "{code} is one lead"
            );
        }
        let missing: Vec<_> = self
            .acknowledged
            .keys()
            .filter(|click| !seen.contains(*click))
            .collect();
        assert!(missing.is_empty(), "they got their 302 and are not there: {missing:?}");
        let leads: BTreeSet<_> = lead_of.values().collect();
        assert_eq!(leads.len(), lead_of.len(), "a lead for each code");
        let codes: BTreeSet<_> = self.known.iter().map(|visitor| &visitor.code).collect();
        assert_eq!(codes.len(), self.known.len(), "no code was given twice");
    }

    fn note(&mut self, click: String, answer: &Answer, returning: Option<&Visitor>) {
        let visitor = Visitor {
            code: answer.code().to_owned(),
            cookie: answer.cookie().to_owned(),
            digits: answer.digits().to_owned(),
        };
        self.acknowledged
            .insert(click, (visitor.code.clone(), visitor.digits.clone()));
        match returning {
            // Who came to another server a moment before the database went away may be sent to somebody else there.
            Some(old) => {
                assert_eq!(visitor.code, old.code, "known");
                self.elsewhere += usize::from(visitor.digits != old.digits);
            }
            None => self.known.push(visitor),
        }
    }
}

/// Clicks as somebody new and as those who came before, until it is over.
fn click(balancer: &LoadBalancer, client: usize, name: &str, before: &[Visitor], watch: &Watch) -> Visitors {
    let mut came = Visitors::default();
    let mut random = Random::new(name.bytes().fold(7, |sum, byte| sum * 31 + u64::from(byte)));
    let mut way = Way {
        node: client,
        connection: None,
    };
    let mut n = 0;
    while !watch.over.load(Ordering::Relaxed) {
        n += 1;
        let returning = match random.below(10) {
            0..3 if !before.is_empty() => Some(random.pick(before).clone()),
            3..5 if !came.known.is_empty() => Some(random.pick(&came.known).clone()),
            _ => None,
        };
        let asked = now();
        for attempt in 0.. {
            let click = format!("{name}n{n}a{attempt}");
            let request = match &returning {
                Some(visitor) => get(&format!("/wa/promo?utm_content={click}")).cookie(&visitor.cookie),
                None => get(&format!("/wa/promo?gclid=G{click}&utm_content={click}")),
            };
            match way.ask(balancer, &request) {
                Some(answer) => {
                    came.note(click, &answer, returning.as_ref());
                    break;
                }
                None => drop(came.unanswered.insert(click)),
            }
            assert!(attempt < 100, "no server answers");
        }
        came.slowest = came.slowest.max(asked.elapsed());
        watch.answered.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(random.below(8) as u64)); // people, not a benchmark
    }
    came
}

/// A connection that is kept on one server for as long as it answers, as a load balancer does.
struct Way {
    node: usize,
    connection: Option<Connection>,
}

impl Way {
    fn ask(&mut self, balancer: &LoadBalancer, request: &Request) -> Option<Answer> {
        let connection = match &mut self.connection {
            Some(connection) => Some(connection),
            None => {
                self.connection = Connection::open(balancer.address(self.node)).ok();
                self.connection.as_mut()
            }
        };
        let answer = connection.and_then(|connection| connection.ask(request).ok());
        if answer.is_none() {
            self.node += 1;
            self.connection = None;
        }
        answer
    }
}
