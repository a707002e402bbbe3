//! Who comes, and whether they are told what they should be: with the database, without it, and when it is back.

use crate::{
    common,
    town::{HOUR_MS, MINUTE_MS, Town},
};
use konektor_core::{
    click::{Click, RecognisedBy, Why},
    decide::{
        Visit,
        degraded::{Decided, Spooled, decided},
    },
    fold::Fresh,
    ids::{AgentId, LeadId},
    routing::Routing,
    schedule::{Duty, duty},
    time::{Day, UnixMs},
};
use konektor_store::{Attempt, Store, StoreError, model::*};
use std::{collections::BTreeMap, sync::Arc};

/// A browser, and what it was told.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub lead: LeadId,
    browser: String,
    /// Its latest click ID, by the server's clock.
    click_id: Option<(String, UnixMs)>,
    /// How often it was sent on.
    pub clicks: u64,
    /// Taken out of the list, or erased: it comes back as somebody new.
    pub is_gone: bool,
    /// How it was told so, for whom it may concern if a test fails.
    history: Vec<String>,
}

/// Who somebody must turn out to be.
#[derive(Clone, Debug)]
enum Expected {
    Nobody,
    Known(usize, RecognisedBy),
    /// The same as the visit before.
    SameAsBefore,
    /// Whoever it is: what is promised depends on what the clock did meanwhile.
    Anybody,
}

struct Coming {
    visit: Visit,
    browser: String,
    click_id: Option<String>,
    expected: Expected,
}

/// Platforms' parameters; those of the last one have no destination.
const ADS: [&str; 5] = ["fbclid", "gclid", "ttclid", "li_fat_id", "msclkid"];

impl Town {
    /// As many visitors as an hour of the day brings.
    pub async fn visitors_come(&mut self) {
        let mut coming = Vec::new();
        for _ in 0..1 + self.random.below(4) {
            let next = self.somebody();
            let taps_twice = next.visit.cookie.is_none() && self.chance(12);
            let again = taps_twice.then(|| Coming {
                visit: next.visit.clone(),
                browser: next.browser.clone(),
                click_id: next.click_id.clone(),
                expected: Expected::SameAsBefore,
            });
            coming.push(next);
            coming.extend(again);
        }
        self.time = self.time.plus_ms(self.random.below(50_000) as i64);
        if self.away_until.is_some() {
            return self.answer_without_the_database(coming).await;
        }
        // Who has clicks in the spool follows them there.
        let waits = |next: &Coming| !self.spool.is_empty() && self.away.waits(self.workspace, &next.visit);
        let (follow, recorded): (Vec<_>, Vec<_>) = coming.into_iter().partition(waits);
        self.answer_without_the_database(follow).await;
        self.record(recorded).await;
    }

    fn somebody(&mut self) -> Coming {
        let known = (!self.visitors.is_empty()).then(|| self.random.below(self.visitors.len()));
        self.strangers += 1;
        let n = self.strangers;
        let click_id =
            |town: &mut Self| format!("{}=IwClick{n}x{}", town.random.pick(&ADS), town.random.below(1_000_000));
        match (self.random.below(10), known) {
            (0..4, Some(known)) => {
                let query = if self.chance(3) {
                    click_id(self)
                } else {
                    "utm_source=bio".to_owned()
                };
                let Visitor {
                    lead, browser, is_gone, ..
                } = self.visitors[known].clone();
                if is_gone && (self.away_until.is_some() || !self.spool.is_empty()) {
                    // Nobody could know by then that they are gone: what they are told is put right later.
                    return self.stranger(String::new(), None, n);
                }
                let visit = Visit {
                    cookie: Some(lead.number),
                    ..self.visit(&query, &browser)
                };
                let expected = if is_gone {
                    Expected::Nobody
                } else {
                    Expected::Known(known, RecognisedBy::Cookie)
                };
                Coming {
                    visit,
                    browser,
                    click_id: None,
                    expected,
                }
            }
            (4, Some(known)) => {
                // A browser without cookies, by the same ad.
                let visitor = self.visitors[known].clone();
                match visitor.click_id {
                    Some((query, at)) => {
                        let hours = self.now().since(at).abs() / HOUR_MS;
                        let expected = match () {
                            () if visitor.is_gone || !(0..23).contains(&hours) => Expected::Anybody,
                            () => Expected::Known(known, RecognisedBy::ClickId),
                        };
                        let visit = self.visit(&query, &visitor.browser);
                        Coming {
                            visit,
                            browser: visitor.browser,
                            click_id: None,
                            expected,
                        }
                    }
                    None => self.stranger("utm_source=ig".to_owned(), None, n),
                }
            }
            (5, Some(known)) => {
                // Somebody passes a link on that came by an ad.
                let query = self.visitors[known]
                    .click_id
                    .clone()
                    .map_or("utm_source=wa".to_owned(), |(query, _)| query);
                self.stranger(query, None, n)
            }
            (6, _) => self.stranger(String::new(), None, n),
            _ => {
                let query = click_id(self);
                self.stranger(query.clone(), Some(query), n)
            }
        }
    }

    fn stranger(&mut self, query: String, click_id: Option<String>, n: usize) -> Coming {
        let browser = format!("Mozilla/5.0 (Linux; Android 14) Chrome/{n}.0 Mobile");
        Coming {
            visit: self.visit(&query, &browser),
            browser,
            click_id,
            expected: Expected::Nobody,
        }
    }

    fn visit(&mut self, query: &str, browser: &str) -> Visit {
        let rotator = *self.random.pick(&self.rotators);
        common::visit(&self.prints, (self.workspace, rotator), self.now(), query, browser)
    }

    async fn record(&mut self, coming: Vec<Coming>) {
        if coming.is_empty() {
            return;
        }
        let routing = self.routing().await;
        let memory = self.take_memory().await;
        let visits: Vec<_> = coming.iter().map(|coming| coming.visit.clone()).collect();
        let attempt = Arc::new(Attempt::default());
        let is_gone = |coming: &Coming| coming.visit.cookie.is_some() && matches!(coming.expected, Expected::Nobody);
        if self.chance(40) && !coming.iter().any(is_gone) {
            // It took too long: nobody waits, and nothing of it is ever committed.
            attempt.give_up();
            let recorded = self.store.record(routing, memory, visits, attempt).await;
            assert!(matches!(recorded, Err(StoreError::GivenUp)), "{recorded:?}");
            return self.answer_without_the_database(coming).await;
        }
        let before = self.given(&routing, coming.iter().map(|coming| coming.visit.at));
        let recorded = self
            .store
            .record(routing.clone(), memory, visits.clone(), attempt)
            .await;
        let (memory, mut decisions) = recorded.expect("nothing fails");
        self.memory = Some(memory);
        self.highest = decisions.clicks.last().expect("one each").id;
        self.turns_are_due(&routing, &before, &decisions.clicks);
        for (coming, click) in coming.iter().zip(&decisions.clicks) {
            assert_eq!(click.at, coming.visit.at);
            self.is_who_they_should_be(coming, click.lead, click.facts.by, click.facts.new);
            self.expect_event(click.lead, &click.facts.touch);
        }
        if self.chance(40) {
            // Its commit hung, and nobody knows that it succeeded: what was decided waits in the spool too.
            for (visit, decided) in visits.into_iter().zip(decided(&mut decisions)) {
                let Decided::Sent(told) = decided else {
                    panic!("{decided:?}")
                };
                self.away.remember(&visit, &told);
                let rotator = routing.rotator(visit.rotator).expect("it is there");
                self.spool.push(Spooled::new(rotator, visit, &told));
            }
            self.memory = None;
            self.fresh = Fresh::default();
            return;
        }
        self.fresh.add(decisions.after, decisions.clicks);
    }

    async fn answer_without_the_database(&mut self, coming: Vec<Coming>) {
        if coming.is_empty() {
            return;
        }
        let routing = self.routing().await;
        for coming in coming {
            let rotator = routing.rotator(coming.visit.rotator).expect("it is there");
            let told = self.away.choose(&routing, rotator, &coming.visit).expect("no flood");
            self.away.remember(&coming.visit, &told);
            let lead = told.lead.expect("there are numbers enough");
            // Without the database nobody is known but by cookie and by what waits: the rest is put right when it is back.
            let is_known = self.by_lead.contains_key(&lead);
            if coming.visit.cookie.is_some() {
                assert_eq!(Some(lead.number), coming.visit.cookie, "a cookie is believed");
            }
            if let Expected::Known(who, RecognisedBy::ClickId) = coming.expected
                && self.visitors[who].lead != lead
            {
                // The same browser is two leads now, and its click ID may lead to either.
                self.visitors[who].click_id = None;
            }
            self.spool.push(Spooled::new(rotator, coming.visit.clone(), &told));
            self.expect_event(lead, &coming.visit.touch);
            self.figures.clicks += 1;
            match is_known {
                true => self.comes_again(self.by_lead[&lead], &coming, "without the database"),
                false => self.add_visitor(&coming, lead),
            }
        }
    }

    fn comes_again(&mut self, known: usize, coming: &Coming, how: &str) {
        let told = format!("{:?} off {} {how}", coming.visit.at, self.off_ms);
        self.visitors[known].clicks += 1;
        self.visitors[known].history.push(told);
    }

    fn add_visitor(&mut self, coming: &Coming, lead: LeadId) {
        self.by_lead.insert(lead, self.visitors.len());
        self.visitors.push(Visitor {
            lead,
            browser: coming.browser.clone(),
            click_id: coming.click_id.clone().map(|query| (query, coming.visit.at)),
            clicks: 1,
            is_gone: false,
            history: vec![format!("{:?} off {}", coming.visit.at, self.off_ms)],
        });
    }

    fn is_who_they_should_be(&mut self, coming: &Coming, lead: LeadId, by: RecognisedBy, is_new: bool) {
        self.figures.clicks += 1;
        let known = self.by_lead.get(&lead).copied();
        match coming.expected {
            Expected::Nobody => assert!(is_new && known.is_none(), "{lead:?} is somebody else"),
            Expected::Known(who, how) => {
                let wanted = self.visitors[who].lead;
                let who = &self.visitors[who];
                assert_eq!((lead, by), (wanted, how), "{:?}: {who:?}", coming.visit);
            }
            Expected::SameAsBefore => assert!(!is_new && known.is_some(), "a double tap is one visitor"),
            Expected::Anybody => {}
        }
        match known {
            Some(known) => self.comes_again(known, coming, by.as_str()),
            None => self.add_visitor(coming, lead),
        }
    }

    /// New leads that agents have had, by their days at these times.
    fn given(&self, routing: &Routing, times: impl Iterator<Item = UnixMs> + Clone) -> BTreeMap<(AgentId, Day), u32> {
        let database = self.database();
        let mut given = BTreeMap::new();
        for agent in routing.agents() {
            for day in times.clone().map(|at| at.day_in(&agent.time_zone)) {
                let sum = "SELECT coalesce(sum(given), 0) FROM turns WHERE agent_id = ?1 AND day = ?2";
                let turns = database.query_row(sum, [agent.id.0, i64::from(day.0)], |row| row.get(0));
                given.insert((agent.id, day), turns.expect("a number"));
            }
        }
        given
    }

    /// Whoever was given somebody by rotation was on duty, and below their cap.
    fn turns_are_due(&self, routing: &Routing, before: &BTreeMap<(AgentId, Day), u32>, clicks: &[Click]) {
        let mut given = before.clone();
        for click in clicks {
            let Some(agent) = click.agent.and_then(|agent| routing.agent(agent)) else {
                continue;
            };
            let day = click.at.day_in(&agent.time_zone);
            let so_far = given.entry((agent.id, day)).or_default();
            if matches!(click.facts.why, Why::Turn | Why::Transfer | Why::OwnChoice) {
                let stands = duty(agent, *so_far, click.at);
                assert_eq!(
                    stands,
                    Duty::OnDuty,
                    "{agent:?} with {so_far} new leads at {:?}",
                    click.at
                );
            }
            if click.facts.why.is_turn() {
                *so_far += 1;
            }
        }
    }

    /// Records some of what waits. Now and then it is cut off and asked for again.
    pub async fn replay(&mut self) {
        if self.spool.is_empty() || self.away_until.is_some() {
            return;
        }
        let most = (1 + self.random.below(8)).min(self.spool.len());
        for _ in 0..1 + self.random.below(2) {
            let batch = ReplayBatch {
                segment: self.segment,
                first: self.replayed,
                visits: self.spool[..most].to_vec(),
            };
            let (routing, memory) = (self.routing().await, self.take_memory().await);
            let (memory, replayed) = self.store.replay(routing, memory, batch).await.expect("nothing fails");
            self.highest = self.highest.max(memory.last_click());
            self.memory = Some(memory);
            self.figures.replayed += replayed.clicks.len() as u64;
        }
        self.fresh = Fresh::default();
        self.spool.drain(..most);
        self.replayed += most as u64;
        if self.spool.is_empty() {
            self.away.none_wait();
            self.store.forget_segment(self.segment).await.expect("it answers");
            self.segment -= 1;
            self.replayed = 0;
        }
    }

    /// Folds what was recorded: handed over, or read back.
    pub async fn fold(&mut self) {
        if self.away_until.is_some() {
            return;
        }
        let fresh = std::mem::take(&mut self.fresh);
        let routing = self.routing().await;
        let folded = self.store.fold(routing, fresh, 1_000).await.expect("nothing fails");
        for lead in folded.leads {
            if let Some(agent) = lead.agent {
                self.away.note(lead.lead, agent);
            }
        }
        let now = self.now();
        if let Some(memory) = &mut self.memory {
            memory.forget_old(now, folded.watermark);
        }
    }

    pub fn database(&self) -> rusqlite::Connection {
        let database = rusqlite::Connection::open(self.path()).expect("it is there");
        let wait = std::time::Duration::from_millis(MINUTE_MS as u64);
        database.busy_timeout(wait).expect("it can be set");
        let fold = self.path().with_file_name("konektor-fold.db");
        database
            .execute("ATTACH DATABASE ?1 AS fold", [fold.to_string_lossy()])
            .expect("it is there");
        database
    }
}
