//! What a workspace is told without asking, asked through the trait.

mod common;

use common::{databases::Opens, visit};
use konektor_core::{
    digest::{Frequency, Plan, Slot},
    flood::FloodLimits,
    identity::continuity::Fingerprints,
    ids::{AgentId, LeadId, RotatorId, UserId, VisitorNumber, WorkspaceId},
    lead::Status,
    reminder::{Plan as ReminderPlan, Step, Untouched},
    routing::{Mode, Share},
    schedule::Weekday,
    time::{Day, UnixMs},
    webhook::{EventKind, EventKinds, of_digest, of_untouched},
};
use konektor_store::{Store, model::*};
use std::sync::Arc;

const NOW: UnixMs = UnixMs(1_786_932_000_000);
const MINUTE_MS: i64 = 60_000;
const LEASE_MS: i64 = 120_000;

on_each_database! {
    crate::NOW =>
    crate::a_digest_is_made_once_and_sent_to_who_wants_it as a_digest_is_made_once_and_sent_to_who_wants_it
    crate::an_e_mail_is_tried_again_and_settled_once as an_e_mail_is_tried_again_and_settled_once
    crate::a_lead_is_untouched_until_somebody_touches_it as a_lead_is_untouched_until_somebody_touches_it
    crate::each_step_is_taken_once_and_told_once as each_step_is_taken_once_and_told_once
    crate::a_lead_is_handed_over_by_a_turn_and_once as a_lead_is_handed_over_by_a_turn_and_once
}

struct Shop<S> {
    store: S,
    id: WorkspaceId,
    agents: Vec<AgentId>,
    rotator: RotatorId,
}

fn agent(name: &str) -> AgentFields {
    AgentFields {
        name: name.to_owned(),
        phone: "6281200000001".to_owned(),
        active: true,
        paused_until: None,
        hours: None,
        time_zone: None,
        daily_cap: None,
    }
}

impl<S: Store> Shop<S> {
    async fn open(database: &dyn Opens<S>) -> Self {
        let store = database.open().await;
        let new = NewWorkspace {
            name: "Toko".to_owned(),
            country: "ID".to_owned(),
            time_zone: "Asia/Jakarta".to_owned(),
            code_key: [7; 16],
        };
        let id = store.add_workspace(new, NOW).await.unwrap();
        let mut agents = Vec::new();
        for name in ["Ayu", "Budi", "Citra"] {
            agents.push(store.add_agent(id, agent(name), NOW).await.unwrap().id);
        }
        let rotator = RotatorFields {
            slug: "promo".to_owned(),
            name: "Promo".to_owned(),
            mode: Mode::Redirect,
            message: "Hi [{code}]".to_owned(),
            target: "wa.me".to_owned(),
            fallback: None,
            page: None,
            agents: agents.iter().map(|&agent| Share { agent, weight: 1 }).collect(),
            learning: None,
        };
        let rotator = store.add_rotator(id, rotator, NOW).await.unwrap().id;
        Self {
            store,
            id,
            agents,
            rotator,
        }
    }

    async fn user(&self, email: &str, role: Role, agent: Option<AgentId>) -> UserId {
        let new = NewUser {
            workspace: self.id,
            email: email.to_owned(),
            password_hash: "x".to_owned(),
            role,
        };
        let user = self.store.add_user(new, NOW).await.unwrap();
        if agent.is_some() {
            self.store.set_member(self.id, user, role, agent).await.unwrap();
        }
        user
    }

    async fn visitors(&self, count: usize) -> Vec<LeadId> {
        let routing = Arc::new(self.store.routing().await.unwrap());
        let prints = Fingerprints::new(self.store.installation().await.unwrap().fingerprint_key);
        let visits = (0..count).map(|n| {
            let query = format!("utm_content={n}");
            visit(
                &prints,
                (self.id, self.rotator),
                NOW.plus_ms(n as i64),
                &query,
                "Chrome",
            )
        });
        let memory = self.store.memory(FloodLimits::default()).await.unwrap();
        let recorded = self
            .store
            .record(routing, memory, visits.collect(), Arc::default())
            .await;
        let (_, decisions) = recorded.unwrap();
        decisions.new_leads.iter().map(|new| new.id).collect()
    }

    async fn untouched(&self) -> Vec<Untouched> {
        let mut untouched = self.store.untouched(self.id, NOW).await.unwrap();
        untouched.reverse();
        untouched
    }

    async fn mails(&self) -> Vec<(String, MailState)> {
        let mails = self.store.mails(self.id, 100).await.unwrap();
        mails.into_iter().rev().map(|mail| (mail.email, mail.state)).collect()
    }
}

fn digest(workspace: WorkspaceId, day: i32) -> NewDigest {
    NewDigest {
        workspace,
        frequency: Frequency::Daily,
        slot: Slot {
            at: NOW,
            first: Day(day),
            last: Day(day),
        },
        by_mail: true,
    }
}

async fn a_digest_is_made_once_and_sent_to_who_wants_it<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database).await;
    let store = &shop.store;
    assert_eq!(store.notice_settings(shop.id).await.unwrap(), None);
    let settings = NoticeSettings {
        digest: Plan {
            frequency: Frequency::Weekly,
            hour: 18,
            weekday: Weekday::Fri,
        },
        digest_since: NOW,
        reminder: ReminderPlan {
            remind_minutes: Some(15),
            hand_over_minutes: None,
            by_mail: true,
        },
        remind_since: NOW.plus_ms(1),
    };
    store.set_notice_settings(shop.id, settings).await.unwrap();
    store.set_notice_settings(shop.id, settings).await.unwrap();
    assert_eq!(store.notice_settings(shop.id).await.unwrap(), Some(settings));
    assert_eq!(store.all_notice_settings().await.unwrap(), [(shop.id, settings)]);

    let owner = shop.user("owner@toko.id", Role::Owner, None).await;
    let admin = shop.user("admin@toko.id", Role::Admin, None).await;
    let muted = shop.user("muted@toko.id", Role::Admin, None).await;
    let cs = shop.user("cs@toko.id", Role::Agent, None).await;
    let _unchosen = shop.user("unchosen@toko.id", Role::Owner, None).await;
    assert!(
        store
            .set_mail_off(shop.id, muted, MailKind::Digest, true)
            .await
            .unwrap()
    );
    assert!(
        !store
            .set_mail_off(shop.id, UserId(999), MailKind::Digest, true)
            .await
            .unwrap()
    );
    let chosen = vec![owner, admin, muted, cs, UserId(999)];
    store.set_digest_recipients(shop.id, chosen).await.unwrap();
    let choices = store.mail_choices(shop.id).await.unwrap();
    let choices: Vec<_> = choices.iter().map(|c| (c.user, c.digest, c.digest_off)).collect();
    let wanted = [
        (owner, true, false),
        (admin, true, false),
        (muted, true, true),
        (cs, true, false),
    ];
    assert_eq!(choices, wanted);

    let id = store.add_digest(digest(shop.id, 20_260_816)).await.unwrap().unwrap();
    assert_eq!(
        store.add_digest(digest(shop.id, 20_260_816)).await.unwrap(),
        None,
        "by nobody again"
    );
    let found = store.find_digest(id).await.unwrap().unwrap();
    assert_eq!((found.workspace, found.last, found.at), (shop.id, Day(20_260_816), NOW));
    let pending = |email: &str| (email.to_owned(), MailState::Pending);
    assert_eq!(shop.mails().await, [pending("owner@toko.id"), pending("admin@toko.id")]);

    // Who turns it off before it is sent gets none; nor does who has left.
    store
        .set_mail_off(shop.id, admin, MailKind::Digest, true)
        .await
        .unwrap();
    let claimed = store.claim_mails(NOW, NOW.plus_ms(LEASE_MS), 10).await.unwrap();
    let to: Vec<_> = claimed
        .iter()
        .map(|mail| (mail.user.email.as_str(), mail.kind, mail.subject))
        .collect();
    assert_eq!(to, [("owner@toko.id", MailKind::Digest, id)]);
    assert_eq!(shop.mails().await[1].1, MailState::Dropped);
    store.add_digest(digest(shop.id, 20_260_817)).await.unwrap().unwrap();
    store.remove_member(shop.id, admin).await.unwrap();
    store.set_digest_recipients(shop.id, vec![]).await.unwrap();
    let claimed = store.claim_mails(NOW, NOW.plus_ms(LEASE_MS), 10).await.unwrap();
    assert!(claimed.is_empty(), "nobody is chosen any more");

    let untold = store.untold(10).await.unwrap();
    assert_eq!(untold.digests.len(), 2);
    let second = Untold {
        digests: untold.digests[1..].to_vec(),
        reminders: Vec::new(),
    };
    store.set_told(second).await.unwrap();
    assert_eq!(store.untold(10).await.unwrap().digests, untold.digests[..1]);
    // Told and sent: forgotten. What waits is not.
    store.forget_notices(NOW.plus_ms(1)).await.unwrap();
    assert!(store.find_digest(id).await.unwrap().is_some());
    assert!(store.find_digest(untold.digests[1].id).await.unwrap().is_none());
    store.close().await.unwrap();
}

async fn an_e_mail_is_tried_again_and_settled_once<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::open(database).await;
    let store = &shop.store;
    let owner = shop.user("owner@toko.id", Role::Owner, None).await;
    store.set_digest_recipients(shop.id, vec![owner]).await.unwrap();
    store.add_digest(digest(shop.id, 20_260_816)).await.unwrap();
    let claim = async |ms: i64| {
        let now = NOW.plus_ms(ms);
        store.claim_mails(now, now.plus_ms(LEASE_MS), 10).await.unwrap()
    };
    let [mail] = claim(0).await.try_into().unwrap();
    assert!(
        claim(LEASE_MS - 1).await.is_empty(),
        "it is another's until the lease ends"
    );
    assert_eq!(claim(LEASE_MS).await[0].id, mail.id);
    let again = NextMail::Again {
        due: NOW.plus_ms(600_000),
        reason: "421 busy\0".to_owned(),
    };
    store.settle_mail(mail.id, again, NOW).await.unwrap();
    assert!(claim(599_999).await.is_empty());
    let [mail] = claim(600_000).await.try_into().unwrap();
    assert_eq!(mail.tries, 1);
    let failed = NextMail::Failed {
        reason: "550 unknown".to_owned(),
    };
    store.settle_mail(mail.id, failed, NOW).await.unwrap();
    let again = NextMail::Again {
        due: NOW,
        reason: "late".to_owned(),
    };
    store.settle_mail(mail.id, again, NOW).await.unwrap();
    let [listed] = store.mails(shop.id, 10).await.unwrap().try_into().unwrap();
    assert_eq!(
        (listed.state, listed.tries, listed.reason.as_deref()),
        (MailState::Failed, 2, Some("550 unknown"))
    );
    store.settle_mail(mail.id, NextMail::Sent, NOW).await.unwrap();
    assert_eq!(shop.mails().await[0].1, MailState::Sent, "one that was taken after all");
    assert!(claim(900_000_000).await.is_empty());
    store.close().await.unwrap();
}

async fn a_lead_is_untouched_until_somebody_touches_it<S: Store>(database: &dyn Opens<S>) {
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

async fn each_step_is_taken_once_and_told_once<S: Store>(database: &dyn Opens<S>) {
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

async fn a_lead_is_handed_over_by_a_turn_and_once<S: Store>(database: &dyn Opens<S>) {
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
