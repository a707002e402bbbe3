//! Adding everything up: what is in the database against what people were told.

use crate::town::Town;
use konektor_core::ids::LeadId;
use konektor_store::{Store, model::*};
use std::collections::BTreeMap;

impl Town {
    pub async fn audit(&mut self, when: &str) {
        self.fold().await;
        self.each_redirect_is_a_click(when);
        self.rotation_is_owed_what_it_gave(when);
        self.projections_are_those_of_the_log(when).await;
    }

    fn each_redirect_is_a_click(&self, when: &str) {
        let database = self.database();
        let mut stored: BTreeMap<LeadId, u64> = BTreeMap::new();
        let mut all = database
            .prepare("SELECT lead_id, count(*) FROM clicks GROUP BY 1")
            .expect("SQL");
        let mut rows = all.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            stored.insert(
                LeadId::from_packed(row.get(0).expect("an id")),
                row.get(1).expect("a number"),
            );
        }
        for visitor in self
            .visitors
            .iter()
            .filter(|visitor| !self.erased.contains(&visitor.lead))
        {
            let clicks = stored.get(&visitor.lead).copied().unwrap_or(0);
            assert_eq!(clicks, visitor.clicks, "{when}: {visitor:?}");
        }
        for lead in stored.keys() {
            assert!(
                !self.erased.contains(lead),
                "{when}: {lead:?} was erased and has clicks"
            );
            assert!(
                self.by_lead.contains_key(lead),
                "{when}: nobody was told that they are {lead:?}"
            );
        }
        for file in ["main", "fold"] {
            let verdict: String = database
                .query_row(&format!("PRAGMA {file}.integrity_check"), [], |row| row.get(0))
                .expect("it can be checked");
            assert_eq!(verdict, "ok", "{when}: {file}");
        }
    }

    fn rotation_is_owed_what_it_gave(&self, when: &str) {
        let database = self.database();
        let mut sums = database
            .prepare("SELECT rotator_id, sum(given), sum(due) FROM turns GROUP BY 1")
            .expect("SQL");
        let sums = sums.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        for sum in sums.expect("rows") {
            let (rotator, given, due): (i64, f64, f64) = sum.expect("numbers");
            assert!(
                (given - due).abs() < 0.01,
                "{when}: {rotator} gave {given} and owed {due}"
            );
        }
        let states = database.prepare("SELECT state FROM rotations").expect("SQL");
        let mut states = states;
        for state in states.query_map([], |row| row.get::<_, String>(0)).expect("rows") {
            let state: serde_json::Value = serde_json::from_str(&state.expect("text")).expect("JSON");
            let credits = state["credits"].as_object().expect("credits");
            let eligible: Vec<_> = state["eligible"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|who| who[0].to_string())
                .collect();
            let turn = state["turn"].as_i64().expect("a number");
            for (agent, credit) in credits.iter().filter(|(agent, _)| eligible.contains(agent)) {
                // One turn ahead, and one for each that was given without asking while the database was away.
                let credit = credit.as_i64().expect("a number") as f64 / turn.max(1) as f64;
                assert!(credit.abs() < 12.0, "{when}: agent {agent} is {credit} turns off");
            }
        }
    }

    /// The fold has everything once: lists, timelines and counters say what the log says.
    async fn projections_are_those_of_the_log(&mut self, when: &str) {
        let sample: Vec<_> = (0..20).map(|_| self.random.below(self.visitors.len())).collect();
        for n in sample {
            let visitor = self.visitors[n].clone();
            let lead = self.store.find_lead(visitor.lead).await.expect("it answers");
            assert_eq!(lead.is_none(), visitor.is_gone, "{when}: {visitor:?}");
            let Some(lead) = lead else { continue };
            let filter = LeadFilter {
                search: Some(LeadSearch {
                    lead: Some(visitor.lead),
                    ..LeadSearch::default()
                }),
                ..LeadFilter::default()
            };
            let listed = self
                .store
                .leads(self.workspace, filter, None, 10)
                .await
                .expect("it answers");
            assert_eq!(
                listed.leads.first().map(|listed| listed.id),
                Some(lead.id),
                "{when}: the list has them"
            );
            if !lead.merged && lead.id == visitor.lead {
                assert!(
                    u64::from(lead.click_count) <= visitor.clicks,
                    "{when}: {visitor:?} {}",
                    lead.click_count
                );
            }
            let timeline = self.store.timeline(visitor.lead, None, 500).await.expect("it answers");
            let clicks = timeline
                .iter()
                .filter(|item| matches!(item, TimelineItem::Click(_)))
                .count();
            assert!(clicks > 0, "{when}: {visitor:?} has no click in the timeline");
        }
        let database = self.database();
        let counted = "SELECT (SELECT coalesce(sum(n), 0) FROM fold.counters WHERE metric = 'clicks')";
        let counted: u64 = database.query_row(counted, [], |row| row.get(0)).expect("a number");
        let logged = "SELECT count(*) FROM clicks WHERE facts ->> '$.dup' IS NOT 1";
        let logged: u64 = database.query_row(logged, [], |row| row.get(0)).expect("a number");
        // Who was erased stays counted, unless it was before that.
        let erased = self.erased_clicks;
        assert!(
            (logged..=logged + erased).contains(&counted),
            "{when}: {counted} clicks are counted, {logged} are there, and {erased} were erased"
        );
    }
}
