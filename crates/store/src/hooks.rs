//! What others post to: form hooks and WhatsApp's Cloud API. A part of [`Store`](crate::Store), apart because it is
//! nobody else's.

use crate::{Result, model::*};
use konektor_core::{
    ids::{FormId, WorkspaceId},
    time::UnixMs,
};
use std::future::Future;

/// What the server may ask of a database about hooks. Every method is one transaction.
pub trait Hooks: Send + Sync + 'static {
    /// A workspace's form hooks, oldest first.
    fn forms(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Vec<Form>>> + Send;

    /// The form hook, of whatever workspace, whose address has this token.
    fn find_form(&self, token: String) -> impl Future<Output = Result<Option<Form>>> + Send;

    /// Adds a form hook under an id that was chosen by chance, for which its secret is sealed.
    fn add_form(
        &self,
        workspace: WorkspaceId,
        id: FormId,
        token: String,
        form: FormFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Form>> + Send;

    /// Replaces a form hook's fields; `None` if there is none.
    fn set_form(
        &self,
        workspace: WorkspaceId,
        id: FormId,
        form: FormFields,
    ) -> impl Future<Output = Result<Option<Form>>> + Send;

    /// Removes a form hook with what is kept of its posts; the leads that it made stay. `false` if there is none.
    fn remove_form(&self, workspace: WorkspaceId, id: FormId, now: UnixMs)
    -> impl Future<Output = Result<bool>> + Send;

    /// Notes what became of a post, and what was learnt from it. Only the latest posts are kept.
    fn add_form_post(
        &self,
        form: FormId,
        post: FormPost,
        learnt: Option<Learnt>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// The latest posts of a form, newest first, those before `before`.
    fn form_posts(
        &self,
        form: FormId,
        before: Option<i64>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<FormPost>>> + Send;

    /// A workspace's connection with WhatsApp.
    fn whatsapp(&self, workspace: WorkspaceId) -> impl Future<Output = Result<Option<Whatsapp>>> + Send;

    /// The connection, of whatever workspace, whose address has this token.
    fn find_whatsapp(&self, token: String) -> impl Future<Output = Result<Option<Whatsapp>>> + Send;

    /// Connects a workspace with WhatsApp, under this token if it is not connected yet.
    fn set_whatsapp(
        &self,
        workspace: WorkspaceId,
        token: String,
        fields: WhatsappFields,
        now: UnixMs,
    ) -> impl Future<Output = Result<Whatsapp>> + Send;

    /// Ends the connection; `false` if there is none.
    fn remove_whatsapp(&self, workspace: WorkspaceId) -> impl Future<Output = Result<bool>> + Send;

    /// Counts what came from WhatsApp.
    fn count_whatsapp(
        &self,
        workspace: WorkspaceId,
        counts: WhatsappCounts,
        now: UnixMs,
    ) -> impl Future<Output = Result<()>> + Send;
}
