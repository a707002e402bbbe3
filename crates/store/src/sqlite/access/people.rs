//! Users in workspaces: the first owner, members, invitations, passwords. Sessions are in `sessions`.

use super::sessions;
use crate::{
    Result, StoreError,
    model::{Credentials, Invitation, Member, MemberChange, Membership, NewInvitation, NewOwner, NewUser, Role, User},
    sqlite::{installation, transaction},
};
use konektor_core::{
    ids::{AgentId, UserId, WorkspaceId},
    time::UnixMs,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

pub(super) fn has_users(connection: &Connection) -> Result<bool> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
}

/// The first owner. The look whether there is a user already is in the transaction that adds one: of two who come at
/// once, one is the owner.
pub(super) fn set_up(
    connection: &mut Connection,
    new: &NewOwner,
    now: UnixMs,
) -> Result<Option<(UserId, WorkspaceId)>> {
    let transaction = transaction::on_ground(connection)?;
    if has_users(&transaction)? {
        return Ok(None);
    }
    let known = installation::workspaces(&transaction)?;
    let workspace = match known.as_slice() {
        [only] => only.id,
        _ => installation::add_workspace(&transaction, &new.workspace, now)?,
    };
    installation::set_workspace(&transaction, &new.workspace(workspace))?;
    transaction.execute(
        "INSERT INTO users (email, password_hash, created_at) VALUES (?1, ?2, ?3)",
        params![new.email, new.password_hash, now.0],
    )?;
    let user = UserId(transaction.last_insert_rowid());
    transaction.execute(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES (?1, ?2, 'owner')",
        [workspace.0, user.0],
    )?;
    transaction.commit()?;
    Ok(Some((user, workspace)))
}

pub(super) fn add_user(connection: &mut Connection, new: &NewUser, now: UnixMs) -> Result<UserId> {
    let transaction = transaction::on_ground(connection)?;
    let known: Option<i64> = transaction
        .query_row("SELECT id FROM users WHERE email = ?1", [&new.email], |row| row.get(0))
        .optional()?;
    let user = match known {
        Some(id) => {
            // Who was invited and has not answered yet has no password to keep.
            transaction.execute(
                "UPDATE users SET password_hash = ?2 WHERE id = ?1 AND password_hash = ''",
                params![id, new.password_hash],
            )?;
            id
        }
        None => {
            transaction.execute(
                "INSERT INTO users (email, password_hash, created_at) VALUES (?1, ?2, ?3)",
                params![new.email, new.password_hash, now.0],
            )?;
            transaction.last_insert_rowid()
        }
    };
    let added = transaction.execute(
        "INSERT INTO memberships (workspace_id, user_id, role) VALUES (?1, ?2, ?3)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, joined = 1 WHERE NOT joined",
        params![new.workspace.0, user, new.role.as_str()],
    )?;
    if added == 0 {
        return Err(StoreError::Taken {
            what: format!("the e-mail address {} in this workspace", new.email),
        });
    }
    transaction.commit()?;
    Ok(UserId(user))
}

pub(super) fn credentials(connection: &Connection, email: &str) -> Result<Option<Credentials>> {
    let sql = "SELECT id, email, language, password_hash FROM users WHERE email = ?1";
    let mut stored = connection.prepare_cached(sql)?;
    Ok(stored.query_row([email], read_credentials).optional()?)
}

fn read_credentials(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials {
        user: read_user(row)?,
        password_hash: row.get(3)?,
    })
}

/// Reads the first three columns: id, e-mail address, language.
pub(super) fn read_user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: UserId(row.get(0)?),
        email: row.get(1)?,
        language: row.get(2)?,
    })
}

pub(super) fn read_role(word: &str) -> Result<Role> {
    Role::from_word(word).ok_or_else(|| StoreError::corrupt("memberships.role", word))
}

pub(super) fn memberships(connection: &Connection, user: UserId) -> Result<Vec<Membership>> {
    let sql = "SELECT w.id, w.name, m.role FROM memberships m JOIN workspaces w ON w.id = m.workspace_id
               WHERE m.user_id = ?1 AND m.joined ORDER BY w.id";
    let mut stored = connection.prepare_cached(sql)?;
    let rows = stored.query_map([user.0], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)))?;
    let read = |row: rusqlite::Result<(i64, String, String)>| {
        let (id, name, role) = row?;
        Ok(Membership {
            workspace: WorkspaceId(id),
            name,
            role: read_role(&role)?,
        })
    };
    rows.map(read).collect()
}

pub(super) fn members(connection: &Connection, workspace: WorkspaceId) -> Result<Vec<Member>> {
    let sql = "SELECT u.id, u.email, u.language, m.role, m.agent_id, m.joined
               FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ?1 ORDER BY u.id";
    let mut stored = connection.prepare_cached(sql)?;
    let rows = stored.query_map([workspace.0], |row| {
        let agent: Option<i64> = row.get(4)?;
        Ok((read_user(row)?, row.get::<_, String>(3)?, agent, row.get(5)?))
    })?;
    let read = |row: rusqlite::Result<(User, String, Option<i64>, bool)>| {
        let (user, role, agent, joined) = row?;
        Ok(Member {
            user,
            role: read_role(&role)?,
            agent: agent.map(AgentId),
            joined,
        })
    };
    rows.map(read).collect()
}

/// Invites somebody, or once more with another link. Who is in already is [`StoreError::Taken`].
pub(super) fn invite(connection: &mut Connection, new: &NewInvitation, now: UnixMs) -> Result<UserId> {
    let transaction = transaction::on_ground(connection)?;
    // Without a password of their own nobody can sign in as them.
    transaction.execute(
        "INSERT INTO users (email, password_hash, created_at) VALUES (?1, '', ?2) ON CONFLICT (email) DO NOTHING",
        params![new.email, now.0],
    )?;
    let user: i64 = transaction.query_row("SELECT id FROM users WHERE email = ?1", [&new.email], |row| row.get(0))?;
    let agent = new.agent.map(|agent| agent.0);
    let invited = transaction.execute(
        "INSERT INTO memberships (workspace_id, user_id, role, agent_id, joined) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role, agent_id = excluded.agent_id
         WHERE NOT joined",
        params![new.workspace.0, user, new.role.as_str(), agent],
    )?;
    if invited == 0 {
        return Err(StoreError::Taken {
            what: format!("the e-mail address {} in this workspace", new.email),
        });
    }
    transaction.execute(
        "INSERT OR REPLACE INTO invitations (workspace_id, user_id, token_hash, expires_at) VALUES (?1, ?2, ?3, ?4)",
        params![new.workspace.0, user, new.hash, new.expires_at.0],
    )?;
    transaction.commit()?;
    Ok(UserId(user))
}

pub(super) fn find_invitation(connection: &Connection, hash: [u8; 32], now: UnixMs) -> Result<Option<Invitation>> {
    let sql = "SELECT u.id, u.email, u.language, u.password_hash, i.workspace_id
               FROM invitations i JOIN users u ON u.id = i.user_id WHERE i.token_hash = ?1 AND i.expires_at > ?2";
    let mut stored = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        Ok(Invitation {
            invited: read_credentials(row)?,
            workspace: WorkspaceId(row.get(4)?),
        })
    };
    Ok(stored.query_row(params![hash, now.0], read).optional()?)
}

/// Takes an invitation, once. `password_hash` is set only for who has none yet: an invitation into one workspace must
/// not give away what its receiver has in another. `false` if it is gone, or if they got a password meanwhile.
pub(super) fn accept_invitation(
    connection: &mut Connection,
    hash: [u8; 32],
    password_hash: Option<&str>,
    now: UnixMs,
) -> Result<bool> {
    let transaction = transaction::on_ground(connection)?;
    let Some(Invitation { invited, workspace }) = find_invitation(&transaction, hash, now)? else {
        return Ok(false);
    };
    if let Some(password_hash) = password_hash {
        let set = transaction.execute(
            "UPDATE users SET password_hash = ?2 WHERE id = ?1 AND password_hash = ''",
            params![invited.user.id.0, password_hash],
        )?;
        if set == 0 {
            return Ok(false);
        }
    }
    let key = [workspace.0, invited.user.id.0];
    transaction.execute("DELETE FROM invitations WHERE workspace_id = ?1 AND user_id = ?2", key)?;
    transaction.execute(
        "UPDATE memberships SET joined = 1 WHERE workspace_id = ?1 AND user_id = ?2",
        key,
    )?;
    transaction.commit()?;
    Ok(true)
}

pub(super) fn set_member(
    connection: &mut Connection,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    agent: Option<AgentId>,
) -> Result<MemberChange> {
    change_member(connection, workspace, user, role == Role::Owner, |transaction| {
        transaction.execute(
            "UPDATE memberships SET role = ?3, agent_id = ?4 WHERE workspace_id = ?1 AND user_id = ?2",
            params![workspace.0, user.0, role.as_str(), agent.map(|agent| agent.0)],
        )
    })
}

/// Removes somebody from a workspace, and signs them out of it. They stay in others.
pub(super) fn remove_member(connection: &mut Connection, workspace: WorkspaceId, user: UserId) -> Result<MemberChange> {
    change_member(connection, workspace, user, false, |transaction| {
        let key = [workspace.0, user.0];
        transaction.execute("DELETE FROM sessions WHERE workspace_id = ?1 AND user_id = ?2", key)?;
        transaction.execute("DELETE FROM invitations WHERE workspace_id = ?1 AND user_id = ?2", key)?;
        transaction.execute("DELETE FROM memberships WHERE workspace_id = ?1 AND user_id = ?2", key)
    })
}

/// Changes a member in a transaction, unless that would take the last owner away.
fn change_member(
    connection: &mut Connection,
    workspace: WorkspaceId,
    user: UserId,
    stays_owner: bool,
    change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
) -> Result<MemberChange> {
    let transaction = transaction::on_ground(connection)?;
    let members = members(&transaction, workspace)?;
    let Some(member) = members.iter().find(|member| member.user.id == user) else {
        return Ok(MemberChange::Missing);
    };
    let is_owner = |member: &Member| member.joined && member.role == Role::Owner;
    if is_owner(member) && !stays_owner && members.iter().filter(|member| is_owner(member)).count() == 1 {
        return Ok(MemberChange::LastOwner);
    }
    change(&transaction)?;
    transaction.commit()?;
    Ok(MemberChange::Done)
}

pub(super) fn set_language(connection: &Connection, user: UserId, language: Option<&str>) -> Result<()> {
    connection.execute(
        "UPDATE users SET language = ?2 WHERE id = ?1",
        params![user.0, language],
    )?;
    Ok(())
}

/// Sets a password and ends the sessions that were begun with the old one, but for `keep`.
pub(super) fn set_password(connection: &mut Connection, user: UserId, hash: &str, keep: Option<i64>) -> Result<()> {
    let transaction = transaction::on_ground(connection)?;
    transaction.execute(
        "UPDATE users SET password_hash = ?2 WHERE id = ?1",
        params![user.0, hash],
    )?;
    sessions::end_others(&transaction, user, keep)?;
    transaction.commit()?;
    Ok(())
}
