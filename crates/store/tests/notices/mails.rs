//! Digests, and the e-mails that carry them.

use crate::{
    common::databases::Opens,
    shop::{LEASE_MS, NOW, Shop, digest},
};
use konektor_core::{
    digest::{Frequency, Plan},
    ids::UserId,
    reminder::Plan as ReminderPlan,
    schedule::Weekday,
    time::Day,
};
use konektor_store::{Store, model::*};

pub async fn a_digest_is_made_once_and_sent_to_who_wants_it<S: Store>(database: &dyn Opens<S>) {
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

pub async fn an_e_mail_is_tried_again_and_settled_once<S: Store>(database: &dyn Opens<S>) {
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
