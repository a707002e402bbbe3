//! A shop whose link shows a page, and what a browser does with it.

use crate::common::{
    database,
    http::{Answer, Request, get},
    shop::Shop,
    wait_for,
};
use konektor::secrets;
use konektor_core::{
    ids::{RotatorId, WorkspaceId},
    page::token::{PageToken, PageTokens},
};
use konektor_store::model::Installation;
use serde_json::{Value, json};

const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
/// As long as somebody takes to fill in a form.
const A_WHILE_MS: i64 = 20_000;

/// A shop with `/wa/promo` in page mode.
pub struct Stand {
    pub shop: Shop,
    tokens: PageTokens,
}

/// A form as most have it.
pub fn usual_form() -> Value {
    json!({
        "fields": [
            { "name": "name", "label": "Nama", "type": "text", "required": true },
            { "name": "phone", "label": "Nomor WhatsApp", "type": "phone", "required": true },
            { "name": "email", "label": "Email", "type": "email" },
            { "name": "kota", "label": "Kota", "type": "text" },
        ],
        "consent": "Saya setuju dihubungi oleh Toko Kopi.",
    })
}

/// What Budi types into it.
pub const BUDI: [(&str, &str); 5] = [
    ("name", "Budi Santoso"),
    ("phone", "0812 3456 7890"),
    ("email", "Budi@Example.com"),
    ("kota", "Bandung"),
    ("consent", "1"),
];

impl Stand {
    /// With a page that has this form, or none.
    pub fn open(form: Value) -> Self {
        Self::with(json!({ "brand": "Toko Kopi", "title": "Promo Lebaran", "text": "Diskon 20%", "form": form }))
    }

    /// With this page.
    pub fn with(page: Value) -> Self {
        let shop = Shop::with(3, &[("KONEKTOR_SECRET_KEY", SECRET)]);
        shop.patch_rotator(json!({ "mode": "page", "page": page, "message": "Hai {first_name} [{code}]" }));
        let installation = Installation {
            fingerprint_key: [0; 16],
            signing_salts: vec![database::signing_salt(shop.data())],
        };
        let tokens = secrets::page_tokens(&secrets::parse(SECRET).expect("hex"), &installation);
        Self { shop, tokens }
    }

    /// The page as a browser without a cookie gets it.
    pub fn page(&self, target: &str) -> Answer {
        let page = self.shop.server.ask(&get(target));
        assert_eq!(page.status, 200, "{page:?}");
        page
    }

    /// Opens the page, fills it in, as long as that takes, and presses its button.
    pub fn fill_in(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.older(&token(&self.page(target)), A_WHILE_MS);
        self.shop.server.ask(&press(target, &token, fields))
    }

    /// The token of the same page, shown so much earlier: nobody has to wait.
    pub fn older(&self, token: &str, ms: i64) -> String {
        let (workspace, rotator) = self.whose();
        let shown = self
            .tokens
            .verify(workspace, rotator, token)
            .expect("the keys are right");
        let at = shown.at.plus_ms(-ms);
        self.tokens.sign(workspace, rotator, PageToken { at, ..shown })
    }

    fn whose(&self) -> (WorkspaceId, RotatorId) {
        let number = |text: &str| text.parse::<i64>().expect("a number");
        (
            WorkspaceId(number(&self.shop.workspace)),
            RotatorId(number(&self.shop.rotator)),
        )
    }

    /// What became of forms, once so many have been counted.
    pub fn outcomes(&self, count: u64) -> Vec<(String, u64)> {
        wait_for("the forms' outcomes", || {
            let report = self.shop.get("/reports/screening");
            let rows = report["forms"].as_array().expect("a list").iter().map(|row| {
                let outcome = row["outcome"].as_str().expect("a word").to_owned();
                (outcome, row["count"].as_u64().expect("a number"))
            });
            let rows: Vec<_> = rows.collect();
            (rows.iter().map(|(_, n)| n).sum::<u64>() == count).then_some(rows)
        })
    }

    /// Pages shown to people, once there are so many.
    pub fn views(&self, count: u64) {
        wait_for("the views", || {
            let report = self.shop.get("/reports/overview");
            (report["totals"]["views"].as_u64() == Some(count)).then_some(())
        });
    }
}

/// The token in a page.
pub fn token(page: &Answer) -> String {
    let html = page.text();
    let (_, rest) = html.split_once("name=\"_token\" value=\"").expect("a token");
    rest.split('"').next().expect("split gives one at least").to_owned()
}

/// The press of the button of the page with this token.
pub fn press(target: &str, token: &str, fields: &[(&str, &str)]) -> Request {
    let encoded = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        });
        bytes.collect::<String>()
    };
    let pairs = [("_token", token)].into_iter().chain(fields.iter().copied());
    let body: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    Request {
        body: body.join("&"),
        ..get(target)
            .method("POST")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Mode", "navigate")
            .header("Sec-Fetch-Dest", "document")
            .header("Sec-Fetch-Site", "same-origin")
    }
}
