//! The counters of a pass: how many clicks there were of each sort, and what that adds to which counter.
//!
//! One look-up a click, under a key that borrows from it: a pass sees the same few browsers over and over. Taking a user agent
//! apart costs more than all the rest, so that and the counters' names wait for the end, where each sort has them once.

use super::{CounterKey, cut};
use crate::{
    click::{Click, RecognisedBy, Why},
    ids::{AgentId, RotatorId, WorkspaceId},
    time::Day,
    user_agent,
};
use foldhash::HashMap;

/// Counter of clicks that were handed to an agent as a substitute; its keys are the agents' ids.
pub const BORROWED: &str = "borrowed";

/// Counter of how visitors were recognised by what they browse with; its keys are `by/browser/in-app`.
pub const RECOGNISED: &str = "recognised";
/// The same by the host of the link; its keys are `by/host`.
pub const RECOGNISED_HOST: &str = "recognised_host";
/// The same by the rotator's mode of then; its keys are `by/mode`.
pub const RECOGNISED_MODE: &str = "recognised_mode";
/// The kinds of [`RECOGNISED_MODE`], for redirect and page mode, in the order of [`RecognisedBy`].
const BY_MODE: [[&str; 4]; 2] = [
    [
        "cookie/redirect",
        "click_id/redirect",
        "double_tap/redirect",
        "new/redirect",
    ],
    ["cookie/page", "click_id/page", "double_tap/page", "new/page"],
];

/// All that clicks are told apart by here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Sort<'c> {
    workspace: WorkspaceId,
    day: Day,
    rotator: RotatorId,
    by: RecognisedBy,
    is_new: bool,
    is_double: bool,
    is_shared: bool,
    /// In page mode a click is a press.
    is_press: bool,
    /// Who stands in for a colleague who is away has no turn for it, and it is not for nothing either.
    substitute: Option<AgentId>,
    ua: &'c str,
    host: &'c str,
}

/// A pass's count.
#[derive(Default)]
pub(super) struct Counted<'c> {
    sorts: HashMap<Sort<'c>, u64>,
    counters: Counters,
}

type Counters = HashMap<CounterKey, HashMap<String, u64>>;

impl<'c> Counted<'c> {
    /// Counts a click.
    pub(super) fn add(&mut self, click: &'c Click, day: Day) {
        let facts = &click.facts;
        let sort = Sort {
            workspace: click.lead.workspace,
            day,
            rotator: click.rotator,
            by: facts.by,
            is_new: facts.new,
            is_double: facts.dup,
            is_shared: facts.shared,
            is_press: facts.press.is_some(),
            substitute: click.agent.filter(|_| facts.why == Why::Substitute),
            ua: &facts.ua,
            host: &facts.host,
        };
        *self.sorts.entry(sort).or_default() += 1;
        for parameter in &facts.touch.ignored {
            add(&mut self.counters, &sort, "ignored", parameter, 1);
        }
    }

    /// What it adds to which counter.
    pub(super) fn close(self) -> Counters {
        let Self { sorts, mut counters } = self;
        let mut browsers: HashMap<&str, [String; 4]> = HashMap::default();
        let mut hosts: HashMap<&str, [String; 4]> = HashMap::default();
        for (sort, n) in &sorts {
            let mut count = |metric, kind: &str| add(&mut counters, sort, metric, kind, *n);
            if sort.is_shared {
                count("shared_link", "");
            }
            if sort.is_double {
                count("duplicate", "");
                continue;
            }
            count("clicks", "");
            count(if sort.is_new { "new" } else { "returning" }, "");
            let by = sort.by as usize;
            let browser = browsers.entry(sort.ua).or_insert_with(|| recognitions(sort.ua));
            count(RECOGNISED, &browser[by]);
            let host = hosts.entry(sort.host).or_insert_with(|| of_host(sort.host));
            count(RECOGNISED_HOST, &host[by]);
            count(RECOGNISED_MODE, BY_MODE[usize::from(sort.is_press)][by]);
            if let Some(agent) = sort.substitute {
                count(BORROWED, &agent.to_string());
            }
        }
        counters
    }
}

fn add(counters: &mut Counters, sort: &Sort<'_>, metric: &'static str, kind: &str, n: u64) {
    let kinds = counters
        .entry(CounterKey {
            workspace: sort.workspace,
            day: sort.day,
            rotator: sort.rotator,
            metric,
        })
        .or_default();
    match kinds.get_mut(kind) {
        Some(sum) => *sum += n,
        None => drop(kinds.insert(kind.to_owned(), n)),
    }
}

/// `by/host` for each way to be recognised, in the order of [`RecognisedBy`]. A click was found by its host, so there are as
/// many as somebody set up.
fn of_host(host: &str) -> [String; 4] {
    RecognisedBy::ALL.map(|by| format!("{}/{}", by.as_str(), cut(Some(host))))
}

/// `by/browser/in-app` for each way to be recognised, in the order of [`RecognisedBy`].
fn recognitions(ua: &str) -> [String; 4] {
    let parsed = user_agent::parse(ua);
    let browser = parsed.browser_name().unwrap_or("");
    let in_app = parsed.in_app.map_or("", |app| app.as_str());
    RecognisedBy::ALL.map(|by| format!("{}/{browser}/{in_app}", by.as_str()))
}
