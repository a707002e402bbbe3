//! Agents: numbers that can hardly be right, and numbers that visitors come back from.

use super::{Facts, Finding, Kind, Severity, Subject};
use crate::{ids::AgentId, phone::Phone};
use std::collections::BTreeMap;

/// Leads from which on an agent's returns say something.
const LEADS_FROM: u64 = 15;
/// Returns from which on they are no accident.
const BACK_FROM: u64 = 5;
/// The share of leads who come back at once, from which on it is remarkable, and how often that of the other agents.
const BACK_RATE: f64 = 0.2;
const BACK_TIMES: f64 = 3.0;

/// A CS, as far as the rules need to know them.
#[derive(Clone, Debug)]
pub struct AgentFacts {
    /// Their id.
    pub id: AgentId,
    /// For people.
    pub name: String,
    /// E.164 digits, as stored.
    pub phone: String,
    /// Switched on.
    pub active: bool,
    /// At how many links they take leads.
    pub rotators: usize,
}

pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    numbers(facts, findings);
    returns(facts, findings);
}

fn numbers(facts: &Facts, findings: &mut Vec<Finding>) {
    let at_work = || facts.agents.iter().filter(|agent| agent.active && agent.rotators > 0);
    let mut by_number: BTreeMap<&str, Vec<&AgentFacts>> = BTreeMap::new();
    for agent in at_work() {
        by_number.entry(&agent.phone).or_default().push(agent);
    }
    for agent in at_work() {
        let others = &by_number[agent.phone.as_str()];
        let (why, with) = match () {
            () if Phone::parse(&format!("+{}", agent.phone), "ID").is_err() => ("invalid", None),
            () if is_made_up(&agent.phone) => ("made_up", None),
            () if others[0].id != agent.id => ("twice", Some(&others[0].name)),
            () => continue,
        };
        let severity = match why {
            "twice" => Severity::Advice,
            _ => Severity::Warning,
        };
        let mut finding = Finding::new(Kind::AgentNumber, severity, Subject::Agent(agent.id), &agent.name)
            .example(format!("+{}", agent.phone))
            .detail("why", why);
        if let Some(with) = with {
            finding = finding.detail("with", with);
        }
        findings.push(finding);
    }
}

/// One digit over and over, or digits in order: what people type to get past a form.
fn is_made_up(digits: &str) -> bool {
    let digits = digits.as_bytes();
    let longest = |step: i16| {
        let (mut longest, mut run) = (1, 1);
        for pair in digits.windows(2) {
            let is_next = (i16::from(pair[1]) - i16::from(pair[0])).rem_euclid(10) == step.rem_euclid(10);
            run = if is_next { run + 1 } else { 1 };
            longest = longest.max(run);
        }
        longest
    };
    longest(0) >= 8 || longest(1) >= 7 || longest(-1) >= 7
}

/// Compared with the other agents, for a message that confuses makes visitors of all of them come back.
fn returns(facts: &Facts, findings: &mut Vec<Finding>) {
    let rate = |back: u64, leads: u64| back as f64 / leads.max(1) as f64;
    let all = facts.traffic.agents.values();
    let (all_back, all_leads) = all.fold((0, 0), |(back, leads), at| (back + at.back.count, leads + at.leads));
    for agent in &facts.agents {
        let Some(came) = facts.traffic.agents.get(&agent.id) else {
            continue;
        };
        let (own, others) = (
            rate(came.back.count, came.leads),
            rate(all_back - came.back.count, all_leads - came.leads),
        );
        let is_remarkable = came.leads >= LEADS_FROM && came.back.count >= BACK_FROM && own >= BACK_RATE;
        if !is_remarkable || own < others * BACK_TIMES {
            continue;
        }
        let finding = Finding::new(
            Kind::AgentDead,
            Severity::Problem,
            Subject::Agent(agent.id),
            &agent.name,
        )
        .count(came.back.count)
        .example(format!("+{}", agent.phone))
        .lead(came.back.lead)
        .since(came.back.first)
        .at(came.back.last)
        .detail("leads", came.leads.to_string())
        .detail("percent", percent(own))
        .detail("others", percent(others));
        findings.push(finding);
    }
}

/// `34`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}
