//! Form hooks and WhatsApp's Cloud API: the trait, each function handed to the statements that it is for.

mod forms;
mod posts;
mod whatsapp;

use super::{
    PostgresStore,
    run::{ask, write},
};
use crate::{Hooks, Result, model::*};
use konektor_core::{
    ids::{FormId, WorkspaceId},
    time::UnixMs,
};

impl Hooks for PostgresStore {
    async fn forms(&self, workspace: WorkspaceId) -> Result<Vec<Form>> {
        ask!(self, forms::forms(workspace))
    }

    async fn find_form(&self, token: String) -> Result<Option<Form>> {
        ask!(self, forms::find(&token))
    }

    async fn add_form(
        &self,
        workspace: WorkspaceId,
        id: FormId,
        token: String,
        form: FormFields,
        now: UnixMs,
    ) -> Result<Form> {
        ask!(self, forms::add(workspace, id, token, form, now))
    }

    async fn set_form(&self, workspace: WorkspaceId, id: FormId, form: FormFields) -> Result<Option<Form>> {
        ask!(self, forms::set(workspace, id, &form))
    }

    async fn remove_form(&self, workspace: WorkspaceId, id: FormId, now: UnixMs) -> Result<bool> {
        write!(self, forms::remove(workspace, id, now))
    }

    async fn add_form_post(&self, form: FormId, post: FormPost, learnt: Option<Learnt>) -> Result<()> {
        let id = self.next_id(&*self.place().await?, post.at);
        write!(self, posts::add(id, form, &post, learnt.as_ref()))
    }

    async fn form_posts(&self, form: FormId, before: Option<i64>, limit: usize) -> Result<Vec<FormPost>> {
        ask!(self, posts::posts(form, before, limit))
    }

    async fn whatsapp(&self, workspace: WorkspaceId) -> Result<Option<Whatsapp>> {
        ask!(self, whatsapp::of_workspace(workspace))
    }

    async fn find_whatsapp(&self, token: String) -> Result<Option<Whatsapp>> {
        ask!(self, whatsapp::find(&token))
    }

    async fn set_whatsapp(
        &self,
        workspace: WorkspaceId,
        token: String,
        fields: WhatsappFields,
        now: UnixMs,
    ) -> Result<Whatsapp> {
        ask!(self, whatsapp::set(workspace, &token, &fields, now))
    }

    async fn remove_whatsapp(&self, workspace: WorkspaceId) -> Result<bool> {
        ask!(self, whatsapp::remove(workspace))
    }

    async fn count_whatsapp(&self, workspace: WorkspaceId, counts: WhatsappCounts, now: UnixMs) -> Result<()> {
        ask!(self, whatsapp::count(workspace, counts, now))
    }
}
