//! Where in the list those can be who are asked for.
//!
//! The list goes along the rows, newest first. Of ten million leads it would see all to find those of a day in spring, or those
//! of a campaign that nobody came by. But ids rise with time, the fold notes between which ids a day's leads are, and the
//! reports' counters say on which days anybody came by a campaign. So of most days nothing has to be looked at.

use crate::{Result, model::LeadFilter};
use konektor_core::{
    fold::{OTHER, SourceKind, cut},
    ids::{LeadId, NUMBER_BITS, VisitorNumber, WorkspaceId},
    time::{Day, UnixMs},
};
use rusqlite::{Connection, params, types::Value};
use std::{collections::HashSet, ops::Range};

const DAY_MS: i64 = 86_400_000;

/// The ids, newest first, among which all are that `filter` may find, but for [`others`]. `None`: it does not ask for days, or for what
/// is counted by day.
pub(super) fn ranges(
    connection: &Connection,
    workspace: WorkspaceId,
    filter: &LeadFilter,
) -> Result<Option<Vec<Range<i64>>>> {
    let platform = filter.first_platform.map(|platform| platform.as_str());
    let sources = [
        (SourceKind::Platform, platform),
        (SourceKind::Source, filter.source.as_deref()),
        (SourceKind::Campaign, filter.campaign.as_deref()),
    ];
    let mut wanted = Vec::new();
    for (kind, name) in sources {
        if let Some(name) = name {
            wanted.push(days_of(connection, workspace, kind, name)?);
        }
    }
    if wanted.is_empty() && filter.from.is_none() && filter.to.is_none() {
        return Ok(None);
    }
    // Days are the workspace's, in a zone that may have been another one then.
    let utc = |at: i64| UnixMs(at).day_in(&jiff::tz::TimeZone::UTC);
    let from = filter.from.map(|from| utc(from.0.saturating_sub(DAY_MS)));
    let to = filter.to.map(|to| utc(to.0.saturating_add(DAY_MS)));
    let fits = |day: Day| {
        from.is_none_or(|from| day >= from)
            && to.is_none_or(|to| day <= to)
            && wanted.iter().all(|days| days.contains(&day))
    };
    let mut known = connection
        .prepare_cached("SELECT day, first, last FROM fold.lead_days WHERE workspace_id = ?1 ORDER BY first")?;
    let days = known.query_map([workspace.0], |row| {
        Ok((Day(row.get(0)?), row.get(1)?..row.get::<_, i64>(2)? + 1))
    })?;
    let days: Vec<(Day, Range<i64>)> = days.collect::<rusqlite::Result<_>>()?;
    Ok(Some(among(all_of(workspace), &days, fits)))
}

/// Those of `days`, which are in the order of their beginnings, that fit, and what is before the first and after the last: leads of
/// before there were notes, and those that are not folded yet.
fn among(all: Range<i64>, days: &[(Day, Range<i64>)], fits: impl Fn(Day) -> bool) -> Vec<Range<i64>> {
    let (Some((_, first)), Some(end)) = (days.first(), days.iter().map(|(_, ids)| ids.end).max()) else {
        return Vec::from([all]);
    };
    let fitting = days.iter().filter(|(day, _)| fits(*day)).map(|(_, ids)| ids.clone());
    let mut ranges: Vec<Range<i64>> = Vec::new();
    for ids in std::iter::once(all.start..first.start)
        .chain(fitting)
        .chain(std::iter::once(end..all.end))
    {
        match ranges.last_mut() {
            // Between two days are numbers that nobody has.
            Some(last) if ids.start <= last.end => last.end = last.end.max(ids.end),
            _ => ranges.push(ids),
        }
    }
    ranges.reverse();
    ranges
}

/// The ids that a workspace's leads can have.
pub(super) fn all_of(workspace: WorkspaceId) -> Range<i64> {
    let lowest = LeadId {
        workspace,
        number: VisitorNumber(0),
    };
    lowest.packed()..(workspace.0 + 1) << NUMBER_BITS
}

/// On which days anybody may have come by a name.
fn days_of(connection: &Connection, workspace: WorkspaceId, kind: SourceKind, name: &str) -> Result<HashSet<Day>> {
    let mut counted = connection.prepare_cached(
        "SELECT DISTINCT s.day FROM fold.lead_days d CROSS JOIN main.rotators r CROSS JOIN fold.sources s
         WHERE d.workspace_id = ?1 AND r.workspace_id = ?1
           AND s.workspace_id = ?1 AND s.kind = ?2 AND s.day = d.day AND s.rotator_id = r.id AND s.name IN (?3, ?4)",
    )?;
    let days = counted.query_map(params![workspace.0, kind.as_str(), cut(Some(name)), OTHER], |row| {
        row.get(0).map(Day)
    })?;
    Ok(days.collect::<rusqlite::Result<_>>()?)
}

/// A condition that all leads meet whose day does not follow from their id: those that stand for several, and may have the day and the
/// campaign of another; and those that no click made, of the time that is asked for, unless it is asked where they came from.
pub(super) fn others(workspace: WorkspaceId, filter: &LeadFilter) -> (String, Vec<Value>) {
    let all = all_of(workspace);
    let mut ids =
        "SELECT id FROM main.leads INDEXED BY leads_of_several WHERE own IS NOT NULL AND id >= ? AND id < ?".to_owned();
    let mut values: Vec<Value> = vec![all.start.into(), all.end.into()];
    if filter.first_platform.is_none() && filter.source.is_none() && filter.campaign.is_none() {
        ids.push_str(
            " UNION ALL SELECT id FROM main.leads INDEXED BY leads_added
              WHERE (id >> 35) = ? AND first_click = 0 AND created_at >= ? AND created_at < ?",
        );
        values.extend([
            workspace.0.into(),
            filter.from.map_or(i64::MIN, |from| from.0).into(),
            filter.to.map_or(i64::MAX, |to| to.0).into(),
        ]);
    }
    (format!("l.id IN ({ids})"), values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_do_not_fit_are_left_out_and_what_nobody_noted_is_not() {
        let day = |day: i32, ids: Range<i64>| (Day(day), ids);
        let apart = [day(1, 100..110), day(2, 110..120), day(3, 130..140), day(4, 150..160)];
        let crossed = [day(1, 100..120), day(2, 110..130), day(3, 125..140)];
        for (days, fitting, expected) in [
            (&apart[..], &[2][..], vec![160..1_000, 110..120, 0..100]),
            (&apart, &[1, 2], vec![160..1_000, 0..120]),
            (&apart, &[1, 4], vec![150..1_000, 0..110]),
            (&apart, &[], vec![160..1_000, 0..100]),
            (&crossed, &[2], vec![140..1_000, 110..130, 0..100]),
            (&crossed, &[1, 3], vec![125..1_000, 0..120]),
            (&[], &[1], std::iter::once(0..1_000).collect()),
        ] {
            let found = among(0..1_000, days, |day| fitting.contains(&day.0));
            assert_eq!(found, expected, "{days:?} {fitting:?}");
        }
    }
}
