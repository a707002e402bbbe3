//! Webhooks, and the messages that the fold makes for them.

use crate::{
    common::shop::{webhook, workspace},
    shop::{DAY_MS, HOUR_MS, MINUTE_MS, START, Shop},
};
use konektor_core::{
    attribution::Platform,
    event::Hold,
    ids::{AgentId, WebhookId},
    lead::NameSource,
    webhook::{Absence, EventKind, EventKinds},
};
use konektor_store::{Store, model::*};

const HOOK: WebhookId = WebhookId(1 << 52);

pub fn fields(events: impl IntoIterator<Item = EventKind>) -> WebhookFields {
    WebhookFields {
        events: events.into_iter().collect(),
        ..webhook()
    }
}

async fn add<S: Store>(shop: &Shop<'_, S>, id: WebhookId, fields: WebhookFields) -> Webhook {
    let added = shop.store.add_webhook(shop.workspace, id, fields, shop.now).await;
    added.unwrap()
}

/// What a webhook is told, oldest first, with the messages' ids.
async fn told<S: Store>(shop: &Shop<'_, S>, webhook: WebhookId) -> Vec<(EventKind, String)> {
    let all = shop
        .store
        .messages(webhook, MessageFilter::default(), None, 1_000)
        .await;
    let told = all.unwrap().into_iter().rev();
    told.map(|message| (message.kind, message.id.to_string())).collect()
}

async fn kinds<S: Store>(shop: &Shop<'_, S>, webhook: WebhookId) -> Vec<EventKind> {
    told(shop, webhook).await.into_iter().map(|(kind, _)| kind).collect()
}

async fn claim<S: Store>(shop: &Shop<'_, S>, limit: usize) -> MessageClaim {
    let lease = shop.now.plus_ms(MINUTE_MS);
    shop.store.claim_messages(HOOK, shop.now, lease, limit).await.unwrap()
}

async fn settle<S: Store>(shop: &Shop<'_, S>, message: &ClaimedMessage, next: NextMessage) {
    let error = (next != NextMessage::Sent).then(|| "The receiver answered 500.".to_owned());
    let attempt = MessageAttempt {
        at: shop.now,
        status: Some(if error.is_some() { 500 } else { 200 }),
        error,
        duration_ms: 12,
    };
    let settled = SettledMessage {
        row: message.row,
        attempt,
        next,
    };
    shop.store.settle_messages(vec![settled]).await.unwrap();
}

async fn data<S: Store>(shop: &Shop<'_, S>, message: &ClaimedMessage) -> Option<MessageData> {
    let mut data = shop.store.message_data(vec![message.subject]).await.unwrap();
    data.remove(0)
}

pub async fn a_webhook_is_kept_as_it_was_given<S: Store>(mut shop: Shop<'_, S>) {
    let given = WebhookFields {
        active: false,
        secret: (0..=255).collect(),
        ..fields([EventKind::LeadUpdated, EventKind::AgentUnavailable])
    };
    add(&shop, HOOK, given.clone()).await;
    shop.later(1);
    add(&shop, WebhookId(5), fields(EventKind::ALL)).await;
    shop.restart().await;
    let kept = shop.store.webhooks(shop.workspace).await.unwrap();
    let first = Webhook {
        id: HOOK,
        workspace: shop.workspace,
        created_at: START,
        fields: given.clone(),
        failing_since: None,
        disabled_at: None,
    };
    assert_eq!(kept[0], first, "oldest first");
    assert_eq!(kept[1].fields.events, EventKinds::all());
    assert_eq!(shop.store.all_webhooks().await.unwrap(), kept);
    let changed = WebhookFields {
        url: "https://example.com/other".to_owned(),
        previous: Some(PreviousSecret {
            sealed: vec![9],
            until: shop.now,
        }),
        ..given
    };
    let set = shop
        .store
        .set_webhook(shop.workspace, HOOK, changed.clone(), false, shop.now);
    assert_eq!(set.await.unwrap().unwrap().fields, changed);
    assert_eq!(shop.store.webhooks(shop.workspace).await.unwrap()[0].fields, changed);
}

pub async fn a_webhook_belongs_to_its_workspace<S: Store>(shop: Shop<'_, S>) {
    add(&shop, HOOK, fields(EventKind::ALL)).await;
    let other = shop.store.add_workspace(workspace("Other"), shop.now).await.unwrap();
    assert!(shop.store.webhooks(other).await.unwrap().is_empty());
    let set = shop.store.set_webhook(other, HOOK, fields([]), true, shop.now);
    assert_eq!(set.await.unwrap(), None);
    assert!(!shop.store.remove_webhook(other, HOOK, shop.now).await.unwrap());
    assert!(shop.store.remove_webhook(shop.workspace, HOOK, shop.now).await.unwrap());
    assert!(!shop.store.remove_webhook(shop.workspace, HOOK, shop.now).await.unwrap());
    assert!(shop.store.all_webhooks().await.unwrap().is_empty());
}

pub async fn clicks_and_changes_are_told_once_to_who_asks<S: Store>(mut shop: Shop<'_, S>) {
    let before = shop.click("").await;
    shop.fold().await;
    shop.update(before.lead, named("Before")).await;
    shop.later(1);
    add(&shop, HOOK, fields(EventKind::ALL)).await;
    let click = shop.click("utm_source=ig").await;
    shop.again(click.lead, "").await;
    let progress = shop.fold().await;
    assert_eq!(progress.webhooks, [HOOK]);
    let patch = LeadPatch {
        notes: Some(Some("calls back".to_owned())),
        ..named("Budi")
    };
    shop.update(click.lead, patch).await;
    shop.fold().await;
    let wanted = [
        EventKind::LeadCreated,
        EventKind::ClickRecorded,
        EventKind::ClickRecorded,
        EventKind::LeadUpdated,
    ];
    assert_eq!(kinds(&shop, HOOK).await, wanted, "and nothing of before");
    assert_eq!(shop.fold().await.webhooks, [], "once");

    let claimed = claim(&shop, 10).await.messages;
    let Some(MessageData::Created(lead)) = data(&shop, &claimed[0]).await else {
        panic!()
    };
    assert_eq!((lead.id, lead.click_count), (click.lead, 2));
    let Some(MessageData::Click(told)) = data(&shop, &claimed[1]).await else {
        panic!()
    };
    assert_eq!(*told, click);
    let Some(MessageData::Updated(lead, edits)) = data(&shop, &claimed[3]).await else {
        panic!()
    };
    assert_eq!(lead.name, Some(("Budi".to_owned(), NameSource::Manual)));
    let edits: Vec<_> = edits.iter().map(|edit| (&*edit.field, edit.new.as_deref())).collect();
    assert_eq!(edits, [("name", Some("Budi")), ("notes", Some("calls back"))]);

    let removed = shop.store.remove_lead(click.lead, "user:1".to_owned(), shop.now).await;
    assert!(removed.unwrap());
    shop.fold().await;
    assert_eq!(kinds(&shop, HOOK).await.len(), 4, "there is nothing left to show");
    assert!(data(&shop, &claimed[0]).await.is_none());
}

fn named(name: &str) -> LeadPatch {
    LeadPatch {
        name: Some(Some((name.to_owned(), NameSource::Manual))),
        ..LeadPatch::default()
    }
}

pub async fn deliveries_that_fail_are_told_of<S: Store>(mut shop: Shop<'_, S>) {
    let meta = shop.destination(Platform::Meta).await;
    add(&shop, HOOK, fields([EventKind::DeliveryFailed])).await;
    shop.click("fbclid=A").await;
    shop.fold().await;
    let [dropped] = shop.send(meta, Next::Dropped).await[..] else {
        panic!()
    };
    let first = told(&shop, HOOK).await;
    assert_eq!(first.len(), 1);
    let claimed = claim(&shop, 10).await.messages;
    let Some(MessageData::Delivery(delivery)) = data(&shop, &claimed[0]).await else {
        panic!()
    };
    assert_eq!(delivery.id, dropped);

    shop.later(MINUTE_MS);
    let replayed = shop.store.replay_delivery(shop.workspace, dropped, shop.now).await;
    assert_eq!(replayed.unwrap(), Replay::Pending);
    shop.send(meta, Next::Dropped).await;
    let twice = told(&shop, HOOK).await;
    assert_eq!(twice.len(), 2, "it has failed twice");
    assert_ne!(twice[0], twice[1]);

    shop.click("fbclid=B").await;
    shop.fold().await;
    let hold = DestinationHold {
        kind: Hold::Auth,
        code: None,
        reason: "The token has expired.".to_owned(),
        since: shop.now,
    };
    let held = shop.store.hold_destination(meta, hold, "Held.".to_owned());
    held.await.unwrap();
    shop.fold().await;
    shop.fold().await;
    let held = told(&shop, HOOK).await;
    assert_eq!(held.len(), 3, "a hold is told once: {held:?}");
    shop.later(8 * DAY_MS);
    assert_eq!(shop.expire().await, 1);
    assert_eq!(told(&shop, HOOK).await.len(), 4);

    shop.click("fbclid=C").await;
    shop.fold().await;
    assert!(
        shop.store
            .remove_destination(shop.workspace, meta, shop.now)
            .await
            .unwrap()
    );
    shop.fold().await;
    assert_eq!(told(&shop, HOOK).await.len(), 4, "who removes it knows");
}

pub async fn an_agent_who_is_missed_is_told_of<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::AgentUnavailable])).await;
    let agent = shop.store.agents(shop.workspace).await.unwrap().remove(0);
    let idle = shop
        .store
        .add_agent(shop.workspace, agent.fields.clone(), shop.now)
        .await
        .unwrap();
    let off = async |shop: &Shop<'_, S>, id: AgentId, active: bool| {
        let fields = AgentFields {
            active,
            ..agent.fields.clone()
        };
        let set = shop.store.set_agent(shop.workspace, id, fields, shop.now).await;
        assert!(set.unwrap().is_some());
    };
    off(&shop, idle.id, false).await;
    shop.fold().await;
    assert_eq!(told(&shop, HOOK).await, [], "no rotator gives them anybody");
    off(&shop, agent.id, false).await;
    off(&shop, agent.id, false).await;
    let progress = shop.fold().await;
    assert_eq!(progress.webhooks, [HOOK]);
    let claimed = claim(&shop, 10).await.messages;
    assert_eq!(claimed.len(), 1);
    let Some(MessageData::Absence(absent)) = data(&shop, &claimed[0]).await else {
        panic!()
    };
    assert_eq!((absent.agent.id, absent.why), (agent.id, Absence::SwitchedOff));
    assert_eq!((&*absent.rotators[0].slug, absent.rotators[0].available), ("promo", 0));

    off(&shop, agent.id, true).await;
    assert!(
        shop.store
            .remove_agent(shop.workspace, agent.id, shop.now)
            .await
            .unwrap()
    );
    shop.fold().await;
    let claimed = claim(&shop, 10).await.messages;
    let Some(MessageData::Absence(absent)) = data(&shop, &claimed[0]).await else {
        panic!()
    };
    assert_eq!(
        (absent.agent.fields.name.as_str(), absent.why),
        ("Ayu", Absence::Removed)
    );
    shop.later(1);
}

pub async fn a_kill_neither_doubles_a_message_nor_loses_it<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::LeadCreated])).await;
    shop.click("").await;
    shop.kill().await; // before it is folded
    shop.fold().await;
    let first = told(&shop, HOOK).await;
    assert_eq!(first.len(), 1);
    shop.kill().await; // folded, not claimed
    shop.fold().await;
    assert_eq!(claim(&shop, 10).await.messages.len(), 1);
    shop.kill().await; // claimed, not settled
    shop.fold().await;
    assert!(claim(&shop, 10).await.messages.is_empty(), "somebody may be sending it");
    shop.store.release_messages(shop.now).await.unwrap();
    let claimed = claim(&shop, 10).await.messages;
    assert_eq!(claimed[0].id.to_string(), first[0].1, "under the same id");
    settle(&shop, &claimed[0], NextMessage::Sent).await;
    shop.kill().await; // settled
    shop.fold().await;
    shop.later(HOUR_MS);
    shop.store.release_messages(shop.now).await.unwrap();
    assert!(claim(&shop, 10).await.messages.is_empty());
    assert_eq!(told(&shop, HOOK).await, first);
}

pub async fn messages_are_lent_once_until_their_lease_ends<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::ClickRecorded])).await;
    for _ in 0..3 {
        shop.click("").await;
    }
    shop.fold().await;
    let first = claim(&shop, 2).await;
    assert_eq!(first.messages.len(), 2);
    assert!(first.next_due.is_some_and(|due| due <= shop.now), "there is more to do");
    let second = claim(&shop, 2).await;
    assert_eq!(second.messages.len(), 1);
    assert_eq!(second.next_due, Some(shop.now.plus_ms(MINUTE_MS)));
    shop.later(MINUTE_MS);
    assert_eq!(claim(&shop, 10).await.messages.len(), 3);
}

pub async fn an_attempt_is_what_becomes_of_a_message<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::ClickRecorded])).await;
    let click = shop.click("").await;
    shop.fold().await;
    let message = claim(&shop, 1).await.messages.remove(0);
    assert_eq!((message.at, message.tries, &message.payload), (click.at, 0, &None));
    let freeze = async |payload: &str| {
        let payloads = vec![(message.row, payload.to_owned())];
        shop.store.freeze_messages(payloads).await.unwrap();
    };
    freeze("{\"first\":1}").await;
    freeze("{\"second\":1}").await;
    let due = shop.now.plus_ms(5_000);
    settle(&shop, &message, NextMessage::Again(due)).await;
    let shown = shop
        .store
        .find_message(HOOK, message.id.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((shown.state, shown.due), (MessageState::Pending, Some(due)));
    assert_eq!(
        shown.payload.as_deref(),
        Some("{\"first\":1}"),
        "what was said stays said"
    );
    assert_eq!(
        (shown.attempts[0].status, shown.attempts[0].duration_ms),
        (Some(500), 12)
    );
    shop.store.release_messages(shop.now).await.unwrap();
    assert!(claim(&shop, 1).await.messages.is_empty(), "a start does not hurry it");

    shop.later(5_000);
    let again = claim(&shop, 1).await.messages.remove(0);
    assert_eq!((again.tries, again.payload.as_deref()), (1, Some("{\"first\":1}")));
    settle(&shop, &again, NextMessage::Failed).await;
    let failed = MessageFilter {
        state: Some(MessageState::Failed),
        kind: Some(EventKind::ClickRecorded),
    };
    let listed = shop.store.messages(HOOK, failed, None, 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].attempts.len(), listed[0].due), (1, 2, None));

    let replay = async |shop: &Shop<'_, S>| {
        shop.store
            .replay_message(HOOK, message.id.clone(), shop.now)
            .await
            .unwrap()
    };
    assert_eq!(replay(&shop).await, MessageReplay::Pending);
    assert_eq!(replay(&shop).await, MessageReplay::AlreadyPending);
    let replayed = claim(&shop, 1).await.messages.remove(0);
    assert_eq!((replayed.tries, &replayed.id), (0, &message.id), "all attempts anew");
    settle(&shop, &replayed, NextMessage::Sent).await;
    settle(&shop, &replayed, NextMessage::Failed).await;
    let sent = shop
        .store
        .find_message(HOOK, message.id.clone())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (sent.state, sent.attempts.len()),
        (MessageState::Sent, 4),
        "what was sent was sent"
    );
}

pub async fn who_is_switched_off_or_given_up_gets_nothing<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::LeadCreated])).await;
    shop.click("").await;
    shop.fold().await;
    let off = WebhookFields {
        active: false,
        ..fields([EventKind::LeadCreated])
    };
    let set = shop.store.set_webhook(shop.workspace, HOOK, off, false, shop.now);
    set.await.unwrap();
    assert!(!shop.store.routing().await.unwrap().has_webhooks());
    shop.click("").await;
    shop.fold().await;
    assert_eq!(told(&shop, HOOK).await.len(), 1, "nothing is kept for it");
    assert!(claim(&shop, 10).await.messages.is_empty());
    let on = fields([EventKind::LeadCreated]);
    let set = shop.store.set_webhook(shop.workspace, HOOK, on.clone(), true, shop.now);
    set.await.unwrap();
    assert_eq!(claim(&shop, 10).await.messages.len(), 1, "what waited is sent");

    let health = async |shop: &Shop<'_, S>, health| {
        let noted = shop.store.set_webhook_health(HOOK, health, shop.now).await;
        noted.unwrap().unwrap()
    };
    let since = shop.now;
    assert_eq!(health(&shop, WebhookHealth::Failing).await.failing_since, Some(since));
    shop.later(MINUTE_MS);
    assert_eq!(health(&shop, WebhookHealth::Failing).await.failing_since, Some(since));
    assert_eq!(health(&shop, WebhookHealth::Ok).await.failing_since, None);
    let message = "It was given up.".to_owned();
    let disabled = health(&shop, WebhookHealth::Disabled { message }).await;
    assert_eq!(disabled.disabled_at, Some(shop.now));
    assert!(!shop.store.routing().await.unwrap().has_webhooks());
    let alerts = shop.store.alerts(shop.workspace).await.unwrap();
    assert_eq!((&*alerts[0].kind, alerts[0].subject), (WEBHOOK_DISABLED, HOOK.0));
    let set = shop.store.set_webhook(shop.workspace, HOOK, on, true, shop.now);
    let revived = set.await.unwrap().unwrap();
    assert_eq!((revived.disabled_at, revived.failing_since), (None, None));
    assert!(shop.store.alerts(shop.workspace).await.unwrap().is_empty());
}

pub async fn messages_are_forgotten_when_their_time_is_over<S: Store>(mut shop: Shop<'_, S>) {
    add(&shop, HOOK, fields([EventKind::LeadCreated])).await;
    add(&shop, WebhookId(7), fields([EventKind::LeadCreated])).await;
    for _ in 0..2 {
        shop.click("").await;
    }
    shop.fold().await;
    let sent = claim(&shop, 1).await.messages.remove(0);
    settle(&shop, &sent, NextMessage::Sent).await;
    assert_eq!(
        shop.store.forget_messages(shop.now.plus_ms(-HOUR_MS)).await.unwrap(),
        0,
        "none is so old"
    );
    shop.later(1);
    let row = shop
        .store
        .add_test_message(HOOK, sent.id.clone(), "{}".to_owned(), shop.now, shop.now);
    assert!(row.await.is_err(), "an id is given once");
    assert!(
        shop.store
            .remove_webhook(shop.workspace, WebhookId(7), shop.now)
            .await
            .unwrap()
    );
    let forgotten = shop.store.forget_messages(shop.now.plus_ms(-HOUR_MS)).await.unwrap();
    assert_eq!(forgotten, 2, "those of the webhook that was removed");
    let forgotten = shop.store.forget_messages(shop.now).await.unwrap();
    assert_eq!(forgotten, 2, "what was sent, and what has waited so long");
    assert_eq!(told(&shop, HOOK).await, []);
}
