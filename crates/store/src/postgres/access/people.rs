//! Users in workspaces: the first owner, members, invitations, passwords. Sessions are in `sessions`.

use super::sessions;
use crate::{
    Result, StoreError,
    model::{Credentials, Invitation, Member, MemberChange, Membership, NewInvitation, NewOwner, NewUser, Role, User},
    postgres::{installation, locks, sql, values::taken},
};
use deadpool_postgres::{GenericClient, Transaction};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use tokio_postgres::Row;

pub(super) async fn has_users(client: &impl GenericClient) -> Result<bool> {
    let row = sql::query_one(client, "SELECT EXISTS (SELECT 1 FROM users)", &[]).await?;
    Ok(row.get(0))
}

/// The first owner. Of two who come at once, one is the owner: the other waits for the lock and sees them.
pub(super) async fn set_up(
    transaction: &Transaction<'_>,
    new: &NewOwner,
    now: UnixMs,
) -> Result<Option<(UserId, WorkspaceId)>> {
    locks::wait(transaction, locks::SCHEMA, &[2]).await?;
    if has_users(transaction).await? {
        return Ok(None);
    }
    let known = installation::workspaces(transaction).await?;
    let workspace = match known.as_slice() {
        [only] => only.id,
        _ => installation::add_workspace(transaction, &new.workspace, now).await?,
    };
    installation::set_workspace(transaction, &new.workspace(workspace)).await?;
    let sql = "INSERT INTO users (email, password_hash, created_at) VALUES ($1, $2, $3) RETURNING id";
    let user = sql::query_one(transaction, sql, &[&new.email, &new.password_hash, &now.0]).await?;
    let user = UserId(user.get(0));
    let sql = "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, 'owner')";
    sql::execute(transaction, sql, &[&workspace.0, &user.0]).await?;
    Ok(Some((user, workspace)))
}

pub(super) async fn add_user(transaction: &Transaction<'_>, new: &NewUser, now: UnixMs) -> Result<UserId> {
    // Who was invited and has not answered yet has no password to keep.
    let sql = "INSERT INTO users (email, password_hash, created_at) VALUES ($1, $2, $3)
               ON CONFLICT (email) DO UPDATE SET password_hash =
                   CASE users.password_hash WHEN '' THEN excluded.password_hash ELSE users.password_hash END
               RETURNING id";
    let user = sql::query_one(transaction, sql, &[&new.email, &new.password_hash, &now.0]).await?;
    let user: i64 = user.get(0);
    let sql = "INSERT INTO memberships (workspace_id, user_id, role) VALUES ($1, $2, $3)
               ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, joined = true
               WHERE NOT memberships.joined";
    let added = sql::execute(transaction, sql, &[&new.workspace.0, &user, &new.role.as_str()]).await?;
    if added == 0 {
        return Err(taken(format!("the e-mail address {} in this workspace", new.email)));
    }
    Ok(UserId(user))
}

pub(super) async fn credentials(client: &impl GenericClient, email: &str) -> Result<Option<Credentials>> {
    let sql = "SELECT id, email, language, password_hash FROM users WHERE email = $1";
    Ok(sql::query_opt(client, sql, &[&email])
        .await?
        .as_ref()
        .map(read_credentials))
}

fn read_credentials(row: &Row) -> Credentials {
    Credentials {
        user: read_user(row),
        password_hash: row.get(3),
    }
}

/// Reads the first three columns: id, e-mail address, language.
pub(super) fn read_user(row: &Row) -> User {
    User {
        id: UserId(row.get(0)),
        email: row.get(1),
        language: row.get(2),
    }
}

pub(super) fn read_role(word: &str) -> Result<Role> {
    Role::from_word(word).ok_or_else(|| StoreError::corrupt("memberships.role", word))
}

pub(super) async fn memberships(client: &impl GenericClient, user: UserId) -> Result<Vec<Membership>> {
    let sql = "SELECT w.id, w.name, m.role FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
               WHERE m.user_id = $1 AND m.joined ORDER BY w.id";
    let read = |row: &Row| {
        Ok(Membership {
            workspace: WorkspaceId(row.get(0)),
            name: row.get(1),
            role: read_role(row.get(2))?,
        })
    };
    sql::query(client, sql, &[&user.0]).await?.iter().map(read).collect()
}

pub(super) async fn members(client: &impl GenericClient, workspace: WorkspaceId) -> Result<Vec<Member>> {
    let sql = "SELECT u.id, u.email, u.language, m.role, m.agent_id, m.joined
               FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = $1 ORDER BY u.id";
    let read = |row: &Row| {
        Ok(Member {
            user: read_user(row),
            role: read_role(row.get(3))?,
            agent: row.get::<_, Option<i64>>(4).map(AgentId),
            joined: row.get(5),
        })
    };
    sql::query(client, sql, &[&workspace.0])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Invites somebody, or once more with another link. Who is in already is [`StoreError::Taken`].
pub(super) async fn invite(transaction: &Transaction<'_>, new: &NewInvitation, now: UnixMs) -> Result<UserId> {
    // Without a password of their own nobody can sign in as them.
    let sql = "INSERT INTO users (email, password_hash, created_at) VALUES ($1, '', $2) ON CONFLICT (email) DO NOTHING";
    sql::execute(transaction, sql, &[&new.email, &now.0]).await?;
    let user = sql::query_one(transaction, "SELECT id FROM users WHERE email = $1", &[&new.email]).await?;
    let user: i64 = user.get(0);
    let agent = new.agent.map(|agent| agent.0);
    let sql = "INSERT INTO memberships (workspace_id, user_id, role, agent_id, joined) VALUES ($1, $2, $3, $4, false)
               ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, agent_id = excluded.agent_id
               WHERE NOT memberships.joined";
    let invited = sql::execute(transaction, sql, &[&new.workspace.0, &user, &new.role.as_str(), &agent]).await?;
    if invited == 0 {
        return Err(taken(format!("the e-mail address {} in this workspace", new.email)));
    }
    let sql = "INSERT INTO invitations (workspace_id, user_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (workspace_id, user_id)
               DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at";
    let values: sql::Values<'_> = &[&new.workspace.0, &user, &new.hash.as_slice(), &new.expires_at.0];
    sql::execute(transaction, sql, values).await?;
    Ok(UserId(user))
}

pub(super) async fn find_invitation(
    client: &impl GenericClient,
    hash: [u8; 32],
    now: UnixMs,
) -> Result<Option<Invitation>> {
    let sql = "SELECT u.id, u.email, u.language, u.password_hash, i.workspace_id
               FROM invitations i JOIN users u ON u.id = i.user_id WHERE i.token_hash = $1 AND i.expires_at > $2";
    let found = sql::query_opt(client, sql, &[&hash.as_slice(), &now.0]).await?;
    Ok(found.map(|row| Invitation {
        invited: read_credentials(&row),
        workspace: WorkspaceId(row.get(4)),
    }))
}

/// Takes an invitation, once. `password_hash` is set only for who has none yet: an invitation into one workspace must
/// not give away what its receiver has in another. `false` if it is gone, or if they got a password meanwhile; then the
/// transaction is to be given up.
pub(super) async fn accept_invitation(
    transaction: &Transaction<'_>,
    hash: [u8; 32],
    password_hash: Option<&str>,
    now: UnixMs,
) -> Result<bool> {
    let Some(Invitation { invited, workspace }) = find_invitation(transaction, hash, now).await? else {
        return Ok(false);
    };
    let user = invited.user.id.0;
    if let Some(password_hash) = password_hash {
        let sql = "UPDATE users SET password_hash = $2 WHERE id = $1 AND password_hash = ''";
        if sql::execute(transaction, sql, &[&user, &password_hash]).await? == 0 {
            return Ok(false);
        }
    }
    // Of two who take it at once, one finds it gone.
    let sql = "DELETE FROM invitations WHERE workspace_id = $1 AND user_id = $2 AND token_hash = $3";
    if sql::execute(transaction, sql, &[&workspace.0, &user, &hash.as_slice()]).await? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE memberships SET joined = true WHERE workspace_id = $1 AND user_id = $2";
    sql::execute(transaction, sql, &[&workspace.0, &user]).await?;
    Ok(true)
}

pub(super) async fn set_member(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    agent: Option<AgentId>,
) -> Result<MemberChange> {
    if let Some(refused) = refused(transaction, workspace, user, role == Role::Owner).await? {
        return Ok(refused);
    }
    let sql = "UPDATE memberships SET role = $3, agent_id = $4 WHERE workspace_id = $1 AND user_id = $2";
    let agent = agent.map(|agent| agent.0);
    sql::execute(transaction, sql, &[&workspace.0, &user.0, &role.as_str(), &agent]).await?;
    Ok(MemberChange::Done)
}

pub(super) async fn remove_member(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    user: UserId,
) -> Result<MemberChange> {
    if let Some(refused) = refused(transaction, workspace, user, false).await? {
        return Ok(refused);
    }
    for sql in [
        "DELETE FROM sessions WHERE workspace_id = $1 AND user_id = $2",
        "DELETE FROM invitations WHERE workspace_id = $1 AND user_id = $2",
        "DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2",
    ] {
        sql::execute(transaction, sql, &[&workspace.0, &user.0]).await?;
    }
    Ok(MemberChange::Done)
}

/// Why a member cannot be changed: they are not there, or the last owner would go. The workspace's row is locked, so that
/// two owners who remove one another do not both succeed.
async fn refused(
    transaction: &Transaction<'_>,
    workspace: WorkspaceId,
    user: UserId,
    stays_owner: bool,
) -> Result<Option<MemberChange>> {
    let sql = "SELECT 1 FROM workspaces WHERE id = $1 FOR NO KEY UPDATE";
    sql::query(transaction, sql, &[&workspace.0]).await?;
    let members = members(transaction, workspace).await?;
    let Some(member) = members.iter().find(|member| member.user.id == user) else {
        return Ok(Some(MemberChange::Missing));
    };
    let is_owner = |member: &Member| member.joined && member.role == Role::Owner;
    let is_last = is_owner(member) && members.iter().filter(|member| is_owner(member)).count() == 1;
    Ok((is_last && !stays_owner).then_some(MemberChange::LastOwner))
}

pub(super) async fn set_language(client: &impl GenericClient, user: UserId, language: Option<&str>) -> Result<()> {
    sql::execute(
        client,
        "UPDATE users SET language = $2 WHERE id = $1",
        &[&user.0, &language],
    )
    .await?;
    Ok(())
}

/// Sets a password and ends the sessions that were begun with the old one, but for `keep`.
pub(super) async fn set_password(
    transaction: &Transaction<'_>,
    user: UserId,
    hash: &str,
    keep: Option<i64>,
) -> Result<()> {
    let sql = "UPDATE users SET password_hash = $2 WHERE id = $1";
    sql::execute(transaction, sql, &[&user.0, &hash]).await?;
    sessions::end_others(transaction, user, keep).await
}
