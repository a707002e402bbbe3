//! Form hooks and WhatsApp's connection, asked through the trait.

mod common;

use common::{databases::Opens, shop::workspace};
use konektor_core::{
    form::{Mapping, Refusal, Remark, sample::SampleField},
    ids::{FormId, LeadId, WorkspaceId},
    time::UnixMs,
};
use konektor_store::{Store, model::*};

const NOW: UnixMs = UnixMs(1_786_932_000_000);
const FORM: FormId = FormId(7);

on_each_database! {
    crate::NOW =>
    crate::a_form_learns_from_its_posts_until_somebody_sets_its_mapping as a_form_learns_from_its_posts_until_somebody_sets_its_mapping
    crate::refusals_like_one_another_are_one_row_for_a_minute_and_all_are_counted as refusals_like_one_another_are_one_row_for_a_minute_and_all_are_counted
    crate::only_the_latest_posts_are_kept as only_the_latest_posts_are_kept
    crate::a_removed_form_is_found_no_more_and_keeps_nothing_of_its_posts as a_removed_form_is_found_no_more_and_keeps_nothing_of_its_posts
    crate::a_workspace_has_one_connection_with_whatsapp_and_its_address_stays as a_workspace_has_one_connection_with_whatsapp_and_its_address_stays
}

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
}

async fn shop<S: Store>(database: &dyn Opens<S>) -> Shop<S> {
    let store = database.open().await;
    let workspace = store.add_workspace(workspace("Toko Kopi"), NOW).await.unwrap();
    Shop { store, workspace }
}

fn fields() -> FormFields {
    FormFields {
        name: "Kontak".to_owned(),
        secret: Some(vec![1, 2, 3]),
        mapping: None,
        guessed: true,
        redirect: None,
        active: true,
    }
}

fn mapping(name: &str) -> Mapping {
    Mapping {
        name: Some(name.to_owned()),
        ..Mapping::default()
    }
}

fn learnt(name: &str) -> Option<Learnt> {
    let field = SampleField {
        path: name.to_owned(),
        label: name.to_owned(),
        value: "Budi".to_owned(),
    };
    Some(Learnt {
        sample: vec![field],
        mapping: Some(mapping(name)),
    })
}

fn post(outcome: PostOutcome, ms: i64) -> FormPost {
    FormPost {
        id: 0,
        at: NOW.plus_ms(ms),
        outcome,
        count: 1,
    }
}

impl<S: Store> Shop<S> {
    async fn with_form(database: &dyn Opens<S>) -> Self {
        let shop = shop(database).await;
        let form = shop
            .store
            .add_form(shop.workspace, FORM, "token".to_owned(), fields(), NOW);
        let form = form.await.unwrap();
        assert_eq!(shop.store.forms(shop.workspace).await.unwrap(), [form]);
        shop
    }

    async fn form(&self) -> Form {
        self.store.find_form("token".to_owned()).await.unwrap().unwrap()
    }

    fn lead(&self, number: u64) -> LeadId {
        LeadId {
            workspace: self.workspace,
            number: konektor_core::ids::VisitorNumber(number),
        }
    }
}

async fn a_form_learns_from_its_posts_until_somebody_sets_its_mapping<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::with_form(database).await;
    let done = |ms| {
        let outcome = PostOutcome::Done {
            lead: shop.lead(1),
            remarks: vec![Remark::FilesIgnored, Remark::PhoneUnusable],
        };
        post(outcome, ms)
    };
    shop.store.add_form_post(FORM, done(0), learnt("nama")).await.unwrap();
    let form = shop.form().await;
    assert_eq!(form.fields.mapping, Some(mapping("nama")));
    assert_eq!((form.received, form.refused, form.last_received_at), (1, 0, Some(NOW)));

    let by_hand = FormFields {
        mapping: Some(mapping("a")),
        guessed: false,
        ..form.fields
    };
    shop.store
        .set_form(shop.workspace, FORM, by_hand)
        .await
        .unwrap()
        .unwrap();
    shop.store.add_form_post(FORM, done(1), learnt("b")).await.unwrap();
    let form = shop.form().await;
    assert_eq!(form.fields.mapping, Some(mapping("a")));
    assert_eq!(form.sample.unwrap()[0].path, "b");
    let posts = shop.store.form_posts(FORM, None, 10).await.unwrap();
    assert_eq!(
        posts.iter().map(|post| post.outcome.clone()).collect::<Vec<_>>(),
        [done(1).outcome, done(0).outcome]
    );
    assert_eq!(
        shop.store.form_posts(FORM, Some(posts[0].id), 10).await.unwrap(),
        posts[1..]
    );
}

async fn refusals_like_one_another_are_one_row_for_a_minute_and_all_are_counted<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::with_form(database).await;
    for (reason, ms) in [
        (Refusal::WrongSignature, 0),
        (Refusal::WrongSignature, 59_999),
        (Refusal::WrongSignature, 60_000),
        (Refusal::TooLarge, 60_001),
        (Refusal::WrongSignature, 60_002),
    ] {
        let refused = post(PostOutcome::Refused(reason), ms);
        shop.store.add_form_post(FORM, refused, None).await.unwrap();
    }
    let posts = shop.store.form_posts(FORM, None, 10).await.unwrap();
    let found: Vec<_> = posts.iter().map(|post| (post.outcome.clone(), post.count)).collect();
    let refused = |reason| PostOutcome::Refused(reason);
    let expected = [
        (refused(Refusal::WrongSignature), 1),
        (refused(Refusal::TooLarge), 1),
        (refused(Refusal::WrongSignature), 1),
        (refused(Refusal::WrongSignature), 2),
    ];
    assert_eq!(found, expected);
    assert_eq!((shop.form().await.refused, shop.form().await.received), (5, 0));
}

async fn only_the_latest_posts_are_kept<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::with_form(database).await;
    for n in 0..510 {
        let repeated = post(PostOutcome::Repeated { lead: None }, n);
        shop.store.add_form_post(FORM, repeated, None).await.unwrap();
    }
    let posts = shop.store.form_posts(FORM, None, 1_000).await.unwrap();
    assert_eq!((posts.len(), posts[0].at), (500, NOW.plus_ms(509)));
}

async fn a_removed_form_is_found_no_more_and_keeps_nothing_of_its_posts<S: Store>(database: &dyn Opens<S>) {
    let shop = Shop::with_form(database).await;
    let refused = post(PostOutcome::Refused(Refusal::Empty), 0);
    shop.store.add_form_post(FORM, refused, learnt("a")).await.unwrap();
    assert!(!shop.store.remove_form(WorkspaceId(99), FORM, NOW).await.unwrap());
    assert!(shop.store.remove_form(shop.workspace, FORM, NOW).await.unwrap());
    assert!(!shop.store.remove_form(shop.workspace, FORM, NOW).await.unwrap());
    assert_eq!(shop.store.find_form("token".to_owned()).await.unwrap(), None);
    assert!(shop.store.forms(shop.workspace).await.unwrap().is_empty());
    assert!(shop.store.form_posts(FORM, None, 10).await.unwrap().is_empty());
    assert_eq!(shop.store.set_form(shop.workspace, FORM, fields()).await.unwrap(), None);
}

async fn a_workspace_has_one_connection_with_whatsapp_and_its_address_stays<S: Store>(database: &dyn Opens<S>) {
    let shop = shop(database).await;
    let (store, workspace) = (&shop.store, shop.workspace);
    let fields = |number: &str, secret: u8| WhatsappFields {
        phone_number_id: number.to_owned(),
        app_secret: Some(vec![secret]),
        verify_token: None,
    };
    store
        .set_whatsapp(workspace, "first".to_owned(), fields("1", 1), NOW)
        .await
        .unwrap();
    let came = WhatsappCounts {
        messages: 2,
        statuses: 1,
        others: 0,
        refused: 1,
    };
    store.count_whatsapp(workspace, came, NOW.plus_ms(5)).await.unwrap();
    let changed = store
        .set_whatsapp(workspace, "second".to_owned(), fields("2", 2), NOW)
        .await
        .unwrap();
    assert_eq!((changed.token.as_str(), changed.counts), ("first", came));
    assert_eq!(
        (&changed.fields, changed.last_received_at),
        (&fields("2", 2), Some(NOW.plus_ms(5)))
    );
    assert_eq!(store.find_whatsapp("first".to_owned()).await.unwrap(), Some(changed));
    assert_eq!(store.find_whatsapp("second".to_owned()).await.unwrap(), None);
    assert!(store.remove_whatsapp(workspace).await.unwrap());
    assert_eq!(store.whatsapp(workspace).await.unwrap(), None);
}
