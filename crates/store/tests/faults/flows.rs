//! The flows whose every operation fails once: what the trait can be asked for, as the server asks for it.

use crate::{
    common::shop::{agent, destination, rotator, webhook, workspace},
    world::*,
};
use konektor_core::{
    attribution::Platform,
    event::{DeliveryState, Hold},
    form::{Mapping, Refusal, sample::SampleField},
    ids::{DestinationId, FormId, LeadId, VisitorNumber, WebhookId},
    lead::{NameSource, Status},
    screening::Class,
    time::Day,
    webhook::MessageId,
};
use konektor_store::{
    Access, Hooks, Identity, Privacy, Result, Store, StoreError, WebhookStore, model::*, sqlite::backup,
};
use std::{future::Future, pin::Pin};

pub type Doing<'w> = Pin<Box<dyn Future<Output = Result<()>> + 'w>>;
pub type Step = for<'w> fn(&'w mut World) -> Doing<'w>;

/// What must be there after a step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All of it or nothing, to the last row.
    Whole,
    /// Any part of it: it goes on when it is asked again, and then all is there, to the last row.
    Resumed,
    /// Visitors were sent on all the same, and each of their clicks is there once, in the end.
    Visits,
}

/// Where a flow begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// The shop is open.
    Open,
    /// The shop is closed.
    Closed,
    /// The server was killed: the log holds clicks that nobody has folded.
    Killed,
    /// There is no shop yet.
    Empty,
}

pub struct Flow {
    pub name: &'static str,
    pub kind: Kind,
    pub begin: Begin,
    pub steps: &'static [Step],
}

macro_rules! flows {
    ($($name:literal: $kind:ident from $begin:ident { $(|$w:ident| $body:block)* })*) => {
        pub const FLOWS: &[Flow] = &[$(Flow {
            name: $name,
            kind: Kind::$kind,
            begin: Begin::$begin,
            steps: &[$({
                fn step($w: &mut World) -> Doing<'_> {
                    Box::pin(async move {
                        $body
                        Ok::<(), StoreError>(())
                    })
                }
                step
            }),*],
        }),*];
    };
}

flows! {
    "a new visitor": Visits from Open {
        |w| { w.visit(vec![w.visitor(1, "fbclid=IwNew1&utm_source=ig")]).await?; }
        |w| { w.fold().await?; }
    }
    "a visitor returns by the cookie": Visits from Open {
        |w| { w.visit(vec![w.returning(1, "fbclid=IwOther", w.shop.leads[3])]).await?; }
        |w| { w.fold().await?; }
    }
    "a click ID is known again": Visits from Open {
        |w| { w.visit(vec![w.visitor(-860, "fbclid=IwFirst3&utm_campaign=lebaran")]).await?; }
        |w| { w.fold().await?; }
    }
    "a double tap": Visits from Open {
        |w| { w.visit(vec![w.visitor(1, "utm_source=bio"), w.visitor(1, "utm_source=bio")]).await?; }
        |w| { w.fold().await?; }
    }
    "a cookie of a merged lead": Visits from Open {
        |w| { w.visit(vec![w.returning(1, "", w.shop.leads[2])]).await?; }
        |w| { w.fold().await?; }
    }
    "a batch of twelve": Visits from Open {
        |w| {
            let batch = (0..12).map(|n| match n % 2 {
                0 => w.returning(1, &format!("utm_content={n}"), w.shop.leads[n / 2]),
                _ => w.visitor(1, &format!("fbclid=IwMany{n}")),
            });
            w.visit(batch.collect()).await?;
        }
        |w| { w.visit((0..6).map(|n| w.visitor(2, &format!("gclid=GMany{n}"))).collect()).await?; }
        |w| { w.fold().await?; }
    }
    "visits between two passes of the fold": Visits from Open {
        |w| { w.visit(vec![w.visitor(1, "fbclid=IwA")]).await?; }
        |w| { w.fold().await?; }
        |w| { w.visit(vec![w.visitor(2, "fbclid=IwB")]).await?; }
        |w| { w.visit(vec![w.visitor(3, "fbclid=IwA")]).await?; }
        |w| { w.fold().await?; }
    }
    "visits that were answered without the store": Visits from Open {
        |w| { w.spool(vec![w.visitor(1, "fbclid=IwC"), w.returning(2, "", w.shop.leads[0])]).await?; }
        |w| { w.replay().await?; }
        |w| { w.store().forget_segment(-7_000).await?; }
        |w| { w.fold().await?; }
    }
    "numbers reserved ahead": Resumed from Open {
        |w| {
            let (workspace, numbers) = (w.shop.workspace, 0..100);
            w.store().reserve_numbers(vec![NumberBlock { workspace, numbers }]).await?;
        }
    }
    "the fold after a kill": Whole from Killed {
        |w| { w.open()?; }
        |w| { w.fold().await?; }
    }
    "a status becomes an event": Whole from Open {
        |w| { w.patch(6, 1, LeadPatch { value: Some(Some(500)), currency: Some(Some("IDR".to_owned())), ..status(Status::Won) }).await?; }
        |w| { w.fold().await?; }
    }
    "a lead is edited by hand": Whole from Open {
        |w| {
            w.patch(3, 1, LeadPatch {
                name: Some(Some(("Ibu Tono".to_owned(), NameSource::Manual))),
                phone: Some(Some("6281100000009".to_owned())),
                notes: Some(Some("calls back".to_owned())),
                agent: Some(w.shop.agents[1]),
                arrived: Some(true),
                ..LeadPatch::default()
            }).await?;
        }
        |w| { w.fold().await?; }
    }
    "several leads are edited at once": Whole from Open {
        |w| { w.store().update_leads(w.shop.leads[3..8].to_vec(), status(Status::Contacted), "user:1".to_owned(), at(1)).await?; }
    }
    "a lead is removed": Whole from Open {
        |w| { w.store().remove_lead(w.shop.leads[1], "user:1".to_owned(), at(1)).await?; }
    }
    "a form names its visitor": Whole from Open {
        |w| { w.store().submit(w.shop.workspace, said(Addressed::Visitor(w.shop.leads[6]), "Rina", "6281100000066"), at(1)).await?; }
        |w| { w.fold().await?; }
    }
    "a form makes somebody": Whole from Open {
        |w| {
            let once = Submission { once: Some([5; 32]), ..said(Addressed::Nobody, "Joko", "6281100000077") };
            w.store().submit(w.shop.workspace, once, at(1)).await?;
        }
    }
    "a form makes one of two": Whole from Open {
        |w| { w.store().submit(w.shop.workspace, said(Addressed::Visitor(w.shop.leads[7]), "Tono", "6281100000003"), at(1)).await?; }
        |w| { w.fold().await?; }
    }
    "two leads are merged and taken apart": Whole from Open {
        |w| { w.store().merge_leads(w.shop.leads[6], w.shop.leads[5], "user:1".to_owned(), at(1)).await?; }
        |w| { w.store().unmerge_lead(w.shop.leads[6], "user:1".to_owned(), at(2)).await?; }
    }
    "a merge by a number is taken apart": Whole from Open {
        |w| { w.store().unmerge_lead(w.shop.leads[2], "user:1".to_owned(), at(2)).await?; }
    }
    "an import": Resumed from Open {
        |w| { w.store().import_leads(w.shop.workspace, rows(), false, "import:user:1".to_owned(), at(1)).await?; }
    }
    "an import that is tried out": Whole from Open {
        |w| { w.store().import_leads(w.shop.workspace, rows(), true, "import:user:1".to_owned(), at(1)).await?; }
    }
    "events are claimed and sent": Whole from Open {
        |w| { w.claim(1, 9).await?; }
        |w| { w.settle(1, 2, Next::Sent).await?; }
        |w| { w.claim(2, 9).await?; }
        |w| { w.settle(2, 9, Next::Confirmed).await?; }
    }
    "events are sent again later, and dropped": Whole from Open {
        |w| { w.claim(1, 9).await?; }
        |w| { w.settle(1, 2, Next::Again(at(3))).await?; }
        |w| { w.claim(4, 9).await?; }
        |w| { w.settle(4, 9, Next::Dropped).await?; }
        |w| { w.fold().await?; }
    }
    "a platform says later what counted": Whole from Open {
        |w| {
            for unconfirmed in w.store().unconfirmed(META, at(1), 10).await? {
                let settled = unconfirmed.deliveries.iter().map(|&id| Settled { id, next: Next::Confirmed, code: None, reason: None, request: None });
                w.store().settle_confirmation(unconfirmed.exchange, None, settled.collect(), at(1)).await?;
            }
        }
    }
    "a destination is held and repaired": Whole from Open {
        |w| {
            let hold = DestinationHold { kind: Hold::Auth, code: Some("190".to_owned()), reason: "token expired".to_owned(), since: at(1) };
            w.store().hold_destination(META, hold, "The token has expired.".to_owned()).await?;
        }
        |w| { w.fold().await?; }
        |w| { w.store().set_destination(w.shop.workspace, META, destination(Platform::Meta), true, at(2)).await?; }
        |w| { w.fold().await?; }
    }
    "a destination is added and removed": Whole from Open {
        |w| { w.store().add_destination(w.shop.workspace, DestinationId(77), destination(Platform::Google), at(1)).await?; }
        |w| { w.store().remove_destination(w.shop.workspace, DestinationId(77), at(2)).await?; }
    }
    "a destination goes with what waits for it": Resumed from Open {
        |w| { w.store().remove_destination(w.shop.workspace, META, at(3)).await?; }
        |w| { w.store().expire_deliveries(at(3)).await?; }
    }
    "events expire and are forgotten": Resumed from Open {
        |w| { w.store().expire_deliveries(at(0).plus_ms(60 * DAY_MS)).await?; }
        |w| { while w.store().forget_deliveries(at(0).plus_ms(120 * DAY_MS)).await? > 0 {} }
    }
    "an event that was dropped is sent again": Whole from Open {
        |w| {
            if let Some(dropped) = w.deliveries(DeliveryState::Dropped).await?.first() {
                w.store().replay_delivery(w.shop.workspace, dropped.id, at(1)).await?;
            }
        }
    }
    "what was claimed is let go": Whole from Open {
        |w| { w.store().claim_deliveries(META, at(1), at(90), 10).await?; }
        |w| { w.store().release_claims(at(2)).await?; }
        |w| { w.store().release_messages(at(2)).await?; }
    }
    "messages to a webhook": Whole from Open {
        |w| {
            let claim = w.store().claim_messages(HOOK, at(1), at(2), 3).await?;
            w.store().message_data(claim.messages.iter().map(|message| message.subject).collect()).await?;
        }
        |w| { w.store().freeze_messages(vec![(1, "{}".to_owned()), (2, "{}".to_owned())]).await?; }
        |w| {
            let attempt = |error: Option<&str>| MessageAttempt { at: at(1), status: Some(200), error: error.map(str::to_owned), duration_ms: 7 };
            let settled = vec![
                SettledMessage { row: 1, attempt: attempt(None), next: NextMessage::Sent },
                SettledMessage { row: 2, attempt: attempt(Some("no")), next: NextMessage::Again(at(9)) },
                SettledMessage { row: 3, attempt: attempt(Some("no")), next: NextMessage::Failed },
            ];
            w.store().settle_messages(settled).await?;
        }
    }
    "messages are forgotten": Resumed from Open {
        |w| { while w.store().forget_messages(at(0).plus_ms(120 * DAY_MS)).await? > 0 {} }
    }
    "a webhook is added, fails, is given up and removed": Whole from Open {
        |w| { w.store().add_webhook(w.shop.workspace, WebhookId(5), webhook(), at(1)).await?; }
        |w| { w.store().set_webhook_health(WebhookId(5), WebhookHealth::Failing, at(2)).await?; }
        |w| { w.store().set_webhook_health(WebhookId(5), WebhookHealth::Disabled { message: "It takes nothing.".to_owned() }, at(3)).await?; }
        |w| { w.store().set_webhook(w.shop.workspace, WebhookId(5), webhook(), true, at(4)).await?; }
        |w| { w.store().add_test_message(WebhookId(5), MessageId::of_test(7), "{}".to_owned(), at(5), at(6)).await?; }
        |w| { w.store().remove_webhook(w.shop.workspace, WebhookId(5), at(7)).await?; }
    }
    "an agent comes, is switched off and goes": Whole from Open {
        |w| { w.store().add_agent(w.shop.workspace, agent("Citra", "6281200000003"), at(1)).await?; }
        |w| {
            let off = AgentFields { active: false, ..agent("Ayu", "6281200000001") };
            w.store().set_agent(w.shop.workspace, w.shop.agents[0], off, at(2)).await?;
        }
        |w| { w.fold().await?; }
        |w| { w.store().remove_agent(w.shop.workspace, w.shop.agents[1], at(3)).await?; }
        |w| { w.fold().await?; }
    }
    "a rotator comes, changes and goes": Whole from Open {
        |w| { w.store().add_rotator(w.shop.workspace, rotator("sale", &w.shop.agents), at(1)).await?; }
        |w| { w.store().set_rotator(w.shop.workspace, w.shop.rotator, rotator("promo-2", &w.shop.agents[..1])).await?; }
        |w| { w.store().remove_rotator(w.shop.workspace, w.shop.rotator, at(2)).await?; }
    }
    "a host comes and goes": Whole from Open {
        |w| { w.store().add_host(w.shop.workspace, "wa.toko.example".to_owned(), at(1)).await?; }
        |w| { w.store().remove_host(w.shop.workspace, "wa.toko.example".to_owned()).await?; }
    }
    "a workspace with its owner": Whole from Open {
        |w| { w.store().add_workspace(workspace("Another"), at(1)).await?; }
        |w| {
            let user = NewUser { workspace: konektor_core::ids::WorkspaceId(2), email: "tono@kopi.id".to_owned(), password_hash: "hash".to_owned(), role: Role::Owner };
            w.store().add_user(user, at(2)).await?;
        }
        |w| {
            let mut workspace = w.store().find_workspace(w.shop.workspace).await?.expect("it is there");
            workspace.is_strict = true;
            w.store().set_workspace(workspace).await?;
        }
    }
    "somebody is invited, joins and is removed": Whole from Open {
        |w| {
            let new = NewInvitation { workspace: w.shop.workspace, email: "budi@kopi.id".to_owned(), role: Role::Admin, agent: None, hash: [9; 32], expires_at: at(90) };
            w.store().invite(new, at(1)).await?;
        }
        |w| { w.store().accept_invitation([9; 32], Some("hash".to_owned()), at(2)).await?; }
        |w| { w.store().set_member(w.shop.workspace, konektor_core::ids::UserId(2), Role::Agent, Some(w.shop.agents[0])).await?; }
        |w| { w.store().remove_member(w.shop.workspace, konektor_core::ids::UserId(2)).await?; }
    }
    "somebody signs in and out": Whole from Open {
        |w| { w.store().add_session(session(w.shop.user, 2), at(1)).await?; }
        |w| { w.store().touch_session(w.shop.session, at(2), at(9_000)).await?; }
        |w| { w.store().end_session(w.shop.user, w.shop.session).await?; }
        |w| { w.store().set_password(w.shop.user, "other".to_owned(), None).await?; }
        |w| { w.store().set_language(w.shop.user, Some("id".to_owned())).await?; }
    }
    "an API key comes and is revoked": Whole from Open {
        |w| {
            let key = NewApiKey { workspace: w.shop.workspace, name: "test".to_owned(), hash: [3; 32], scopes: vec!["read".to_owned()], expires_at: None };
            w.store().add_api_key(key, at(1)).await?;
        }
        |w| { w.store().revoke_api_key(w.shop.workspace, 1, at(2)).await?; }
    }
    "a request with an idempotency key": Whole from Open {
        |w| { w.store().begin_keyed(keyed(w), at(1), START).await?; }
        |w| { w.store().end_keyed(keyed(w), Some(b"done".to_vec())).await?; }
        |w| { w.store().add_audit(AuditLine { at: at(1), workspace: w.shop.workspace, who: "user:1".to_owned(), what: "POST /agents".to_owned(), object: "/agents/7".to_owned() }).await?; }
    }
    "a form hook comes, learns and goes": Whole from Open {
        |w| { w.store().add_form(w.shop.workspace, FormId(9), "other".to_owned(), form(), at(1)).await?; }
        |w| {
            let sample = vec![SampleField { path: "nama".to_owned(), label: "nama".to_owned(), value: "Budi".to_owned() }];
            let learnt = Learnt { sample, mapping: Some(Mapping { name: Some("nama".to_owned()), ..Mapping::default() }) };
            let post = FormPost { id: 0, at: at(2), outcome: PostOutcome::Done { lead: w.shop.leads[0], remarks: vec![] }, count: 1 };
            w.store().add_form_post(FormId(9), post, Some(learnt)).await?;
        }
        |w| {
            let post = FormPost { id: 0, at: at(3), outcome: PostOutcome::Refused(Refusal::TooLarge), count: 1 };
            w.store().add_form_post(FormId(9), post, None).await?;
        }
        |w| { w.store().set_form(w.shop.workspace, FormId(9), FormFields { active: false, ..form() }).await?; }
        |w| { w.store().remove_form(w.shop.workspace, FormId(9), at(4)).await?; }
    }
    "WhatsApp is connected, counted and let go": Whole from Open {
        |w| {
            let fields = WhatsappFields { phone_number_id: "1".to_owned(), app_secret: Some(vec![1]), verify_token: None };
            w.store().set_whatsapp(w.shop.workspace, "wa-token".to_owned(), fields, at(1)).await?;
        }
        |w| { w.store().count_whatsapp(w.shop.workspace, WhatsappCounts { messages: 2, statuses: 1, others: 0, refused: 1 }, at(2)).await?; }
        |w| { w.store().remove_whatsapp(w.shop.workspace).await?; }
    }
    "what is not counted is counted": Whole from Open {
        |w| {
            let screened = Screened { workspace: w.shop.workspace, day: Day(20_261_122), rotator: w.shop.rotator, reason: Class::Bot, count: 3 };
            let sample = Sample { workspace: w.shop.workspace, rotator: w.shop.rotator, reason: Class::Bot, at: at(1), request: "GET /wa/promo".to_owned() };
            w.store().add_screened(vec![screened], vec![sample]).await?;
        }
        |w| {
            let count = Count { workspace: w.shop.workspace, day: Day(20_261_122), rotator: w.shop.rotator, metric: VIEWS, key: "shown".into(), n: 2 };
            w.store().add_counts(vec![count]).await?;
        }
    }
    "an alert is raised and ends": Whole from Open {
        |w| {
            let alert = Alert { id: 0, workspace: w.shop.workspace, kind: DESTINATION_SILENT.to_owned(), subject: META.0, message: "quiet".to_owned(), since: at(1) };
            w.store().raise_alert(alert).await?;
        }
        |w| { w.fold().await?; }
        |w| { w.store().end_alert(w.shop.workspace, DESTINATION_SILENT, META.0, at(2)).await?; }
    }
    "a signing key is added": Resumed from Open {
        |w| {
            if w.store().installation().await?.signing_salts.len() < 2 {
                w.store().add_signing_salt([4; 32], at(1)).await?;
            }
        }
    }
    "a person is erased": Resumed from Open {
        |w| { w.store().erase(vec![w.shop.leads[1]], at(1)).await?; }
        |w| { w.store().scrub(vec!["6281100000001".to_owned(), "IwFirst1".to_owned()]).await?; }
    }
    "clicks lose what is old": Resumed from Open {
        |w| { while w.store().forget_of_clicks(Forgotten::ClickIds, at(0)).await? > 0 {} }
        |w| { while w.store().forget_of_clicks(Forgotten::Origin, at(0)).await? > 0 {} }
    }
    "a backup": Resumed from Open {
        |w| {
            // A server makes each into a new directory; one that broke off is removed.
            let into = w.directory.join("copy");
            let _ = std::fs::remove_dir_all(&into);
            std::fs::create_dir(&into).map_err(|error| StoreError::NotWritable { path: into.clone(), reason: error.to_string() })?;
            backup::copy(&w.path(), &into)?;
        }
    }
    "a copy is made ready": Resumed from Closed {
        |w| { backup::make_ready(&w.path(), at(0), None, at(0))?; }
    }
    "a shop closes": Whole from Open {
        |w| { w.visit(vec![]).await?; w.close().await?; }
    }
    "a shop opens": Whole from Closed {
        |w| { w.open()?; }
    }
    "the first start": Resumed from Empty {
        |w| { w.open()?; }
        |w| {
            if !w.store().has_users().await? {
                let owner = NewOwner { workspace: workspace("Toko"), currency: None, email: "rina@kopi.id".to_owned(), password_hash: "hash".to_owned() };
                w.store().set_up(owner, at(1)).await?;
            }
        }
    }
}

fn keyed(world: &World) -> KeyedRequest {
    KeyedRequest {
        workspace: world.shop.workspace,
        key: [1; 32],
        print: [2; 32],
    }
}

fn rows() -> Vec<ImportRow> {
    let row = |phone: &str, name: &str| ImportRow {
        patch: LeadPatch {
            name: Some(Some((name.to_owned(), NameSource::Manual))),
            phone: Some(Some(phone.to_owned())),
            ..LeadPatch::default()
        },
        ..ImportRow::default()
    };
    let nobody = LeadId {
        workspace: konektor_core::ids::WorkspaceId(1),
        number: VisitorNumber(30_000_000_000),
    };
    vec![
        row("6281500000001", "Satu"),
        row("6281100000003", "Tono"),
        ImportRow {
            code: Some(nobody),
            ..row("6281500000003", "Empat")
        },
        row("6281500000002", "Dua"),
    ]
}
