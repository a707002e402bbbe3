//! What dies while visitors come: a server, the database, connections.

use super::{
    cluster::Cluster,
    common,
    site::Site,
    visitors::{LoadBalancer, Visitors},
};
use std::time::Duration;

const NODES: usize = 3;

#[test]
fn whatever_dies_every_visitor_is_sent_on_within_a_second_and_each_click_is_there_once() {
    let Some(mut cluster) = Cluster::start() else { return };
    let rounds = std::env::var("KONEKTOR_DISASTER_ROUNDS").map_or(1, |rounds| rounds.parse().expect("a number"));
    let mut site = Site::open(&cluster, NODES);
    let balancer = LoadBalancer::of(&site);
    let mut visitors = Visitors::default();
    visitors.come(&balancer, |watch| watch.wait_for_answers(150));
    assert_eq!(visitors.elsewhere, 0, "while nothing dies everybody gets their agent");
    for round in 0..rounds {
        let victim = round % NODES;
        println!("kill -9 of server {victim}");
        visitors.come(&balancer, |watch| {
            common::kill_9(site.nodes[victim].process_id());
            watch.wait_for_answers(200);
            site.restart(victim);
            balancer.look_again(&site);
            watch.wait_for_answers(150);
        });
        println!("PostgreSQL is restarted");
        visitors.come(&balancer, |watch| {
            cluster.restart();
            watch.wait_for_answers(300);
        });
        println!("connections are cut again and again");
        visitors.come(&balancer, |watch| {
            for _ in 0..25 {
                let cut = "SELECT pg_terminate_backend(pid) FROM (
                               SELECT pid FROM pg_stat_activity
                               WHERE datname = current_database() AND pid <> pg_backend_pid()
                               ORDER BY random() LIMIT 4) a";
                site.sql(cut);
                std::thread::sleep(Duration::from_millis(40)); // as often as that, not until something
            }
            watch.wait_for_answers(150);
        });
        site.wait_until_drained();
        visitors.are_in(&site);
        visitors.were_never_kept_waiting();
    }
    // Whoever could not wait was sent by a hash; rotation makes up for that with those who come afterwards.
    visitors.come_quietly(&balancer, NODES, 60);
    visitors.are_in(&site);
    let report = site.get("/reports/rotation");
    let totals = report["totals"].as_array().expect("a list");
    assert_eq!(totals.len(), 3);
    // A place that a server had for a moment, while connections were cut, keeps what it owes until some server has it again:
    // so it is not always a turn a server at most, which `within_bound` says.
    for total in totals {
        let deviation = total["deviation"].as_f64().expect("a number");
        assert!(deviation.abs() < 2.0 * NODES as f64, "nobody is far ahead: {totals:?}");
    }
    visitors.still_have_their_agents(&balancer);
    for node in &site.nodes {
        assert_eq!(node.metric("konektor_clicks_lost_total"), 0);
    }
}
