//! What an import answers, row by row.

use super::table::{Column, Table};
use konektor_core::routing::Workspace;
use konektor_store::model::{ImportAction, Imported};
use serde::Serialize;
use utoipa::ToSchema;

/// A line of the file on its way.
pub struct Line {
    /// Which.
    pub number: u64,
    /// What became of it.
    pub outcome: Option<Outcome>,
}

/// What became of a line.
pub enum Outcome {
    /// It cannot be used.
    Refused(String),
    /// The store has done it, or would.
    Imported(Imported),
}

/// What became of a file, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    /// Nothing was changed.
    dry_run: bool,
    /// What was made of the headings.
    columns: Vec<ImportColumn>,
    /// Rows that made a lead.
    created: usize,
    /// Rows that changed one.
    updated: usize,
    /// Rows by which leads became one.
    merged: usize,
    /// Rows that changed nothing.
    unchanged: usize,
    /// Rows that cannot be used.
    refused: usize,
    /// In the file's order.
    rows: Vec<ImportedRow>,
}

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportColumn {
    /// As it stands there.
    #[schema(example = "No. HP")]
    heading: String,
    /// What it is taken for; `null` if it is left out.
    #[schema(required, example = "phone")]
    field: Option<&'static str>,
}

/// What became of a row, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedRow {
    /// Its line in the file; the headings are line 1.
    #[schema(example = 2)]
    line: u64,
    /// In a word.
    action: ImportWord,
    /// The lead; `null` of one that is not made yet, and where there is none.
    #[schema(required, example = "34359738368")]
    lead_id: Option<String>,
    /// Its visitor code.
    #[schema(required, example = "7QK3M9D")]
    code: Option<String>,
    /// The fields that changed.
    #[schema(example = json!(["name", "phone"]))]
    changes: Vec<&'static str>,
    /// Why it cannot be used.
    #[schema(required)]
    reason: Option<String>,
}

/// `create`: made a lead. `update`: changed one. `merge`: leads became one, since the row has an identifier of each.
/// `unchanged`: everything was so already. `refuse`: it cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ImportAction)]
pub enum ImportWord {
    /// Made a lead.
    Create,
    /// Changed one.
    Update,
    /// Leads became one.
    Merge,
    /// Nothing to do.
    Unchanged,
    /// Not usable.
    Refuse,
}

impl ImportReport {
    /// Puts the answer together.
    pub fn new(dry_run: bool, table: Table, lines: Vec<Line>, workspace: &Workspace) -> Self {
        let rows: Vec<_> = lines
            .into_iter()
            .map(|line| ImportedRow::new(line, dry_run, workspace))
            .collect();
        let count = |word| rows.iter().filter(|row| row.action == word).count();
        let columns = table.headings.into_iter().zip(table.columns);
        Self {
            dry_run,
            columns: columns
                .map(|(heading, column)| ImportColumn {
                    heading,
                    field: column.map(Column::as_str),
                })
                .collect(),
            created: count(ImportWord::Create),
            updated: count(ImportWord::Update),
            merged: count(ImportWord::Merge),
            unchanged: count(ImportWord::Unchanged),
            refused: count(ImportWord::Refuse),
            rows,
        }
    }
}

impl ImportedRow {
    fn new(line: Line, dry_run: bool, workspace: &Workspace) -> Self {
        let refused = |reason: String| Self {
            line: line.number,
            action: ImportWord::Refuse,
            lead_id: None,
            code: None,
            changes: Vec::new(),
            reason: Some(reason),
        };
        let imported = match line.outcome {
            Some(Outcome::Imported(imported)) => imported,
            Some(Outcome::Refused(reason)) => return refused(reason),
            None => return refused("The import broke off before this row. Send the file again.".to_owned()),
        };
        let action = match imported.action {
            ImportAction::Create => ImportWord::Create,
            ImportAction::Update => ImportWord::Update,
            ImportAction::Merge => ImportWord::Merge,
            ImportAction::Unchanged => ImportWord::Unchanged,
            ImportAction::NoSuchLead => return refused("There is no lead with this code.".to_owned()),
        };
        // A rehearsal gives numbers that somebody else may get meanwhile.
        let is_made_up = dry_run && imported.is_new;
        let lead = imported.lead.filter(|_| !is_made_up);
        Self {
            line: line.number,
            action,
            lead_id: lead.map(|lead| lead.packed().to_string()),
            code: lead.map(|lead| workspace.code_key.code(lead.number).to_string()),
            changes: imported.changes,
            reason: None,
        }
    }
}
