//! Form hooks and WhatsApp's Cloud API: the trait, each function handed to the thread that it is for.

mod forms;
mod posts;
mod whatsapp;

use super::SqliteStore;
use crate::{Hooks, Result, model::*};
use konektor_core::{
    ids::{FormId, WorkspaceId},
    time::UnixMs,
};

impl Hooks for SqliteStore {
    async fn forms(&self, workspace: WorkspaceId) -> Result<Vec<Form>> {
        self.readers.run(move |c| forms::forms(c, workspace)).await
    }

    async fn find_form(&self, token: String) -> Result<Option<Form>> {
        self.readers.run(move |c| forms::find(c, &token)).await
    }

    async fn add_form(
        &self,
        workspace: WorkspaceId,
        id: FormId,
        token: String,
        form: FormFields,
        now: UnixMs,
    ) -> Result<Form> {
        self.writer
            .run(move |c| forms::add(c, workspace, id, token, form, now))
            .await
    }

    async fn set_form(&self, workspace: WorkspaceId, id: FormId, form: FormFields) -> Result<Option<Form>> {
        self.writer.run(move |c| forms::set(c, workspace, id, &form)).await
    }

    async fn remove_form(&self, workspace: WorkspaceId, id: FormId, now: UnixMs) -> Result<bool> {
        self.writer.run(move |c| forms::remove(c, workspace, id, now)).await
    }

    async fn add_form_post(&self, form: FormId, post: FormPost, learnt: Option<Learnt>) -> Result<()> {
        self.writer
            .run(move |c| posts::add(c, form, &post, learnt.as_ref()))
            .await
    }

    async fn form_posts(&self, form: FormId, before: Option<i64>, limit: usize) -> Result<Vec<FormPost>> {
        self.readers.run(move |c| posts::posts(c, form, before, limit)).await
    }

    async fn whatsapp(&self, workspace: WorkspaceId) -> Result<Option<Whatsapp>> {
        self.readers.run(move |c| whatsapp::of_workspace(c, workspace)).await
    }

    async fn find_whatsapp(&self, token: String) -> Result<Option<Whatsapp>> {
        self.readers.run(move |c| whatsapp::find(c, &token)).await
    }

    async fn set_whatsapp(
        &self,
        workspace: WorkspaceId,
        token: String,
        fields: WhatsappFields,
        now: UnixMs,
    ) -> Result<Whatsapp> {
        self.writer
            .run(move |c| whatsapp::set(c, workspace, &token, &fields, now))
            .await
    }

    async fn remove_whatsapp(&self, workspace: WorkspaceId) -> Result<bool> {
        self.writer.run(move |c| whatsapp::remove(c, workspace)).await
    }

    async fn count_whatsapp(&self, workspace: WorkspaceId, counts: WhatsappCounts, now: UnixMs) -> Result<()> {
        self.writer
            .run(move |c| whatsapp::count(c, workspace, counts, now))
            .await
    }
}
