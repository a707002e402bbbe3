//! Dashboards that are open at another server than the one where something happens.

use super::{
    cluster::Cluster,
    common::{dashboard::Dashboard, http::get, wait_for},
    site::Site,
};
use serde_json::json;

#[test]
fn a_dashboard_hears_what_happens_at_another_server() {
    let Some(cluster) = Cluster::start() else { return };
    let site = Site::open(&cluster, 2);
    let [here, there] = &site.nodes[..] else {
        panic!("two servers")
    };
    let mut dashboard = Dashboard::open(there, &site.key);
    here.ask(&get("/wa/promo?gclid=told"));
    let lead = wait_for("the lead", || {
        let leads = site.get("/leads");
        leads["items"][0]["id"].as_str().map(str::to_owned)
    });
    dashboard.hears(&format!("event: lead.created\ndata: {{\"ids\":[\"{lead}\"]}}\n\n"));
    let path = format!("/leads/{lead}");
    here.api(&site.key, "PATCH", &path, Some(&json!({ "status": "contacted" })));
    dashboard.hears(&format!("event: lead.updated\ndata: {{\"ids\":[\"{lead}\"]}}\n\n"));
    // While it was not connected with the database, nobody knows what happened.
    site.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    dashboard.hears("event: resync\n");
}
