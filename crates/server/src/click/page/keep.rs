//! What was typed, given to the lead whose visit has just been recorded.
//!
//! The visit is on disk already, and its visitor waits for the redirect: whatever happens here, they get it.

use super::Press;
use crate::click::handler::Arrival;
use konektor_core::{
    ids::LeadId,
    lead::NameSource,
    page::{form::Filled, outcome::FormOutcome},
};
use konektor_store::{
    Identity,
    model::{Addressed, Consented, SaidInFull, Submission, Submitted},
};
use std::time::Duration;

/// The longest that a visitor waits for it. What is not known to be stored by then may be all the same, a moment later.
const WITHIN: Duration = Duration::from_secs(2);

impl Arrival<'_> {
    /// Gives what was typed to `lead`; without one, there was nobody to give it to.
    pub(in crate::click) async fn keep(&self, press: &Press, lead: Option<LeadId>) {
        let Some(filled) = &press.filled else { return };
        let outcome = match lead {
            Some(lead) => self.submit(press, filled, lead).await,
            None => FormOutcome::NotRecorded,
        };
        let counts = &self.path.page_mode.counts;
        counts.form(self.link.rotator, self.now, outcome);
    }

    async fn submit(&self, press: &Press, filled: &Filled, lead: LeadId) -> FormOutcome {
        let rotator = self.link.rotator;
        // Without a token nothing is kept, so there is one.
        let once = press.token.map(|token| token.once(rotator.id, &typed(filled)));
        let submission = Submission {
            lead: Addressed::Visitor(lead),
            name: filled.name.clone(),
            phone: filled.phone.clone(),
            email: filled.email.clone(),
            whatsapp: None,
            fields: filled.fields.clone(),
            consent: filled.consent.clone().map(|wording| Consented { wording }),
            source: NameSource::Form,
            by: format!("page:{}", rotator.id),
            contacted: false,
            reused_code: false,
            once,
            make: false,
            touch: None,
        };
        let stored = self.path.app.store.submit(lead.workspace, submission, self.now);
        match tokio::time::timeout(WITHIN, stored).await {
            Ok(Ok(Submitted::Done { .. } | Submitted::Repeated { .. })) => FormOutcome::Kept,
            Ok(Ok(Submitted::NotFound)) => FormOutcome::NotRecorded,
            Ok(Err(error)) => {
                tracing::error!(%error, "what was typed into a page's form could not be stored");
                FormOutcome::StoreFailed
            }
            Err(_) => {
                tracing::error!("what was typed into a page's form was not stored in time");
                FormOutcome::StoreFailed
            }
        }
    }
}

/// All of it as bytes, to tell one submission from another.
fn typed(filled: &Filled) -> Vec<u8> {
    let Filled {
        name,
        phone,
        email,
        fields,
        consent,
    } = filled;
    // Plain strings can always be written.
    serde_json::to_vec(&(name, phone, email, fields, consent)).unwrap_or_default()
}

/// Whether a form says again what was said before.
pub(super) fn says_the_same(said: &SaidInFull, filled: &Filled) -> bool {
    let consent = said.consent.as_ref().map(|consent| &consent.wording);
    (&said.name, &said.phone, &said.email) == (&filled.name, &filled.phone, &filled.email)
        && said.fields == filled.fields
        && consent == filled.consent.as_ref()
}
