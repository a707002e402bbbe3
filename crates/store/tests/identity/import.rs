//! Leads from a file.

use crate::shop::Shop;
use konektor_core::{
    ids::{LeadId, VisitorNumber},
    lead::NameSource,
};
use konektor_store::{Store, model::*};

impl<S: Store> Shop<S> {
    pub async fn an_import_says_beforehand_what_it_does(&mut self) {
        let lead = self.visitor("").await;
        let row = |phone: &str, name: &str| ImportRow {
            patch: LeadPatch {
                name: Some(Some((name.to_owned(), NameSource::Manual))),
                phone: Some(Some(phone.to_owned())),
                ..LeadPatch::default()
            },
            ..ImportRow::default()
        };
        let mut rows = vec![
            row("6281500000001", "Satu"),
            row("6281500000001", "Satu"),
            row("6281500000002", "Dua"),
            ImportRow {
                code: Some(lead),
                ..row("6281500000002", "Dua")
            },
            ImportRow {
                code: Some(LeadId {
                    workspace: self.workspace,
                    number: VisitorNumber(30_000_000_000),
                }),
                ..row("6281500000003", "Empat")
            },
        ];
        rows.extend((0..60).map(|n| row(&format!("6281600000{n:03}"), "Banyak")));
        let mut actions = Vec::new();
        for dry_run in [true, false, true, false] {
            let before = self.listed(LeadFilter::default()).await.len();
            let by = "import:user:1".to_owned();
            let imported = self
                .store
                .import_leads(self.workspace, rows.clone(), dry_run, by, self.now)
                .await;
            let imported: Vec<_> = imported.unwrap().into_iter().map(|row| row.action).collect();
            actions.push(imported);
            assert!(!dry_run || self.listed(LeadFilter::default()).await.len() == before);
        }
        use ImportAction::{Create, Merge, NoSuchLead, Unchanged};
        assert_eq!(actions[0][..5], [Create, Unchanged, Create, Merge, NoSuchLead]);
        assert_eq!(actions[0], actions[1]);
        assert_eq!(actions[2], actions[3]);
        assert!(
            actions[3].iter().all(|action| matches!(action, Unchanged | NoSuchLead)),
            "{actions:?}"
        );
    }
}
