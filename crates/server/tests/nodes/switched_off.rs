//! What somebody changes at one server.

use super::{
    cluster::Cluster,
    common::{http::get, now},
    site::Site,
};
use serde_json::json;
use std::time::Duration;

/// SPEC: by then every server knows.
const KNOWN_AFTER: Duration = Duration::from_millis(200);

#[test]
fn an_agent_switched_off_on_one_server_gets_no_new_lead_from_any_after_200_ms() {
    let Some(cluster) = Cluster::start() else { return };
    let site = Site::open(&cluster, 3);
    let mut came = 0;
    for round in 0..6 {
        let off = round % site.agents.len();
        let path = format!("/agents/{}", site.agents[off].id);
        let switch = |active: bool| {
            let node = &site.nodes[round % site.nodes.len()];
            node.api(&site.key, "PATCH", &path, Some(&json!({ "active": active })));
        };
        let mut comes = |node: usize| {
            came += 1;
            let answer = site.nodes[node].ask(&get(&format!("/wa/promo?gclid=S{came}")));
            site.agent(&answer)
        };
        let met = (0..9).filter(|n| comes(n % 3) == off).count();
        assert!(met > 0, "an agent who is on gets leads");
        switch(false);
        let switched = now();
        while switched.elapsed() < KNOWN_AFTER {
            std::thread::sleep(Duration::from_millis(1)); // the time that is promised
        }
        for n in 0..18 {
            assert_ne!(comes(n % 3), off, "round {round}");
        }
        switch(true);
        std::thread::sleep(KNOWN_AFTER); // back on by then, everywhere
    }
}
