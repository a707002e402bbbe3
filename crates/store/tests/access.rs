//! People who sign in, asked through the trait.

mod common;

use common::{databases::Opens, shop::workspace};
use konektor_core::{
    ids::{UserId, WorkspaceId},
    time::UnixMs,
};
use konektor_store::{
    Store, StoreError,
    model::{MemberChange, NewInvitation, NewOwner, NewSession, NewUser, Role},
};

const NOW: UnixMs = UnixMs(1_786_932_000_000);

on_each_database! {
    crate::NOW =>
    crate::the_first_user_is_the_only_one_that_sets_up as the_first_user_is_the_only_one_that_sets_up
    crate::a_session_ends_by_time_and_with_the_membership_and_its_id_never_comes_back as a_session_ends_by_time_and_with_the_membership_and_its_id_never_comes_back
    crate::an_invitation_is_taken_once_in_time_and_changes_no_password_that_there_is as an_invitation_is_taken_once_in_time_and_changes_no_password_that_there_is
    crate::the_command_line_lets_in_who_is_invited_and_keeps_a_password_that_there_is as the_command_line_lets_in_who_is_invited_and_keeps_a_password_that_there_is
}

struct Shop<S> {
    store: S,
    workspace: WorkspaceId,
    owner: UserId,
}

async fn shop<S: Store>(database: &dyn Opens<S>) -> Shop<S> {
    let store = database.open().await;
    let (owner, workspace) = store.set_up(first_owner(), NOW).await.unwrap().unwrap();
    Shop {
        store,
        workspace,
        owner,
    }
}

fn first_owner() -> NewOwner {
    NewOwner {
        workspace: workspace("Toko Kopi"),
        currency: None,
        email: "rina@kopi.id".to_owned(),
        password_hash: "hash".to_owned(),
    }
}

fn invitation(workspace: WorkspaceId, link: u8) -> NewInvitation {
    NewInvitation {
        workspace,
        email: "budi@kopi.id".to_owned(),
        role: Role::Admin,
        agent: None,
        hash: [link; 32],
        expires_at: NOW.plus_ms(1_000),
    }
}

fn session(user: UserId, token: u8) -> NewSession {
    NewSession {
        hash: [token; 32],
        user,
        workspace: None,
        expires_at: NOW.plus_ms(1_000),
        user_agent: "Chrome".to_owned(),
        address: "203.0.113.7".to_owned(),
    }
}

async fn the_first_user_is_the_only_one_that_sets_up<S: Store>(database: &dyn Opens<S>) {
    let shop = shop(database).await;
    assert!(shop.store.has_users().await.unwrap());
    assert!(shop.store.set_up(first_owner(), NOW).await.unwrap().is_none());
    assert_eq!(shop.store.workspaces().await.unwrap().len(), 1);
    let members = shop.store.members(shop.workspace).await.unwrap();
    assert_eq!((members.len(), members[0].role), (1, Role::Owner));
}

async fn a_session_ends_by_time_and_with_the_membership_and_its_id_never_comes_back<S: Store>(database: &dyn Opens<S>) {
    let shop = shop(database).await;
    let (store, workspace, owner) = (&shop.store, shop.workspace, shop.owner);
    let first = store.add_session(session(owner, 1), NOW).await.unwrap().unwrap();
    assert!(store.find_session([1; 32], NOW.plus_ms(999)).await.unwrap().is_some());
    assert!(store.find_session([1; 32], NOW.plus_ms(1_000)).await.unwrap().is_none());
    assert!(store.find_session([2; 32], NOW).await.unwrap().is_none());
    assert!(store.end_session(owner, first).await.unwrap());
    assert!(!store.end_session(owner, first).await.unwrap());
    let second = store.add_session(session(owner, 2), NOW).await.unwrap().unwrap();
    assert!(second > first);

    let budi = store.invite(invitation(workspace, 9), NOW).await.unwrap();
    assert!(
        store.add_session(session(budi, 3), NOW).await.unwrap().is_none(),
        "they have not joined"
    );
    assert!(
        store
            .accept_invitation([9; 32], Some("hash".to_owned()), NOW)
            .await
            .unwrap()
    );
    store.add_session(session(budi, 3), NOW).await.unwrap().unwrap();
    assert!(store.find_session([3; 32], NOW).await.unwrap().is_some());
    assert_eq!(store.remove_member(workspace, budi).await.unwrap(), MemberChange::Done);
    assert!(store.find_session([3; 32], NOW).await.unwrap().is_none());
    assert_eq!(
        store.remove_member(workspace, budi).await.unwrap(),
        MemberChange::Missing
    );
    assert_eq!(
        store.remove_member(workspace, owner).await.unwrap(),
        MemberChange::LastOwner
    );
}

async fn an_invitation_is_taken_once_in_time_and_changes_no_password_that_there_is<S: Store>(database: &dyn Opens<S>) {
    let shop = shop(database).await;
    let (store, workspace) = (&shop.store, shop.workspace);
    let take = async |link: u8, password: Option<&str>, at: UnixMs| {
        let password = password.map(str::to_owned);
        store.accept_invitation([link; 32], password, at).await.unwrap()
    };
    store.invite(invitation(workspace, 1), NOW).await.unwrap();
    store.invite(invitation(workspace, 2), NOW).await.unwrap();
    assert!(!take(1, Some("first"), NOW).await, "the newer link replaced it");
    assert!(!take(2, Some("first"), NOW.plus_ms(1_000)).await, "its time is over");
    assert!(take(2, Some("first"), NOW).await);
    assert!(!take(2, Some("second"), NOW).await);
    let taken = store.invite(invitation(workspace, 3), NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })));
    let other = store.add_workspace(crate::workspace("Lain"), NOW).await.unwrap();
    store.invite(invitation(other, 4), NOW).await.unwrap();
    assert!(!take(4, Some("second"), NOW).await);
    assert!(take(4, None, NOW).await);
    let known = store.credentials("budi@kopi.id".to_owned()).await.unwrap().unwrap();
    assert_eq!(known.password_hash, "first");
    assert_eq!(store.memberships(known.user.id).await.unwrap().len(), 2);
}

async fn the_command_line_lets_in_who_is_invited_and_keeps_a_password_that_there_is<S: Store>(database: &dyn Opens<S>) {
    let shop = shop(database).await;
    let (store, workspace) = (&shop.store, shop.workspace);
    let add = async |password: &str| {
        let new = NewUser {
            workspace,
            email: "budi@kopi.id".to_owned(),
            password_hash: password.to_owned(),
            role: Role::Agent,
        };
        store.add_user(new, NOW).await
    };
    let invited = store.invite(invitation(workspace, 1), NOW).await.unwrap();
    assert_eq!(add("typed").await.unwrap(), invited);
    assert!(matches!(add("again").await, Err(StoreError::Taken { .. })));
    let known = store.credentials("budi@kopi.id".to_owned()).await.unwrap().unwrap();
    assert_eq!(known.password_hash, "typed");
    let members = store.members(workspace).await.unwrap();
    assert_eq!((members[1].role, members[1].joined), (Role::Agent, true));
}
