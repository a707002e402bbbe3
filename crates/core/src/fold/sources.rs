//! Where a day's clicks came from and whom they were handed to.
//!
//! One look-up a click, under keys that borrow from it: a pass sees the same few campaigns over and over, and strings are
//! made only of what is left at its end.

use crate::{
    attribution::Platform,
    click::Click,
    ids::{AgentId, RotatorId, WorkspaceId},
    time::Day,
};
use foldhash::HashMap;

/// Most values of one kind that are counted by name, a day and rotator. Anybody can put anything into a link, and the
/// reports must not grow by it.
pub const MOST_NAMES: usize = 500;
/// Under which the rest is counted. It cannot be a platform's name, and as a UTM value it means the same.
pub const OTHER: &str = "(other)";
/// Longest name that is counted, in bytes of UTF-8: what is longer is cut, and counted with what begins alike.
pub const NAME_MAX_BYTES: usize = 120;

/// What sources are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SourceKind {
    /// The platform of the click's touch.
    Platform,
    /// Its `utm_source`.
    Source,
    /// Its `utm_campaign`.
    Campaign,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Platform, Self::Source, Self::Campaign];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Source => "source",
            Self::Campaign => "campaign",
        }
    }
}

/// What is counted of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Clicks, double taps left out.
    pub clicks: u64,
    /// Those that made a lead.
    pub new: u64,
}

impl std::ops::AddAssign for Came {
    fn add_assign(&mut self, other: Self) {
        self.clicks += other.clicks;
        self.new += other.new;
    }
}

/// One kind of sources at a link on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceKey {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The workspace's day.
    pub day: Day,
    /// At which link.
    pub rotator: RotatorId,
    /// What the names are.
    pub kind: SourceKind,
}

/// Counts by name; the empty name is for clicks that had none.
pub type Sources = HashMap<SourceKey, HashMap<String, Came>>;

/// All that clicks are told apart by here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Sort<'c> {
    workspace: WorkspaceId,
    day: Day,
    rotator: RotatorId,
    agent: Option<AgentId>,
    platform: Option<Platform>,
    source: &'c str,
    campaign: &'c str,
}

/// A pass's count.
#[derive(Default)]
pub(super) struct Tally<'c> {
    sorts: HashMap<Sort<'c>, Came>,
}

impl<'c> Tally<'c> {
    /// Counts a click that is no double tap.
    pub(super) fn add(&mut self, click: &'c Click, day: Day) {
        let touch = &click.facts.touch;
        let sort = Sort {
            workspace: click.lead.workspace,
            day,
            rotator: click.rotator,
            agent: click.agent,
            platform: touch.platform,
            source: cut(touch.utm.source.as_deref()),
            campaign: cut(touch.utm.campaign.as_deref()),
        };
        *self.sorts.entry(sort).or_default() += Came {
            clicks: 1,
            new: u64::from(click.facts.new),
        };
    }

    /// By source; what came to each agent is given to `to_agent`.
    pub(super) fn close(self, mut to_agent: impl FnMut(WorkspaceId, Day, RotatorId, AgentId, u64)) -> Sources {
        let mut sources = Sources::default();
        for (sort, came) in self.sorts {
            let Sort {
                workspace,
                day,
                rotator,
                ..
            } = sort;
            if let Some(agent) = sort.agent {
                to_agent(workspace, day, rotator, agent, came.clicks);
            }
            for kind in SourceKind::ALL {
                let name = match kind {
                    SourceKind::Platform => sort.platform.map_or("", Platform::as_str),
                    SourceKind::Source => sort.source,
                    SourceKind::Campaign => sort.campaign,
                };
                let names = sources
                    .entry(SourceKey {
                        workspace,
                        day,
                        rotator,
                        kind,
                    })
                    .or_default();
                match names.get_mut(name) {
                    Some(sum) => *sum += came,
                    None => drop(names.insert(name.to_owned(), came)),
                }
            }
        }
        sources
    }
}

/// A name as it is counted.
pub fn cut(name: Option<&str>) -> &str {
    let name = name.unwrap_or_default();
    &name[..name.floor_char_boundary(NAME_MAX_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        attribution::{CLICK_ID_PARAMETERS, Touch},
        click::ClickFacts,
        ids::{ClickId, LeadId, VisitorNumber},
        time::UnixMs,
    };

    fn click(query: &str, new: bool) -> Click {
        Click {
            id: ClickId(1),
            at: UnixMs(1),
            lead: LeadId {
                workspace: WorkspaceId(1),
                number: VisitorNumber(1),
            },
            rotator: RotatorId(7),
            agent: Some(AgentId(3)),
            is_first_use: false,
            first: None,
            print: None,
            facts: ClickFacts {
                touch: Touch::of(query, None, CLICK_ID_PARAMETERS),
                new,
                ..crate::click::tests::facts()
            },
        }
    }

    fn names(clicks: &[Click], kind: SourceKind) -> Vec<(String, u64, u64)> {
        let mut tally = Tally::default();
        for click in clicks {
            tally.add(click, Day(20_261_122));
        }
        let sources = tally.close(|_, _, _, _, _| {});
        let of_kind = sources.into_iter().filter(|(key, _)| key.kind == kind);
        let mut names: Vec<_> = of_kind
            .flat_map(|(_, names)| names)
            .map(|(name, came)| (name, came.clicks, came.new))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn clicks_and_new_leads_are_counted_by_each_kind_of_source() {
        let clicks = [
            click("fbclid=F&utm_source=ig&utm_campaign=lebaran", true),
            click("fbclid=G&utm_source=fb&utm_campaign=lebaran", false),
            click("", true),
        ];
        let row = |name: &str, clicks, new| (name.to_owned(), clicks, new);
        assert_eq!(names(&clicks, SourceKind::Platform), [row("", 1, 1), row("meta", 2, 1)]);
        assert_eq!(
            names(&clicks, SourceKind::Source),
            [row("", 1, 1), row("fb", 1, 0), row("ig", 1, 1)]
        );
        assert_eq!(
            names(&clicks, SourceKind::Campaign),
            [row("", 1, 1), row("lebaran", 2, 1)]
        );
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let query = format!("utm_campaign=x{}", "%C3%A9".repeat(100));
        let [(name, 1, 1)] = &names(&[click(&query, true)], SourceKind::Campaign)[..] else {
            panic!("one campaign")
        };
        assert_eq!(*name, format!("x{}", "é".repeat(59)));
    }

    #[test]
    fn agents_get_their_clicks() {
        let mut tally = Tally::default();
        let (a, b) = (click("fbclid=F", true), click("", false));
        let mut closed = click("", true);
        closed.agent = None;
        for click in [&a, &b, &closed] {
            tally.add(click, Day(20_261_122));
        }
        let mut sum = 0;
        tally.close(|_, _, rotator, agent, clicks| {
            assert_eq!((rotator, agent), (RotatorId(7), AgentId(3)));
            sum += clicks;
        });
        assert_eq!(sum, 2);
    }
}
