//! Links that people asked for and that are not there: counted in memory, written down with each pass of the fold, so that a
//! link that was mistyped in an ad is found.
//!
//! Anybody can ask for anything, so what is kept is bounded: so many names a workspace and day, and the rest together.

use konektor_core::{
    doctor::nearest,
    fold::OTHER,
    ids::{RotatorId, WorkspaceId},
    routing::{Routing, Workspace},
    time::{Day, UnixMs},
};
use konektor_store::model::{Count, ORPHANS};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// Names of a workspace that are counted on a day.
const NAMES: usize = 50;
/// Longest name that is kept: as long as a slug may be.
const NAME_MAX_BYTES: usize = 64;

/// Counts since they were last taken.
#[derive(Default)]
pub struct Orphans {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pending: HashMap<(WorkspaceId, Day, String), u64>,
    /// The names of each workspace's day, so that there are never more.
    names: HashMap<WorkspaceId, (Day, HashSet<String>)>,
}

impl Orphans {
    /// A person asked a workspace for this slug.
    pub fn add(&self, workspace: &Workspace, slug: &str, now: UnixMs) {
        let day = now.day_in(&workspace.time_zone);
        let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let state = &mut *guard;
        let (known_day, names) = state.names.entry(workspace.id).or_default();
        if *known_day != day {
            *known_day = day;
            names.clear();
        }
        let fits = slug.len() <= NAME_MAX_BYTES && (names.len() < NAMES || names.contains(slug));
        let name = if fits { slug } else { OTHER };
        if fits {
            names.insert(slug.to_owned());
        }
        *state.pending.entry((workspace.id, day, name.to_owned())).or_default() += 1;
    }

    /// Takes what was counted since the last time.
    pub fn take(&self) -> Vec<Count> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |((workspace, day, slug), n): ((WorkspaceId, Day, String), u64)| Count {
            workspace,
            day,
            rotator: RotatorId(0),
            metric: ORPHANS,
            key: slug.into(),
            n,
        };
        std::mem::take(&mut state.pending).into_iter().map(count).collect()
    }
}

/// Whose link it was meant to be, on a host that all share: of the only workspace, or of the one that has one like it.
pub fn whose(routing: &Routing, slug: &str) -> Option<Arc<Workspace>> {
    let mut workspaces = routing.workspaces();
    if let (Some(only), None) = (workspaces.next(), workspaces.next()) {
        return Some(only.clone());
    }
    let near = nearest(slug, routing.public_slugs())?;
    Some(routing.find_public_rotator(near)?.workspace.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use konektor_core::identity::code::CodeKey;

    #[test]
    fn what_strangers_ask_for_never_fills_the_database() {
        let workspace = Workspace {
            id: WorkspaceId(1),
            name: "Toko".to_owned(),
            country: "ID".to_owned(),
            time_zone: TimeZone::UTC,
            code_key: CodeKey::new([7; 16]),
            is_strict: false,
            taught: Default::default(),
        };
        let orphans = Orphans::default();
        for n in 0..1_000 {
            orphans.add(&workspace, &format!("x{n}"), UnixMs(0));
        }
        orphans.add(&workspace, "x1", UnixMs(1));
        let counts = orphans.take();
        let of = |slug: &str| counts.iter().find(|count| count.key == slug).map(|count| count.n);
        assert_eq!((counts.len(), of("x1"), of(OTHER)), (NAMES + 1, Some(2), Some(950)));
        orphans.add(&workspace, "x999", UnixMs(2));
        assert_eq!(orphans.take()[0].key, OTHER, "the day is full");
        orphans.add(&workspace, "x999", UnixMs(86_400_000));
        assert_eq!(orphans.take()[0].key, "x999", "the next is not");
    }
}
