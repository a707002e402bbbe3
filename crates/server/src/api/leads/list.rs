//! `GET /leads`

use super::{
    LeadPage, LeadView,
    filter::LeadQuery,
    looks::{self, Looks},
};
use crate::{
    api::{
        auth::{AnyCaller, Sight},
        body::Query,
        checks::Checks,
        error::ApiError,
        page::{self, Page},
        refusals::{Refused, RefusedQuery},
    },
    app::App,
};
use axum::{Json, extract::State};
use konektor_core::ids::{LeadId, NUMBER_BITS, VisitorNumber};
use konektor_store::model::LeadFilter;
use std::sync::Arc;

/// The last visitor number that fits into a lead's id. What is greater would reach into another workspace's ids.
const LAST_NUMBER: u64 = (1 << NUMBER_BITS) - 1;

/// The leads of the workspace, newest first; for an agent, their own.
#[utoipa::path(
    get, path = "/leads", operation_id = "list_leads", tag = "leads",
    params(LeadQuery),
    responses((status = 200, description = "A page of leads. Where few of very many fit, it may hold fewer than `limit`, or none, and go on all \
        the same: the list ends where there is no `next_cursor`.", body = LeadPage), RefusedQuery, Refused)
)]
pub async fn list(
    AnyCaller(caller): AnyCaller,
    State(app): State<Arc<App>>,
    Query(query): Query<LeadQuery>,
) -> Result<Json<LeadPage>, ApiError> {
    let workspace = &caller.workspace;
    let mut checks = Checks::default();
    let limit = page::limit(query.limit.as_deref(), &mut checks);
    // The cursor holds a number, not an id: whatever is put into it stays in this workspace.
    let before = page::cursor(query.cursor.as_deref(), &mut checks);
    let before = before.map(|number: u64| VisitorNumber(number.min(LAST_NUMBER)));
    let filter = query.filter(workspace, &mut checks);
    checks.finish()?;
    let filter = filter.and_then(|filter| only_visible(filter, caller.sight()));
    let (leads, last) = match filter {
        Some(filter) => {
            let before = before.map(|number| LeadId {
                workspace: workspace.id,
                number,
            });
            looks::leads(&app.store, workspace.id, filter, before, limit).await?
        }
        None => (Vec::new(), None),
    };
    let page = Page {
        items: leads,
        next_cursor: last.map(|last| page::make_cursor(last.number.0)),
    };
    Ok(Json(page.map(|lead| LeadView::new(lead, &workspace.code_key))))
}

/// What is left of a filter for who sees only a part; `None` if that is nothing.
fn only_visible((mut filter, looks): (LeadFilter, Looks), sight: Sight) -> Option<(LeadFilter, Looks)> {
    match sight {
        Sight::All => {}
        Sight::OfAgent(own) if filter.agent.is_none_or(|agent| agent == own) => filter.agent = Some(own),
        _ => return None,
    }
    Some((filter, looks))
}

#[cfg(test)]
mod tests {
    use crate::api::{
        page::make_cursor,
        testing::{NOW, Server, meta},
    };
    use axum::http::Method;
    use konektor_core::{decide::Visit, ids::LeadId};
    use konektor_store::model::Next;
    use serde_json::{Value, json};

    fn ids(leads: &[LeadId]) -> Vec<Value> {
        leads.iter().map(|lead| json!(lead.packed().to_string())).collect()
    }

    #[tokio::test]
    async fn leads_come_in_pages_newest_first_without_gap_or_repetition() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let mut leads = server
            .record((0..5).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let mut seen = Vec::new();
        let mut path = "/leads?limit=2".to_owned();
        for has_next in [true, true, false] {
            let page = server.get(&path).await;
            seen.extend(page.items("id"));
            // Who comes meanwhile belongs on a page that has been seen; nobody is pushed onto the next one.
            server
                .record(vec![server.visit(&promo, "", 100 + seen.len() as i64)])
                .await;
            let next = page.json["next_cursor"].as_str();
            assert_eq!(next.is_some(), has_next);
            path = format!("/leads?limit=2&cursor={}", next.unwrap_or_default());
        }
        leads.reverse();
        assert_eq!(seen, ids(&leads));
    }

    #[tokio::test]
    async fn no_cursor_reaches_into_another_workspace() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        server.record(vec![server.visit(&promo, "", 0)]).await;
        let (_, other) = server.add_workspace().await;
        let body = Some(json!({ "slug": "lain" }));
        let lain = server.ask(&other, Method::POST, "/rotators", body).await.json["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let theirs = server.record(vec![server.visit(&lain, "", 1)]).await;
        for cursor in [1 << 35, 1 << 36, (1 << 36) | 5, u64::MAX] {
            let path = format!("/leads?cursor={}", make_cursor(cursor));
            let seen = server.get(&path).await.items("id");
            assert!(!seen.contains(&ids(&theirs)[0]), "{cursor}");
            assert_eq!(
                server.ask(&other, Method::GET, &path, None).await.items("id"),
                ids(&theirs),
                "{cursor}"
            );
        }
    }

    #[tokio::test]
    async fn leads_are_filtered() {
        let server = Server::start().await;
        let (ayu, budi) = (server.add_agent("Ayu").await, server.add_agent("Budi").await);
        let promo = server.add_rotator("promo", &[&ayu, &budi]).await;
        let bio = server.add_rotator("bio", &[&budi]).await;
        let visits = vec![
            server.visit(&promo, "gclid=G&utm_source=google&utm_campaign=lebaran", 0),
            server.visit(&promo, "ttclid=T&utm_source=tt", 86_400_000),
            server.visit(&bio, "", 2 * 86_400_000),
        ];
        let leads = server.record(visits).await;
        let back = Visit {
            cookie: Some(leads[0].number),
            ..server.visit(&bio, "li_fat_id=L", 3 * 86_400_000)
        };
        server.record(vec![back]).await;
        server
            .patch(&format!("/leads/{}", leads[1].packed()), json!({ "status": "hot" }))
            .await;
        for (query, wanted) in [
            ("", &[2, 1, 0][..]),
            ("status=new", &[2, 0]),
            ("status=hot", &[1]),
            (&format!("agent_id={ayu}"), &[0]),
            (&format!("rotator_id={bio}"), &[2]),
            ("platform=tiktok", &[1]),
            ("platform=google", &[0]),
            ("platform=linkedin", &[0]),
            ("platform=meta", &[2]),
            ("source=tt", &[1]),
            ("campaign=lebaran&status=new", &[0]),
            ("campaign=lebaran&status=hot", &[]),
            ("tracking_status=none", &[2, 1, 0]),
            ("tracking_status=failed", &[]),
            ("from=2026-08-18", &[2, 1]),
            ("to=2026-08-17", &[0]),
            ("from=2026-08-18&to=2026-08-18", &[1]),
            ("from=2026-08-18T02:00:00Z&to=2026-08-19T02:00:00Z", &[1]),
            ("agent_id=999", &[]),
            ("agent_id=x", &[]),
            ("rotator_id=x", &[]),
        ] {
            let wanted: Vec<_> = wanted.iter().map(|i| leads[*i]).collect();
            assert_eq!(
                server.get(&format!("/leads?{query}")).await.items("id"),
                ids(&wanted),
                "{query}"
            );
        }
    }

    #[tokio::test]
    async fn leads_are_filtered_by_what_the_ad_platforms_know() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let meta_id = server.add_destination(meta()).await;
        let visits = ["fbclid=A", "fbclid=B", "fbclid=C", "fbclid=D", "utm_source=ig"];
        let visits = visits.iter().enumerate();
        let leads = server
            .record(visits.map(|(n, query)| server.visit(&promo, query, n as i64)).collect())
            .await;
        server.set_clock(1_000);
        server.settle(&meta_id, &[Next::Sent, Next::Dropped, Next::Sent]).await;
        server
            .patch(
                &format!("/leads/{}", leads[2].packed()),
                json!({ "status": "qualified" }),
            )
            .await;
        server.fold().await;
        let claimed = server.claim(&meta_id).await;
        let position = claimed.iter().position(|claimed| claimed.lead == leads[2]).unwrap();
        assert_eq!((claimed.len(), position), (2, 1));
        server
            .settle(&meta_id, &[Next::Again(NOW.plus_ms(9_000)), Next::Expired])
            .await;
        for (hold, status, wanted) in [
            (false, "none", &[4][..]),
            (false, "pending", &[3]),
            (false, "held", &[]),
            (false, "synced", &[0]),
            (false, "partial", &[2]),
            (false, "failed", &[1]),
            (true, "held", &[3]),
            (true, "pending", &[]),
            (true, "synced", &[0]),
        ] {
            if hold {
                server.hold(&meta_id, "The token has expired.").await;
            }
            let wanted: Vec<_> = wanted.iter().map(|i: &usize| leads[*i]).collect();
            let found = server.get(&format!("/leads?tracking_status={status}")).await;
            assert_eq!(found.items("id"), ids(&wanted), "{status}");
            assert!(found.items("tracking_status").iter().all(|shown| shown == status));
        }
    }

    #[tokio::test]
    async fn leads_are_found_by_what_people_type_and_paste() {
        let server = Server::start().await;
        let promo = server.add_rotator("promo", &[]).await;
        let leads = server
            .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
            .await;
        let path = format!("/leads/{}", leads[1].packed());
        let edit = json!({ "name": "Budi Santoso", "phone": "0812 3456 7890", "email": "budi@kopi.id" });
        let code = server.patch(&path, edit).await.json["code"]
            .as_str()
            .unwrap()
            .to_owned();
        for q in [
            code.clone(),
            code.to_lowercase(),
            format!("Visitor%20[{code}]"),
            format!("Halo%20kak,%20mau%20120%20pcs%0A[{code}]%20ya"),
            "budi%20s".to_owned(),
            "BUDI".to_owned(),
            "0812".to_owned(),
            "%2B62%20812-3456".to_owned(),
            "812345".to_owned(),
            "Budi@".to_owned(),
            "budi@kopi.id".to_owned(),
        ] {
            assert_eq!(
                server.get(&format!("/leads?q={q}")).await.items("id"),
                ids(&leads[1..2]),
                "{q}"
            );
        }
        for q in ["0813", "Santoso", "kopi@", "ZZZZZZZ", "'; DROP TABLE leads"] {
            let path = format!("/leads?q={}", q.replace(' ', "%20"));
            assert_eq!(server.get(&path).await.items("id"), ids(&[]), "{q}");
        }
        assert_eq!(
            server.get("/leads?q=%20").await.items("id").len(),
            3,
            "blanks look for nothing"
        );
    }

    #[tokio::test]
    async fn what_is_no_filter_is_refused() {
        let server = Server::start().await;
        let query = "status=sold&platform=myspace&tracking_status=x&from=yesterday&to=2026-13-01&limit=1000&cursor=x";
        let refused = server.get(&format!("/leads?{query}")).await.refused();
        let mut fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(
            fields,
            ["cursor", "from", "limit", "platform", "status", "to", "tracking_status"]
        );
        assert_eq!(server.get("/leads?statuss=new").await.refused()[0].0, "statuss");
    }
}
