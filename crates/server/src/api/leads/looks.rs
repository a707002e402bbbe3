//! Leads by what their first click was made with: the browser, and the app around it.
//!
//! No database keeps either: they are read out of the user agent, by rules that get better. So the rows that fit
//! otherwise are read in parts and looked at one by one, as many as a page needs and no more than [`MOST`].

use konektor_core::{
    ids::{LeadId, WorkspaceId},
    user_agent::{self, InApp},
};
use konektor_store::{
    Store, StoreError,
    model::{FoundLeads, Lead, LeadFilter},
};

/// Rows read at once.
const PART: usize = 300;
/// Most rows that are looked at for one page: some 15 ms. A page may then hold fewer than asked for, or none, and go on all the same.
const MOST: usize = 600;

/// What the first click was made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    /// This browser, as the reports name it.
    pub(super) browser: Option<String>,
    /// One whose user agent does not say.
    pub(super) without_browser: bool,
    /// The browser of this app.
    pub(super) in_app: Option<InApp>,
    /// No app's.
    pub(super) without_app: bool,
}

impl Looks {
    /// Whether a lead fits. Who never clicked has browsed with nothing.
    pub(super) fn fit(&self, lead: &Lead) -> bool {
        if *self == Self::default() {
            return true;
        }
        let Some(first) = &lead.first else { return false };
        let parsed = user_agent::parse(&first.facts.ua);
        let browser = parsed.browser_name();
        self.browser.as_deref().is_none_or(|wanted| browser == Some(wanted))
            && (!self.without_browser || browser.is_none())
            && self.in_app.is_none_or(|wanted| parsed.in_app == Some(wanted))
            && (!self.without_app || parsed.in_app.is_none())
    }
}

/// The leads that fit, newest first: up to `limit`, and the last one that was looked at if the list may go on behind it.
pub(super) async fn leads(
    store: &impl Store,
    workspace: WorkspaceId,
    (filter, looks): (LeadFilter, Looks),
    mut before: Option<LeadId>,
    limit: usize,
) -> Result<(Vec<Lead>, Option<LeadId>), StoreError> {
    let part = if looks == Looks::default() { limit + 1 } else { PART };
    let (mut found, mut looked): (Vec<Lead>, _) = (Vec::new(), 0);
    loop {
        let FoundLeads { leads, next } = store.leads(workspace, filter.clone(), before, part).await?;
        // The database has looked for long.
        let is_long = leads.len() < part;
        looked += leads.len();
        for lead in leads {
            if found.len() == limit {
                let last = found.last().map(|lead| lead.id);
                return Ok((found, last));
            }
            if looks.fit(&lead) {
                found.push(lead);
            }
        }
        if next.is_none() || is_long || looked >= MOST {
            return Ok((found, next));
        }
        before = next;
    }
}
