//! What is sent next: the same for the same seed.

use super::{
    endpoints::{self, Endpoints},
    hooks,
    request::{Parts, Sent},
    target::Target,
    visitors,
};
use crate::common::random::Random;

/// Of a hundred requests, how many go where.
const SHARES: &[(&str, usize)] = &[
    ("click", 66),
    ("press", 9),
    ("form", 7),
    ("whatsapp", 4),
    ("api", 9),
    ("import", 1),
    ("pages", 4),
];

/// Makes requests.
pub struct Generator<'t> {
    random: Random,
    target: &'t Target,
    endpoints: &'t Endpoints,
    agents: Vec<&'static str>,
}

impl<'t> Generator<'t> {
    pub fn new(seed: u64, target: &'t Target, endpoints: &'t Endpoints) -> Self {
        Self {
            random: Random::new(seed),
            target,
            endpoints,
            agents: visitors::user_agents(),
        }
    }

    /// One request of which nothing but the parts is broken: it has one answer.
    pub fn mutated(&mut self) -> Sent {
        let (parts, area) = self.parts();
        parts.send(&mut self.random, area)
    }

    /// One that is broken itself.
    pub fn broken(&mut self) -> Sent {
        self.mutated().broken(&mut self.random)
    }

    fn parts(&mut self) -> (Parts, &'static str) {
        let (random, target) = (&mut self.random, self.target);
        let mut number = random.below(100);
        let area = SHARES.iter().find_map(|(area, share)| match number < *share {
            true => Some(*area),
            false => {
                number -= share;
                None
            }
        });
        let area = area.expect("the shares are a hundred");
        let mut parts = match area {
            "click" => visitors::click(random, target, &self.agents),
            "press" => visitors::press(random, target, &self.agents),
            "form" => hooks::form(random, target),
            "whatsapp" => hooks::whatsapp(random, target),
            "api" => self.endpoints.request(random, target),
            "import" => endpoints::import(random, target),
            _ => visitors::pages(random, target, &self.agents),
        };
        // What is made from the API's description is odd enough as it is, half of the time.
        if area != "api" || random.below(2) == 0 {
            parts.mutate(random);
        }
        let is_signed = area == "whatsapp" && random.below(3) != 0;
        (if is_signed { hooks::sign(parts) } else { parts }, area)
    }
}
