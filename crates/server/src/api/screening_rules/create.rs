//! `POST /screening-rules`

use super::{RuleFields, RuleView};
use crate::{
    api::{
        auth::Caller,
        body::Body,
        created::Created,
        edits,
        error::{ApiError, FieldError},
        refusals::{Refused, RefusedBody},
    },
    app::App,
    enrich::user_agents::{built_in, examples},
};
use axum::extract::State;
use konektor_core::screening::taught::{NotARule, Rule};
use konektor_store::{Store, model::RULES_MOST};
use std::sync::Arc;

/// Teaches that something is a person: such requests make clicks and leads from now on. Link previews, ad reviews and known
/// crawlers never do, whatever is taught; a rule by which they would is refused. One that is there is answered as if it were new.
#[utoipa::path(
    post, path = "/screening-rules", operation_id = "create_screening_rule", tag = "reports",
    request_body = RuleFields,
    responses((status = 201, description = "The rule.", body = RuleView), RefusedBody, Refused)
)]
pub async fn create(
    caller: Caller,
    State(app): State<Arc<App>>,
    Body(new): Body<RuleFields>,
) -> Result<Created<RuleView>, ApiError> {
    let rule = Rule::parse(&new.kind, &new.value)
        .and_then(|rule| rule.check(built_in(), examples()).map(|()| rule))
        .map_err(refusal)?;
    let edit = edits::begin().await;
    let added = app
        .store
        .add_screening_rule(caller.workspace_id(), rule, caller.name_in_timeline(), app.clock.now())
        .await?;
    let Some(added) = added else {
        return Err(ApiError::Invalid(vec![FieldError {
            field: "value".to_owned(),
            message: format!("At most {RULES_MOST} rules are possible. Remove one that nobody needs."),
            code: Some("too_many"),
            about: Some(RULES_MOST.to_string()),
        }]));
    };
    edit.take_effect(&app).await?;
    Ok(Created {
        path: format!("screening-rules/{}", added.id),
        body: added.into(),
    })
}

fn refusal(reason: NotARule) -> ApiError {
    let field = if reason == NotARule::Kind { "kind" } else { "value" };
    ApiError::Invalid(vec![FieldError {
        field: field.to_owned(),
        message: reason.to_string(),
        code: Some(reason.code()),
        about: reason.about().map(str::to_owned),
    }])
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use axum::http::{Method, StatusCode};
    use konektor_core::screening::Class;
    use konektor_store::Access;
    use serde_json::json;

    #[tokio::test]
    async fn what_was_taught_counts_from_the_next_click_on_until_it_is_taken_back() {
        let server = Server::start().await;
        let rule = json!({ "kind": "user_agent", "value": "TokoBot" });
        let made = server.post("/screening-rules", rule.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.json);
        let again = server.post("/screening-rules", rule).await;
        assert_eq!(again.json["id"], made.json["id"], "the same is one rule");
        let network = json!({ "kind": "network", "value": "203.0.113.9/24" });
        assert_eq!(
            server.post("/screening-rules", network).await.json["value"],
            "203.0.113.0/24"
        );
        let listed = server.get("/screening-rules").await;
        assert_eq!(listed.items("value"), ["TokoBot", "203.0.113.0/24"]);
        assert!(listed.items("created_by")[0].as_str().unwrap().starts_with("key:"));

        let is_person = |server: &Server| {
            let routing = server.app.routing.load();
            let taught = &routing.workspace(server.workspace).unwrap().taught;
            let patterns = crate::enrich::user_agents::built_in();
            taught.is_person(
                Class::Bot,
                "Mozilla/5.0 (Linux) TokoBot/1.0",
                [127, 0, 0, 1].into(),
                patterns,
            )
        };
        assert!(is_person(&server));
        let path = format!("/screening-rules/{}", made.json["id"].as_str().unwrap());
        let (_, other) = server.add_workspace().await;
        let foreign = server.ask(&other, Method::DELETE, &path, None).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let theirs = server.ask(&other, Method::GET, "/screening-rules", None).await;
        assert!(theirs.items("id").is_empty());
        assert_eq!(server.delete(&path).await.status, StatusCode::NO_CONTENT);
        assert!(!is_person(&server));
        let audit = server.app.store.audit(server.workspace, 10).await.unwrap();
        assert!(format!("{audit:?}").contains("screening-rules"), "{audit:?}");
    }

    #[tokio::test]
    async fn what_would_let_known_programs_count_is_refused_in_a_sentence() {
        let server = Server::start().await;
        for (kind, value, says, code) in [
            ("user_agent", "facebookexternalhit", "known programs", "too_broad"),
            ("user_agent", "WhatsApp", "known programs", "too_broad"),
            ("user_agent", "Googlebot", "Googlebot", "too_broad"),
            ("user_agent", "curl", "known programs", "too_broad"),
            ("user_agent", "SM-A155F", "nothing to teach", "harmless"),
            ("user_agent", "bot", "4 to 200", "name"),
            ("network", "10.0.0.0/8", "too wide", "too_wide"),
            ("network", "office", "203.0.113.0/24", "network"),
        ] {
            let answer = server
                .post("/screening-rules", json!({ "kind": kind, "value": value }))
                .await;
            let error = &answer.json["errors"][0];
            assert_eq!(error["code"], code, "{value}");
            // The program that would count is named for whoever says it in other words.
            let about = error["about"].as_str();
            assert_eq!(
                about.is_some_and(|example| error["message"].as_str().unwrap().contains(example)),
                code == "too_broad",
                "{error}"
            );
            let refused = answer.refused();
            assert!(
                refused[0].0 == "value" && refused[0].1.contains(says),
                "{value}: {refused:?}"
            );
        }
        let refused = server
            .post("/screening-rules", json!({ "kind": "mood", "value": "good" }))
            .await
            .refused();
        assert_eq!(refused[0].0, "kind");
        assert!(server.get("/screening-rules").await.items("id").is_empty());
    }
}
