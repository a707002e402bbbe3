//! What one message says of a person: who wrote it, and, by the code in it, which visitor they are.

use crate::{api::leads::arrived::confirm, app::App, hooks::Hooks};
use konektor_core::{
    attribution::{ClickId, Layer, Platform, Touch},
    ids::LeadId,
    lead::{NameSource, clean_name},
    routing::Workspace,
    whatsapp::{Message, Referral, Sender},
};
use konektor_store::{
    Identity, Store, StoreError,
    model::{Addressed, IdentifierKind, Submission, Submitted},
};
use sha2::{Digest, Sha256};

/// Takes a message in; whose lead it was of, if it was of any.
///
/// The first identity that comes with a code has it: it is proved by Meta, and the code was given to one browser. Whoever
/// comes with it later, or passes it on, is somebody else and gets a lead of their own, which is flagged. Without a code a
/// message is about whom WhatsApp or their number knows; strangers make no lead unless an ad brought them.
pub async fn take(hooks: &Hooks, workspace: &Workspace, message: &Message) -> Result<Option<LeadId>, StoreError> {
    let app = &hooks.app;
    let _alone = hooks.binding.lock().await;
    let bound = match message.code() {
        Some(code) => {
            let number = workspace.code_key.number(code);
            let id = workspace.id;
            binding(app, LeadId { workspace: id, number }, &message.sender).await?
        }
        None => Binding::None,
    };
    let has_code = bound != Binding::None;
    let submission = Submission {
        lead: match bound {
            Binding::Free(lead) => Addressed::Visitor(lead),
            Binding::OfAnother | Binding::None => Addressed::Nobody,
        },
        reused_code: bound == Binding::OfAnother,
        name: message.sender.name.as_deref().and_then(|name| clean_name(name).ok()),
        phone: message.sender.phone().map(String::from),
        whatsapp: message.sender.identity().map(str::to_owned),
        source: NameSource::Whatsapp,
        by: "whatsapp".to_owned(),
        contacted: true,
        once: Some(key(workspace, &message.id)),
        make: has_code
            || message
                .referral
                .as_ref()
                .is_some_and(|referral| referral.ctwa_clid.is_some()),
        touch: message.referral.as_ref().and_then(touch),
        fields: message.referral.as_ref().map(ad).unwrap_or_default(),
        ..Submission::default()
    };
    match app.store.submit(workspace.id, submission, app.clock.now()).await? {
        Submitted::Done { lead, .. } => {
            // A lead whose status says nothing of a chat, such as one that was given up, has written after all.
            if let Some(lead) = app.store.find_lead(lead).await? {
                confirm(app, lead, "whatsapp".to_owned()).await?;
            }
            Ok(Some(lead))
        }
        Submitted::Repeated { .. } | Submitted::NotFound => Ok(None),
    }
}

/// Whose a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Binding {
    /// There is no code, or nobody has it.
    None,
    /// A lead that no other identity is bound to.
    Free(LeadId),
    /// A lead of another identity.
    OfAnother,
}

async fn binding(app: &App, lead: LeadId, sender: &Sender) -> Result<Binding, StoreError> {
    // A number that was never given out must not become somebody's by being typed.
    if app.store.find_lead(lead).await?.is_none() {
        return Ok(Binding::None);
    }
    let known = app.store.identifiers(lead).await?;
    let mut ids = known
        .iter()
        .filter(|known| known.kind == IdentifierKind::Whatsapp)
        .peekable();
    // The same person may be known by either: the scoped id came later than the other.
    let is_theirs = |id: &str| {
        [&sender.user_id, &sender.wa_id]
            .into_iter()
            .flatten()
            .any(|own| own == id)
    };
    Ok(match ids.peek().is_none() || ids.any(|id| is_theirs(&id.value)) {
        true => Binding::Free(lead),
        false => Binding::OfAnother,
    })
}

/// The same message again is the same.
fn key(workspace: &Workspace, message_id: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"konektor whatsapp message");
    hash.update(workspace.id.0.to_be_bytes());
    hash.update(message_id);
    hash.finalize().into()
}

/// The ad's click ID as a touch.
fn touch(referral: &Referral) -> Option<Touch> {
    Some(Touch {
        layer: Layer::ClickId,
        platform: Some(Platform::Meta),
        click_ids: vec![ClickId {
            parameter: "ctwa_clid".into(),
            value: referral.ctwa_clid.clone()?,
        }],
        ..Touch::default()
    })
}

/// Which ad it was.
fn ad(referral: &Referral) -> Vec<(String, String)> {
    let parts = [
        ("ad_id", &referral.source_id),
        ("ad_url", &referral.source_url),
        ("ad_headline", &referral.headline),
    ];
    let parts = parts.into_iter();
    parts
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect()
}
