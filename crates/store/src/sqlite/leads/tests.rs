//! The list in parts, with so few rows to a part that many hold nobody.

use super::*;
use crate::sqlite::open::Files;
use konektor_core::{
    ids::{AgentId, VisitorNumber},
    time::UnixMs,
};
use proptest::prelude::*;

const SHOP: WorkspaceId = WorkspaceId(1);
const DAY_MS: i64 = 86_400_000;

fn lead(number: u64) -> LeadId {
    LeadId {
        workspace: SHOP,
        number: VisitorNumber(number),
    }
}

/// A lead: so many numbers after the one before, of this agent and this campaign, whether they are won and have arrived; ten a day.
type Row = (u64, i64, Option<u8>, bool, bool);

fn filled(rows: &[Row]) -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("konektor.db"));
    files.prepare().unwrap();
    let connection = files.open_folder().unwrap();
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO rotators (id, workspace_id, slug, name, mode, message, target, agents, on_public_host, created_at)
             VALUES (1, 1, 'promo', '', 'redirect', '', 'wa.me', '[]', 1, 0)")
        .unwrap();
    let mut number = 0;
    for (n, (after, agent, campaign, is_won, has_arrived)) in (0..).zip(rows) {
        number += after;
        let at = UnixMs(n * DAY_MS / 10);
        let (id, day) = (lead(number).packed(), at.day_in(&jiff::tz::TimeZone::UTC).0);
        let campaign = campaign.map(|campaign| format!("c{campaign}"));
        connection
            .execute(
                "INSERT INTO leads (id, first_click, created_at, rotator_id, agent_id, flags, campaign, status)
                 VALUES (?1, ?2, ?3, 1, ?4, 0, ?5, ?6)",
                (id, n + 1, at.0, agent, &campaign, is_won.then_some("won")),
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO fold.lead_days VALUES (1, ?1, ?2, ?2) ON CONFLICT DO UPDATE SET last = excluded.last",
                (day, id),
            )
            .unwrap();
        if *has_arrived {
            connection
                .execute(
                    "INSERT INTO fold.arrivals VALUES (?1, ?2, ?2, 1, '1', '', '', '', '')",
                    (id, at.0),
                )
                .unwrap();
        }
        if let Some(campaign) = campaign {
            connection
                .execute(
                    "INSERT OR IGNORE INTO fold.sources VALUES (1, ?1, 1, 'campaign', ?2, 1, 1)",
                    (day, campaign),
                )
                .unwrap();
        }
    }
    (directory, connection)
}

fn filters() -> impl Strategy<Value = LeadFilter> {
    let day = |day: Option<i64>| day.map(|day| UnixMs(day * DAY_MS));
    (
        prop::option::of(1..4_i64),
        prop::option::of(0..3_u8),
        prop::option::of(Just(Status::Won)),
        prop::option::of(any::<bool>()),
        prop::option::of(0..6_i64),
        prop::option::of(0..6_i64),
    )
        .prop_map(move |(agent, campaign, status, arrived, from, to)| LeadFilter {
            agent: agent.map(AgentId),
            campaign: campaign.map(|campaign| format!("c{campaign}")),
            status,
            arrived,
            from: day(from),
            to: day(to),
            ..LeadFilter::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Together the parts are the list, however few rows are looked at for each.
    #[test]
    fn parts_make_up_the_list(
        rows in prop::collection::vec((1..20_u64, 1..4_i64, prop::option::of(0..3_u8), any::<bool>(), any::<bool>()), 0..60),
        filter in filters(),
        most_rows in 1..40_i64,
        limit in 1..6_usize,
    ) {
        let (_directory, connection) = filled(&rows);
        let ids = |found: &FoundLeads| found.leads.iter().map(|lead| lead.id).collect::<Vec<_>>();
        let all = leads(&connection, i64::MAX, SHOP, &filter, None, 1_000).unwrap();
        prop_assert!(all.next.is_none());
        let wanted = rows.iter().zip(0..).filter(|((_, agent, campaign, is_won, has_arrived), n)| {
            filter.agent.is_none_or(|wanted| wanted.0 == *agent)
                && filter.campaign.as_ref().is_none_or(|wanted| campaign.map(|n| format!("c{n}")).as_ref() == Some(wanted))
                && filter.status.is_none_or(|_| *is_won)
                && filter.arrived.is_none_or(|wanted| wanted == *has_arrived)
                && filter.from.is_none_or(|from| n * DAY_MS / 10 >= from.0)
                && filter.to.is_none_or(|to| n * DAY_MS / 10 < to.0)
        });
        prop_assert_eq!(all.leads.len(), wanted.count());
        let (mut parts, mut before) = (Vec::new(), None);
        loop {
            let part = leads(&connection, most_rows, SHOP, &filter, before, limit).unwrap();
            prop_assert!(part.leads.len() <= limit);
            parts.extend(ids(&part));
            let Some(next) = part.next else { break };
            prop_assert!(before.is_none_or(|before| next.packed() < LeadId::packed(before)), "it goes on");
            before = Some(next);
        }
        prop_assert_eq!(parts, ids(&all));
    }
}

#[test]
fn where_nobody_fits_a_part_ends_after_so_many_rows() {
    let rows: Vec<Row> = (0..50).map(|_| (1, 1, None, false, false)).collect();
    let (_directory, connection) = filled(&rows);
    let filter = LeadFilter {
        agent: Some(AgentId(2)),
        ..LeadFilter::default()
    };
    let part = leads(&connection, 20, SHOP, &filter, None, 5).unwrap();
    assert_eq!((part.leads.len(), part.next), (0, Some(lead(31))));
    let rows: Vec<Row> = (0..25).map(|_| (1_000, 1, None, false, false)).collect();
    let (_directory, connection_with_gaps) = filled(&rows);
    let part = leads(&connection_with_gaps, 20, SHOP, &filter, None, 5).unwrap();
    assert_eq!(part.next, Some(lead(5_001)), "numbers that nobody has are no rows");
    let won = LeadFilter {
        status: Some(Status::Won),
        ..LeadFilter::default()
    };
    let part = leads(&connection, 20, SHOP, &won, None, 5).unwrap();
    assert!(
        part.leads.is_empty() && part.next.is_none(),
        "an index knows it at once"
    );
}
