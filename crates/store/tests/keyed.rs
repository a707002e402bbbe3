//! Requests with an idempotency key, asked through the trait.

mod common;

use common::{databases::Opens, shop::workspace};
use konektor_core::{ids::WorkspaceId, time::UnixMs};
use konektor_store::{
    Store,
    model::{KeyedRequest, Repeat},
};

const NOW: UnixMs = UnixMs(1_786_932_000_000);
const NEVER: UnixMs = UnixMs(0);

on_each_database! {
    crate::NOW =>
    crate::a_key_stands_for_one_request_and_its_answer_outlives_the_process as a_key_stands_for_one_request_and_its_answer_outlives_the_process
    crate::what_is_old_is_forgotten_and_an_answer_that_comes_too_late_changes_nothing as what_is_old_is_forgotten_and_an_answer_that_comes_too_late_changes_nothing
}

async fn toko<S: Store>(store: &S) -> WorkspaceId {
    store.add_workspace(workspace("Toko"), NOW).await.unwrap()
}

fn request(workspace: WorkspaceId, key: u8, print: u8) -> KeyedRequest {
    KeyedRequest {
        workspace,
        key: [key; 32],
        print: [print; 32],
    }
}

async fn a_key_stands_for_one_request_and_its_answer_outlives_the_process<S: Store>(database: &dyn Opens<S>) {
    let store = database.open().await;
    let (shop, other) = (toko(&store).await, toko(&store).await);
    let begin = async |store: &S, request| store.begin_keyed(request, NOW, NEVER).await.unwrap();
    let first = request(shop, 1, 1);
    assert_eq!(begin(&store, first).await, Repeat::No);
    assert_eq!(begin(&store, first).await, Repeat::UnderWay);
    assert_eq!(begin(&store, request(shop, 1, 2)).await, Repeat::OfAnother);
    assert_eq!(begin(&store, request(other, 1, 2)).await, Repeat::No);
    assert_eq!(begin(&store, request(shop, 2, 1)).await, Repeat::No);
    store.end_keyed(first, Some(b"done".to_vec())).await.unwrap();
    store.end_keyed(request(shop, 2, 1), None).await.unwrap();
    store.close().await.unwrap();

    let store = database.open().await;
    assert_eq!(begin(&store, first).await, Repeat::Answered(b"done".to_vec()));
    assert_eq!(begin(&store, request(shop, 1, 2)).await, Repeat::OfAnother);
    assert_eq!(
        begin(&store, request(other, 1, 2)).await,
        Repeat::UnderWay,
        "it was cut off"
    );
    assert_eq!(
        begin(&store, request(shop, 2, 9)).await,
        Repeat::No,
        "it left nothing behind"
    );
}

async fn what_is_old_is_forgotten_and_an_answer_that_comes_too_late_changes_nothing<S: Store>(database: &dyn Opens<S>) {
    let store = database.open().await;
    let first = request(toko(&store).await, 1, 1);
    let later = NOW.plus_ms(10);
    let begin = async |request, forget| store.begin_keyed(request, later, forget).await.unwrap();
    store.begin_keyed(first, NOW, NEVER).await.unwrap();
    store.end_keyed(first, Some(b"done".to_vec())).await.unwrap();
    store.end_keyed(first, None).await.unwrap();
    assert_eq!(begin(first, NOW.plus_ms(-1)).await, Repeat::Answered(b"done".to_vec()));
    let second = request(first.workspace, 1, 2);
    assert_eq!(begin(second, NOW).await, Repeat::No);
    store.end_keyed(first, Some(b"late".to_vec())).await.unwrap();
    store.end_keyed(first, None).await.unwrap();
    assert_eq!(begin(second, NOW).await, Repeat::UnderWay);
}
