//! Each number of a report that says how many leads is as many leads in the list that stands behind it. The queries are those
//! that the dashboard makes of a row (`web/src/pages/reports/behind.ts`).

use crate::api::testing::Server;
use konektor_core::decide::Visit;
use serde_json::{Value, json};

const DESK: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const DAY_MS: i64 = 86_400_000;
/// The days of every report here: [`crate::api::testing::NOW`] and the one after.
const DAYS: &str = "from=2026-08-17&to=2026-08-18";

struct Shop {
    server: Server,
    bio: String,
    agents: [String; 2],
}

impl Shop {
    /// Leads of two days and of one before, from everywhere, with chats and sales, and one that came back through another
    /// platform.
    async fn open() -> Self {
        let server = Server::start().await;
        let agents = [server.add_agent("Ayu").await, server.add_agent("Budi").await];
        let promo = server.add_rotator("promo", &[&agents[0], &agents[1]]).await;
        let bio = server.add_rotator("bio", &[]).await;
        let long = format!("utm_source={}", "p".repeat(200));
        let longer = format!("utm_source={}", "p".repeat(130));
        let desk = |visit: Visit| Visit {
            ua: DESK.into(),
            ..visit
        };
        let visits = vec![
            server.visit(&promo, "fbclid=Z&utm_source=ig", -DAY_MS),
            server.visit(&promo, "fbclid=A&utm_source=ig&utm_campaign=lebaran", 0),
            server.visit(&promo, "fbclid=B&utm_source=ig&utm_campaign=lebaran", 1),
            desk(server.visit(&promo, "gclid=C&utm_campaign=lebaran", 2)),
            desk(server.visit(&promo, "utm_source=", 3)),
            server.visit(&promo, &long, 4),
            server.visit(&promo, &longer, 5),
            server.visit(&bio, "ttclid=D&utm_source=tiktok", DAY_MS),
            server.visit(&bio, "", DAY_MS + 1),
            server.visit(&bio, "li_fat_id=E", DAY_MS + 2),
        ];
        let leads = server.record(visits).await;
        // Through Google at first and through Meta today: the row of Meta counts this as a click, and not as a new lead.
        let back = Visit {
            cookie: Some(leads[3].number),
            ..server.visit(&promo, "fbclid=R", DAY_MS + 3)
        };
        server.record(vec![back]).await;
        server.set_clock(DAY_MS + 10);
        let edit = async |lead: usize, edit: Value| {
            let path = format!("/leads/{}", leads[lead].packed());
            assert!(server.patch(&path, edit).await.status.is_success());
        };
        for (lead, change) in [
            (1, json!({ "arrived": true })),
            (5, json!({ "arrived": true })),
            (3, json!({ "status": "won", "value": 5, "currency": "IDR" })),
            (0, json!({ "status": "won" })),
            (7, json!({ "status": "won" })),
            (2, json!({ "status": "hot" })),
        ] {
            edit(lead, change).await;
        }
        server.fold().await;
        Self { server, bio, agents }
    }

    /// How many leads the list has, page by page.
    async fn listed(&self, query: &str) -> usize {
        let (mut n, mut cursor) = (0, String::new());
        loop {
            let page = self.server.get(&format!("/leads?limit=2&{query}{cursor}")).await;
            n += page.items("id").len();
            match page.json["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return n,
            }
        }
    }

    /// Holds a number of each row of a report to the list behind it; how many rows there were.
    async fn agree(&self, report: &str, number: &str, query: impl Fn(&Value) -> String) -> usize {
        let report = self.server.get(report).await.json;
        let rows = report["rows"].as_array().unwrap();
        for row in rows {
            let query = query(row);
            assert_eq!(row[number], self.listed(&query).await, "{row} and {query}");
        }
        rows.len()
    }
}

/// `name=value`, or `without=name` where there is none.
fn named(name: &str, value: &Value) -> String {
    match value.as_str() {
        Some(value) if name == "platform" => format!("first_platform={value}"),
        Some(value) => format!("{name}={value}"),
        None => format!("without={name}"),
    }
}

#[tokio::test]
async fn new_leads_of_a_source_are_as_many_in_the_list() {
    let shop = Shop::open().await;
    for (by, rows) in [("platform", 5), ("source", 4), ("campaign", 2)] {
        for (further, of_bio) in [(String::new(), false), (format!("&rotator_id={}", shop.bio), true)] {
            let report = format!("/reports/sources?by={by}&{DAYS}{further}");
            let seen = shop
                .agree(&report, "new", |row| {
                    format!("made_by=click&{DAYS}{further}&{}", named(by, &row["name"]))
                })
                .await;
            assert!(of_bio || seen == rows, "{by}: {seen}");
        }
    }
}

#[tokio::test]
async fn new_leads_and_chats_are_as_many_in_the_list() {
    let shop = Shop::open().await;
    let by_name = ["source", "campaign", "platform", "in_app"];
    for by in by_name {
        let report = format!("/reports/arrived?by={by}&{DAYS}");
        let query = |row: &Value| format!("made_by=click&{DAYS}&{}", named(by, &row["name"]));
        assert!(shop.agree(&report, "new", query).await > 1);
        shop.agree(&report, "arrived", |row| format!("arrived=true&{}", query(row)))
            .await;
    }
    for (by, rows) in [("rotator", 2), ("agent", 3)] {
        let report = format!("/reports/arrived?by={by}&{DAYS}");
        let query = |row: &Value| match row["id"].as_str() {
            Some(id) => format!("made_by=click&{DAYS}&{by}_id={id}"),
            None => format!("made_by=click&{DAYS}&without={by}"),
        };
        let seen = shop
            .agree(&report, "arrived", |row| format!("arrived=true&{}", query(row)))
            .await;
        assert_eq!(seen, rows);
        if by == "rotator" {
            // By agents, new leads are turns, and who has no agent had none.
            shop.agree(&report, "new", query).await;
        }
    }
}

#[tokio::test]
async fn leads_of_links_agents_days_and_statuses_are_as_many_in_the_list() {
    let shop = Shop::open().await;
    let of = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let rotators = format!("/reports/rotators?{DAYS}");
    let query = |row: &Value| format!("made_by=click&{DAYS}&rotator_id={}", of(row, "rotator_id"));
    assert_eq!(shop.agree(&rotators, "new", query).await, 2);
    let days = format!("/reports/overview?{DAYS}");
    let query = |row: &Value| format!("made_by=click&from={day}&to={day}", day = of(row, "day"));
    assert_eq!(shop.agree(&days, "new", query).await, 2);
    let agents = format!("/reports/agents?{DAYS}");
    let whose = |row: &Value| match row["agent_id"].as_str() {
        Some(id) => format!("{DAYS}&agent_id={id}"),
        None => format!("{DAYS}&without=agent"),
    };
    shop.agree(&agents, "won", |row| format!("status=won&{}", whose(row)))
        .await;
    let funnel = format!("/reports/funnel?{DAYS}");
    let query = |row: &Value| format!("{DAYS}&status={}", of(row, "status"));
    assert_eq!(shop.agree(&funnel, "leads", query).await, 10);
    assert_eq!(shop.agents.len(), 2);
}

#[tokio::test]
async fn sales_are_as_many_in_the_list_by_whichever_day_they_are_dated() {
    let shop = Shop::open().await;
    let day = |row: &Value| row["day"].as_str().unwrap().to_owned();
    let by_sale = format!("/reports/sales?{DAYS}");
    let query = |row: &Value| format!("sold_from={day}&sold_to={day}", day = day(row));
    assert_eq!(shop.agree(&by_sale, "won", query).await, 1, "all on one day");
    let by_birth = format!("/reports/sales?dated=first_click&{DAYS}");
    let query = |row: &Value| format!("status=won&from={day}&to={day}", day = day(row));
    assert_eq!(shop.agree(&by_birth, "won", query).await, 2);
    let report = shop.server.get(&by_sale).await.json;
    let sold = "sold_from=2026-08-17&sold_to=2026-08-18";
    for (number, query) in [
        (&report["new"]["won"], "sold_returning=false".to_owned()),
        (&report["returning"]["won"], "sold_returning=true".to_owned()),
    ] {
        assert_eq!(*number, shop.listed(&format!("{sold}&{query}")).await, "{query}");
    }
    assert_eq!(report["returning"]["won"], 1);
    let mut after = 0;
    for span in report["delay"]["spans"].as_array().unwrap() {
        let under = span["under_days"].as_i64();
        let within = under.map_or(String::new(), |days| format!("&sold_within_days={days}"));
        let listed = shop.listed(&format!("{sold}&sold_after_days={after}{within}")).await;
        assert_eq!(span["won"], listed, "{span}");
        after = under.unwrap_or(after);
    }
}

#[tokio::test]
async fn leads_that_no_click_made_are_told_apart_and_bad_words_are_refused() {
    let shop = Shop::open().await;
    let all = shop.listed(DAYS).await;
    let by_click = shop.listed(&format!("{DAYS}&made_by=click")).await;
    let by_other = shop.listed(&format!("{DAYS}&made_by=other")).await;
    assert_eq!((all, by_click, by_other), (9, 9, 0));
    assert_eq!(
        shop.listed("browser=Chrome").await,
        2,
        "of leads that clicked with it first"
    );
    assert_eq!(shop.listed("arrived=false").await, 4, "who is won or hot has written");
    let refused = shop
        .server
        .get("/leads?arrived=maybe&without=hope&made_by=magic&sold_after_days=x&sold_within_days=100001&sold_from=x&in_app=myspace&first_platform=myspace")
        .await
        .refused();
    let mut fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "arrived",
            "first_platform",
            "in_app",
            "made_by",
            "sold_after_days",
            "sold_from",
            "sold_within_days",
            "without"
        ]
    );
}
