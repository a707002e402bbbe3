//! `GET /forms/{id}/submissions`

use super::find;
use crate::{
    api::{
        auth::Caller,
        body::{Id, Query},
        checks::Checks,
        error::ApiError,
        page::{self, Page, PageQuery},
        refusals::{Missing, Refused, RefusedQuery},
        time::Time,
        words::{ClosedList, Words},
    },
    app::App,
};
use axum::{Json, extract};
use konektor_core::form::{Refusal, Remark};
use konektor_store::{
    Hooks,
    model::{FormPost, PostOutcome},
};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use utoipa::ToSchema;

/// What became of a post of a form.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FormSubmission)]
pub struct SubmissionView {
    /// Its id.
    #[schema(example = "12")]
    id: String,
    /// When it came.
    at: Time,
    /// `done`: taken in. `repeated`: the same came a moment before, so nothing was done again. `refused`: nothing of it
    /// was stored.
    #[schema(value_type = StateWord)]
    state: State,
    /// Why it was refused; `null` if it was not.
    #[schema(required, value_type = Option<ReasonWord>)]
    reason: Option<Reason>,
    /// The same in words, with what to do.
    #[schema(required)]
    detail: Option<String>,
    /// What of it could not be used.
    #[schema(value_type = Vec<NotedWord>)]
    remarks: Vec<Noted>,
    /// Whom it is about.
    #[schema(required, example = "34359738369")]
    lead_id: Option<String>,
    /// How many there were: those that are refused for one reason within a minute are one item.
    count: u32,
}

/// A page of the list.
pub type SubmissionPage = Page<SubmissionView>;

/// What became of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was taken in.
    Done,
    /// It was taken in before.
    Repeated,
    /// It was not taken.
    Refused,
}

/// Schema of [`State`].
pub type StateWord = Words<State>;

impl ClosedList for State {
    const NAME: &'static str = "FormSubmissionState";
    const ABOUT: &'static str = "What became of a post of a form.";
    fn all() -> Vec<Self> {
        vec![Self::Done, Self::Repeated, Self::Refused]
    }
}

/// Why a post was refused.
#[derive(Clone, Copy, Debug)]
pub struct Reason(Refusal);

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// Schema of [`Reason`].
pub type ReasonWord = Words<Reason>;

impl ClosedList for Reason {
    const NAME: &'static str = "FormRefusal";
    const ABOUT: &'static str = "Why a post of a form was refused.";
    fn all() -> Vec<Self> {
        Refusal::ALL.map(Self).to_vec()
    }
}

/// What of a post could not be used.
#[derive(Clone, Copy, Debug)]
pub struct Noted(Remark);

impl Serialize for Noted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

/// Schema of [`Noted`].
pub type NotedWord = Words<Noted>;

impl ClosedList for Noted {
    const NAME: &'static str = "FormRemark";
    const ABOUT: &'static str = "What of a post of a form could not be used.";
    fn all() -> Vec<Self> {
        Remark::ALL.map(Self).to_vec()
    }
}

impl From<FormPost> for SubmissionView {
    fn from(post: FormPost) -> Self {
        let (state, lead, reason, remarks) = match post.outcome {
            PostOutcome::Done { lead, remarks } => (State::Done, Some(lead), None, remarks),
            PostOutcome::Repeated { lead } => (State::Repeated, lead, None, Vec::new()),
            PostOutcome::Refused(reason) => (State::Refused, None, Some(reason), Vec::new()),
        };
        Self {
            id: post.id.to_string(),
            at: Time(post.at),
            state,
            reason: reason.map(Reason),
            detail: reason.map(|reason| reason.to_string()),
            remarks: remarks.into_iter().map(Noted).collect(),
            lead_id: lead.map(|lead| lead.packed().to_string()),
            count: post.count,
        }
    }
}

/// The latest posts of a form and what became of them, newest first; up to 500 are kept.
#[utoipa::path(
    get, path = "/forms/{id}/submissions", operation_id = "list_form_submissions", tag = "forms",
    params(("id" = String, Path), PageQuery),
    responses(
        (status = 200, description = "A page of posts.", body = SubmissionPage),
        Missing, RefusedQuery, Refused
    )
)]
pub async fn submissions(
    caller: Caller,
    extract::State(app): extract::State<Arc<App>>,
    Id(id): Id,
    Query(query): Query<PageQuery>,
) -> Result<Json<SubmissionPage>, ApiError> {
    let form = find(&app, &caller.workspace, &id).await?;
    let mut checks = Checks::default();
    let limit = page::limit(query.limit.as_deref(), &mut checks);
    let before: Option<i64> = page::cursor(query.cursor.as_deref(), &mut checks);
    checks.finish()?;
    let posts = app.store.form_posts(form.id, before, limit + 1).await?;
    let page = Page::cut(posts, limit, |post| post.id.to_string());
    Ok(Json(page.map(SubmissionView::from)))
}
