//! The index beside a plain map, with runs so small that entries go through all levels.

use super::*;
use crate::sqlite::{open::Files, transaction::in_fold};
use konektor_core::ids::{VisitorNumber, WorkspaceId};
use proptest::prelude::*;
use std::collections::HashMap;

const SMALL: Shape = Shape {
    entries_of_run: 6,
    runs_of_merge: 3,
    levels: 2,
    entries_of_slice: 4,
    entries_of_block: 3,
};

fn lead(number: u64) -> LeadId {
    LeadId {
        workspace: WorkspaceId(1),
        number: VisitorNumber(number),
    }
}

fn used(number: u64, at: i64) -> ClickIdUse {
    ClickIdUse {
        lead: lead(number),
        with_browser: at * 7,
        at: UnixMs(at),
    }
}

/// Fingerprint `n`: spread over all, as a keyed hash spreads them.
fn print(n: u64) -> i64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15) as i64
}

#[derive(Clone, Debug)]
enum Step {
    /// Of these fingerprints, by this lead.
    Enter(Vec<u64>, u64),
    ForgetOlder(Vec<u64>, i64),
    ForgetOf(u64, Vec<u64>),
    ForgetAllOf(u64),
    MergeAll,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let prints = || prop::collection::vec(0..120_u64, 1..8);
    let step = prop_oneof![
        20 => (prints(), 1..9_u64).prop_map(|(prints, lead)| Step::Enter(prints, lead)),
        2 => (prints(), 1..60_i64).prop_map(|(prints, before)| Step::ForgetOlder(prints, before)),
        2 => (1..9_u64, prints()).prop_map(|(lead, prints)| Step::ForgetOf(lead, prints)),
        1 => (1..9_u64).prop_map(Step::ForgetAllOf),
        1 => Just(Step::MergeAll),
    ];
    prop::collection::vec(step, 1..80)
}

/// All uses of a fingerprint, the newest last, and whether each may still be there.
type Model = HashMap<i64, Vec<(ClickIdUse, bool)>>;

fn forget(model: &mut Model, prints: &[i64], is_gone: impl Fn(&ClickIdUse) -> bool) {
    for print in prints {
        for (used, is_there) in model.entry(*print).or_default() {
            *is_there &= !is_gone(used);
        }
    }
}

fn do_step(connection: &mut Connection, model: &mut Model, step: &Step, now: i64) {
    let all = |ns: &[u64]| ns.iter().map(|n| print(*n)).collect::<Vec<_>>();
    let done = in_fold(connection, |transaction| match step {
        Step::Enter(ns, by) => {
            let uses: BTreeMap<i64, ClickIdUse> = all(ns).into_iter().map(|print| (print, used(*by, now))).collect();
            for (print, used) in &uses {
                model.entry(*print).or_default().push((*used, true));
            }
            enter_as(SMALL, transaction, &uses)?;
            SMALL.keep_up(transaction, uses.len())
        }
        Step::ForgetOlder(ns, before) => {
            forget(model, &all(ns), |used| used.at.0 < *before);
            forget_older(transaction, &all(ns), UnixMs(*before))
        }
        Step::ForgetOf(whom, ns) => {
            forget(model, &all(ns), |used| used.lead == lead(*whom));
            forget_of(transaction, lead(*whom), all(ns).into_iter())
        }
        Step::ForgetAllOf(whom) => {
            let prints: Vec<i64> = model.keys().copied().collect();
            forget(model, &prints, |used| used.lead == lead(*whom));
            forget_all_of(transaction, lead(*whom))
        }
        Step::MergeAll => merge_all(transaction),
    });
    done.unwrap();
}

fn rows(connection: &Connection, table: &str) -> usize {
    let sql = format!("SELECT count(*) FROM fold.{table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

fn opened() -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("konektor.db"));
    files.prepare().unwrap();
    let connection = files.open_folder().unwrap();
    (directory, connection)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// What is found is what was entered last. If that is forgotten, an older use may come to light, but none that is forgotten.
    #[test]
    fn finds_the_newest_use_through_all_merges(steps in steps()) {
        let (_directory, mut connection) = opened();
        let mut model = Model::new();
        for (now, step) in (1..).zip(&steps) {
            do_step(&mut connection, &mut model, step, now);
        }
        let mut index = Index::open(&connection).unwrap();
        let seen = seen(&connection).unwrap();
        for n in 0..130 {
            let found = index.find(print(n)).unwrap();
            let uses = model.get(&print(n)).map_or(&[][..], Vec::as_slice);
            match uses.last() {
                Some((newest, true)) => prop_assert_eq!(found, Some(*newest)),
                _ => prop_assert!(found.is_none_or(|found| uses.contains(&(found, true)))),
            }
            prop_assert!(found.is_none() || seen.may_have(print(n)));
        }
    }
}

#[test]
fn runs_are_merged_level_by_level_and_stay_few() {
    let (_directory, mut connection) = opened();
    let mut most = 0;
    for n in 0..2_000_u64 {
        let entered = in_fold(&mut connection, |transaction| {
            enter_as(SMALL, transaction, &BTreeMap::from([(print(n), used(n, 1))]))?;
            SMALL.keep_up(transaction, 1)
        });
        entered.unwrap();
        most = most.max(rows(&connection, "click_id_runs"));
    }
    let young = rows(&connection, "young_click_ids") + blocks::count(&connection).unwrap();
    assert_eq!(young + rows(&connection, "click_ids"), 2_000, "each once");
    assert!(rows(&connection, "click_id_blocks") > 1, "merged runs are blocks");
    // Of each of two levels those that fill up, as many that are merged, and one that is being made.
    assert!(most <= 2 * (2 * SMALL.runs_of_merge + 1), "{most} runs");
    let two_merges = 2 * SMALL.entries_of_run * SMALL.runs_of_merge.pow(2);
    assert!(young <= 2 * two_merges, "{young} have not come into the table");
    let mut index = Index::open(&connection).unwrap();
    for n in 0..2_000 {
        assert_eq!(index.find(print(n)).unwrap(), Some(used(n, 1)));
    }
    drop(index);
    in_fold(&mut connection, merge_all).unwrap();
    assert_eq!(rows(&connection, "click_ids"), 2_000);
    for table in ["young_click_ids", "click_id_blocks", "click_id_runs", "click_id_merges"] {
        assert_eq!(rows(&connection, table), 0, "{table}");
    }
}

mod migrations {
    refinery::embed_migrations!("src/migrations/sqlite_fold");
}

/// Up to then merged runs were rows too.
const ROWS_IN_ALL_RUNS: i32 = 7;

#[test]
fn runs_that_were_merged_before_there_were_blocks_are_in_the_table() {
    let directory = tempfile::tempdir().unwrap();
    let files = Files::beside(&directory.path().join("konektor.db"));
    let mut fold = Connection::open(&files.fold).unwrap();
    fold.execute_batch("PRAGMA application_id = 0x4B4F4E4B").unwrap();
    let target = refinery::Target::Version(ROWS_IN_ALL_RUNS);
    migrations::migrations::runner()
        .set_target(target)
        .run(&mut fold)
        .unwrap();
    // Run, level, since, whether it is being merged, and the fingerprints that are in it, used at the time of the run's number.
    for (run, level, since, is_merging, prints) in [
        (1_i64, 2_i64, 8_i64, 0, [1_u64, 2, 3]),
        (2, 1, 11, 0, [2, 4, 5]), // what has been made of 3 and others so far
        (3, 0, 9, 1, [6, 7, 8]),
        (4, 0, 10, 0, [1, 7, 9]),
        (5, 1, 7, 0, [2, 3, 4]),
    ] {
        fold.execute(
            "INSERT INTO click_id_runs VALUES (?1, ?2, ?3, 3, ?4)",
            (run, level, since, is_merging),
        )
        .unwrap();
        for n in prints {
            let (upper, lowest) = (print(n) as u64 >> 10, print(n) & 1_023);
            fold.execute(
                "INSERT INTO young_click_ids VALUES (?1, ?2, ?3, ?4, ?5)",
                ((run << 54) + upper as i64, lowest, lead(n).packed(), run * 7, run),
            )
            .unwrap();
        }
    }
    fold.execute_batch(
        "INSERT INTO click_id_merges VALUES (0, 2, 4, 1);
         INSERT INTO click_ids SELECT place << 10 | lowest, 1, 1, 1 FROM young_click_ids WHERE place >> 54 = 1",
    )
    .unwrap();
    drop(fold);
    files.prepare().unwrap();
    let mut connection = files.open_folder().unwrap();
    // Each by the newest run that has it: a lower level's, and of one level the one that was begun last.
    let newest = [(1, 4), (2, 2), (3, 5), (4, 2), (5, 2), (6, 3), (7, 4), (8, 3), (9, 4)];
    let check = |connection: &Connection| {
        let mut index = Index::open(connection).unwrap();
        for (n, run) in newest {
            assert_eq!(index.find(print(n)).unwrap(), Some(used(n, run)), "{n}");
        }
    };
    check(&connection);
    assert_eq!(rows(&connection, "click_id_runs"), 2);
    in_fold(&mut connection, |transaction| SMALL.keep_up(transaction, 100)).unwrap();
    check(&connection);
    in_fold(&mut connection, merge_all).unwrap();
    check(&connection);
}

#[test]
fn an_entry_is_where_its_fingerprint_says() {
    for run in [1, 510] {
        let run = Run {
            number: run,
            level: 0,
            entries: 0,
            is_merging: false,
            block_bits: None,
        };
        for print in [0, 1, 1_023, 1_024, -1, i64::MIN, i64::MAX, 0x1234_5678_9ABC_DEF0] {
            let place = run.place(print);
            assert_eq!(place.print(), print);
            assert!((run.key(0)..run.key(1 << runs::PRINT_BITS)).contains(&place.place));
        }
    }
}
