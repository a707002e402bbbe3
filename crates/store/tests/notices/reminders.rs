//! Leads that nobody answers: reminded of, told of, handed over.

use crate::{
    common::databases::Opens,
    shop::{MINUTE_MS, NOW, Shop, digest},
};
use konektor_core::{
    flood::FloodLimits,
    ids::{AgentId, LeadId, VisitorNumber},
    lead::Status,
    reminder::Step,
    time::Day,
    webhook::{EventKind, EventKinds, of_digest, of_untouched},
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

pub async fn a_lead_is_untouched_until_somebody_touches_it<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database).await;
    let store = &shop.store;
    let leads = shop.visitors(8).await;
    let untouched = shop.untouched().await;
    assert_eq!(untouched.iter().map(|u| u.lead).collect::<Vec<_>>(), leads);
    assert_eq!((untouched[0].agent, untouched[0].since), (Some(shop.agents[0]), NOW));
    assert_eq!(
        store.untouched(shop.id, NOW.plus_ms(4)).await.unwrap().len(),
        4,
        "not those of before"
    );

    let later = NOW.plus_ms(MINUTE_MS);
    let patch = async |lead: LeadId, by: &str, patch: LeadPatch| {
        store
            .update_lead(lead, patch, by.to_owned(), later)
            .await
            .unwrap()
            .unwrap();
    };
    let note = || LeadPatch {
        notes: Some(Some("called".to_owned())),
        ..LeadPatch::default()
    };
    patch(leads[0], "user:1", note()).await;
    patch(leads[1], "form:1", note()).await;
    let status = LeadPatch {
        status: Some(Status::Contacted),
        ..LeadPatch::default()
    };
    patch(leads[2], "import:user:1", status).await;
    let arrived = LeadPatch {
        arrived: Some(true),
        ..LeadPatch::default()
    };
    patch(leads[3], "whatsapp", arrived).await;
    let moved = LeadPatch {
        agent: Some(shop.agents[2]),
        ..LeadPatch::default()
    };
    patch(leads[4], "user:1", moved).await;
    store.remove_lead(leads[5], "user:1".to_owned(), later).await.unwrap();
    store
        .merge_leads(leads[7], leads[6], "user:1".to_owned(), later)
        .await
        .unwrap();
    let said = Submission {
        lead: Addressed::Visitor(leads[6]),
        fields: vec![("Ukuran".to_owned(), "XL".to_owned())],
        by: "form:1".to_owned(),
        ..Submission::default()
    };
    store.submit(shop.id, said, NOW.plus_ms(2 * MINUTE_MS)).await.unwrap();
    let left: Vec<_> = shop
        .untouched()
        .await
        .iter()
        .map(|u| (u.lead, u.agent, u.since))
        .collect();
    let wanted = [
        (leads[1], Some(shop.agents[1]), NOW.plus_ms(1)),
        (leads[4], Some(shop.agents[2]), later),
        (leads[6], Some(shop.agents[0]), NOW.plus_ms(2 * MINUTE_MS)),
    ];
    assert_eq!(
        left, wanted,
        "a form is no answer, and who gets a lead has the whole time for it"
    );
    store.close().await.unwrap();
}

pub async fn each_step_is_taken_once_and_told_once<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database).await;
    let store = &shop.store;
    let url = WebhookFields {
        url: "https://crm.example/hook".to_owned(),
        events: EventKinds::all(),
        active: true,
        secret: vec![1],
        previous: None,
    };
    let webhook = store
        .add_webhook(shop.id, konektor_core::ids::WebhookId(77), url, NOW)
        .await
        .unwrap();
    let (ayu, mute) = (shop.agents[0], shop.agents[1]);
    shop.user("ayu@toko.id", Role::Agent, Some(ayu)).await;
    let muted = shop.user("budi@toko.id", Role::Agent, Some(mute)).await;
    store
        .set_mail_off(shop.id, muted, MailKind::Reminder, true)
        .await
        .unwrap();
    let leads = shop.visitors(4).await;
    let reminder = |n: usize, agent: AgentId| NewReminder {
        lead: leads[n],
        agent,
        since: NOW,
        by_mail: true,
    };
    let later = NOW.plus_ms(MINUTE_MS);
    let new = vec![reminder(0, ayu), reminder(3, ayu), reminder(1, mute)];
    let made = store.remind(new.clone(), later).await.unwrap();
    assert_eq!(made.len(), 3);
    assert!(store.remind(new, later.plus_ms(1)).await.unwrap().is_empty(), "once");
    let untouched = shop.untouched().await;
    let reminded: Vec<_> = untouched.iter().map(|u| u.reminded).collect();
    assert_eq!(reminded, [true, true, false, true]);
    // Two leads are one e-mail; who wants none gets none.
    assert_eq!(shop.mails().await, [("ayu@toko.id".to_owned(), MailState::Pending)]);
    let of_ayu = store.reminders_of(shop.id, ayu, later).await.unwrap();
    assert_eq!(of_ayu.iter().map(|r| r.lead).collect::<Vec<_>>(), [leads[0], leads[3]]);
    let [mail] = store.claim_mails(later, later, 10).await.unwrap().try_into().unwrap();
    assert_eq!((mail.kind, mail.subject, mail.at), (MailKind::Reminder, ayu.0, later));

    // What webhooks are told of it is found by what is in the outbox.
    store.add_digest(digest(shop.id, 20_260_816)).await.unwrap();
    let untold = store.untold(10).await.unwrap();
    let routing = store.routing().await.unwrap();
    let mut messages = Vec::new();
    for reminder in &untold.reminders {
        messages.extend(of_untouched(&routing, reminder.id, reminder.lead, reminder.at));
    }
    for digest in &untold.digests {
        messages.extend(of_digest(&routing, digest.id, digest.workspace, digest.at));
    }
    for _ in 0..2 {
        store.add_messages(messages.clone()).await.unwrap();
    }
    store.set_told(untold).await.unwrap();
    assert!(store.untold(10).await.unwrap().reminders.is_empty());
    let claim = store.claim_messages(webhook.id, later, later, 10).await.unwrap();
    assert_eq!(claim.messages.len(), 4, "each once");
    let subjects: Vec<_> = claim.messages.iter().map(|message| message.subject).collect();
    let data = store.message_data(subjects.clone()).await.unwrap();
    for (subject, data) in subjects.iter().zip(data) {
        match (subject.kind, data.expect("it is there")) {
            (EventKind::Digest, MessageData::Digest(digest)) => assert_eq!(digest.last, Day(20_260_816)),
            (EventKind::LeadUntouched, MessageData::Untouched(untouched)) => {
                assert_eq!(Some(untouched.lead.id), subject.lead);
                assert_eq!((untouched.reminder.step, untouched.reminder.at), (Step::Remind, later));
            }
            other => panic!("{other:?}"),
        }
    }
    // An erased lead leaves nothing of it.
    store.erase(vec![leads[3]], later).await.unwrap();
    assert_eq!(store.reminders_of(shop.id, ayu, later).await.unwrap().len(), 1);
    store.close().await.unwrap();
}

pub async fn a_lead_is_handed_over_by_a_turn_and_once<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database).await;
    let store = &shop.store;
    shop.user("budi@toko.id", Role::Agent, Some(shop.agents[1])).await;
    let leads = shop.visitors(3).await;
    let (ayu, budi) = (shop.agents[0], shop.agents[1]);
    let later = NOW.plus_ms(45 * MINUTE_MS);
    let over = |lead: LeadId, agent: AgentId| NewHandOver {
        lead,
        agent: Some(agent),
        rotator: shop.rotator,
        since: NOW,
        minutes: 45,
        by_mail: true,
    };
    let hand_over = async |leads: Vec<NewHandOver>| {
        let routing = Arc::new(store.routing().await.unwrap());
        let memory = store.memory(FloodLimits::default()).await.unwrap();
        store.hand_over(routing, memory, leads, later).await.unwrap().1
    };
    let missing = LeadId {
        workspace: shop.id,
        number: VisitorNumber(999_999),
    };
    // The second is another's by now, the third is not there, the fourth is answered.
    let contacted = LeadPatch {
        status: Some(Status::Contacted),
        ..LeadPatch::default()
    };
    store
        .update_lead(leads[2], contacted, "user:1".to_owned(), NOW)
        .await
        .unwrap();
    let wanted = vec![
        over(leads[0], ayu),
        over(leads[1], ayu),
        over(missing, ayu),
        over(leads[2], shop.agents[2]),
    ];
    let done = hand_over(wanted.clone()).await;
    let done: Vec<_> = done.iter().map(|r| (r.lead, r.step, r.agent, r.to)).collect();
    assert_eq!(done, [(leads[0], Step::HandOver, Some(ayu), Some(budi))]);
    let lead = store.find_lead(leads[0]).await.unwrap().unwrap();
    assert_eq!((lead.agent, lead.pinned), (Some(budi), false));
    assert!(hand_over(wanted).await.is_empty(), "never twice");
    assert!(
        hand_over(vec![over(leads[0], budi)]).await.is_empty(),
        "nor by another road"
    );

    let timeline = store.timeline(leads[0], None, 10).await.unwrap();
    let change = timeline.iter().find_map(|item| match item {
        TimelineItem::Change {
            field, old, new, by, ..
        } => Some((field.as_str(), old.clone(), new.clone(), by.as_str())),
        _ => None,
    });
    let (old, new) = (Some(ayu.to_string()), Some(budi.to_string()));
    assert_eq!(change, Some(("agent_id", old, new, "reminder:45")));
    assert_eq!(shop.mails().await, [("budi@toko.id".to_owned(), MailState::Pending)]);
    let untouched = shop.untouched().await;
    assert!(untouched[0].handed_over && untouched[0].since == later);

    // It was a turn: in the ledger, and in the credits.
    let range = ReportRange {
        from: Day(20_260_817),
        to: Day(20_260_817),
        rotator: None,
    };
    let mut ledger = store.ledger(shop.id, range).await.unwrap();
    ledger.sort_by_key(|line| line.agent);
    let given: Vec<_> = ledger.iter().map(|line| line.given).collect();
    assert_eq!(given, [1, 2, 1]);
    assert!(store.rotation(shop.rotator).await.unwrap().credit(budi) < 0.0);
    store.close().await.unwrap();
}
