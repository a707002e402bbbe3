//! Three workspaces on one server. The first has the link whose visitors must not notice anything; the key of the second is
//! the attacker's, and so are the addresses of the third's hooks.

use crate::common::{
    self,
    http::{PHONE, api, get},
    shop::{Shop, add_workspace},
};
use serde_json::{Value, json};

/// What WhatsApp's posts are signed with: of a stolen secret, the bodies may be anything.
pub const APP_SECRET: &str = "app-secret-1";

/// The server and what an attacker knows of it.
pub struct Target {
    pub shop: Shop,
    /// The second workspace's.
    pub key: String,
    /// Without a signature, and with one.
    pub form_hooks: [String; 2],
    pub whatsapp_hook: String,
    /// Ids of things of the second workspace, by the collection that they are in.
    pub ids: Vec<(&'static str, String)>,
    /// A cookie that counts, and a token of the page.
    pub cookie: String,
    pub page_token: String,
    pub visitor_code: String,
}

impl Target {
    pub fn open() -> Self {
        // Everybody is a proxy, so that forwarded headers are read; no limit but those of the requests themselves.
        let settings = [("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8"), ("KONEKTOR_FORM_RATE", "0")];
        let mut shop = Shop::with(3, &settings);
        let (_, key) = add_workspace(shop.data(), "Toko Teh");
        let (_, key_of_hooks) = add_workspace(shop.data(), "Toko Roti");
        let shares: Vec<_> = shop
            .agents
            .iter()
            .map(|agent| json!({ "agent_id": agent.id, "weight": 1 }))
            .collect();
        let form = json!({
            "fields": [
                { "name": "name", "label": "Nama", "type": "text", "required": true },
                { "name": "phone", "label": "Nomor WhatsApp", "type": "phone" },
                { "name": "email", "label": "Email", "type": "email" },
            ],
            "consent": "Saya setuju.",
        });
        let page = json!({ "brand": "Toko Kopi", "title": "Promo", "text": "Diskon", "form": form });
        shop.post(
            "/rotators",
            json!({ "slug": "halaman", "mode": "page", "page": page, "agents": shares }),
        );
        // A key is known from the next look on; the server is started anew so that there is no race with it.
        shop.stop_and_restart();
        let made = |path: &str, body: Value| shop.server.api(&key, "POST", path, Some(&body));
        let hook = |method: &str, path: &str, body: Value| shop.server.api(&key_of_hooks, method, path, Some(&body));
        let id = |made: &Value| made["id"].as_str().expect("an id").to_owned();
        let agent = id(&made("/agents", json!({ "name": "Rina", "phone": "0812 9999 0001" })));
        let share = json!([{ "agent_id": agent, "weight": 1 }]);
        let rotator = id(&made("/rotators", json!({ "slug": "teh", "agents": share })));
        let own_form = id(&made("/forms", json!({ "name": "Kontak" })));
        let forms = [
            hook("POST", "/forms", json!({ "name": "Kontak" })),
            hook("POST", "/forms", json!({ "name": "Bertanda", "secret": true })),
        ];
        let whatsapp =
            json!({ "phone_number_id": "106540352242922", "app_secret": APP_SECRET, "verify_token": "kata" });
        let whatsapp = hook("PUT", "/whatsapp", whatsapp);
        let visit = shop.server.ask(&get("/wa/teh?gclid=Cj0first"));
        let page = shop.server.ask(&get("/wa/halaman")).text();
        let (_, token) = page.split_once("name=\"_token\" value=\"").expect("a token");
        let token = token.split('"').next().expect("split gives one at least").to_owned();
        Self {
            form_hooks: forms.each_ref().map(path_of),
            whatsapp_hook: path_of(&whatsapp),
            ids: vec![
                ("agents", agent),
                ("rotators", rotator),
                ("forms", own_form),
                ("leads", visit.code().to_owned()),
            ],
            cookie: visit.cookie().to_owned(),
            visitor_code: visit.code().to_owned(),
            page_token: token,
            key,
            shop,
        }
    }

    /// Somebody who clicks the link of the first workspace is sent on, and is there afterwards.
    pub fn a_good_click_is_taken(&self, name: &str) {
        let request = get(&format!("/wa/promo?gclid=Good{name}")).header("X-Forwarded-For", "10.1.2.3");
        let answer = self.shop.server.ask(&request);
        assert!(
            self.shop.agents.iter().any(|agent| agent.digits == answer.digits()),
            "{answer:?}"
        );
        assert!(answer.sets_cookie());
        let lead = self.shop.lead_with_clicks(answer.code(), 1);
        let ids = &lead["first_touch"]["click_ids"];
        assert!(ids.to_string().contains(&format!("Good{name}")), "{lead}");
    }

    /// What the first workspace has set up, as its owner sees it.
    pub fn settings_of_the_first(&self) -> Vec<Value> {
        let collections = [
            "/agents",
            "/rotators",
            "/forms",
            "/destinations",
            "/webhooks",
            "/keys",
            "/users",
            "/hosts",
        ];
        let mut seen: Vec<_> = collections.iter().map(|path| self.shop.get(path)).collect();
        seen.push(self.shop.get("/workspace"));
        seen.iter_mut().for_each(without_what_time_changes);
        seen
    }

    /// The API's description, out of which its requests are made.
    pub fn document(&self) -> Value {
        let request = api(&self.key, "GET", "/openapi.json", None).user_agent(PHONE);
        self.shop.server.ask(&request).json()
    }
}

/// When a key was used, how many leads an agent has: that changes by itself.
fn without_what_time_changes(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| {
                !matches!(
                    &name[..],
                    "last_used_at" | "load" | "leads_today" | "state" | "available"
                )
            });
            fields.values_mut().for_each(without_what_time_changes);
        }
        Value::Array(items) => items.iter_mut().for_each(without_what_time_changes),
        _ => {}
    }
}

/// The address of a hook, without the server.
fn path_of(hook: &Value) -> String {
    let url = hook["url"].as_str().expect("an address");
    url[url.find("/hooks/").expect("a hook")..].to_owned()
}

/// What the store opens when it is first busy, and keeps: a reader has three files.
const OF_THE_STORE: usize = 6;

/// Waits until all connections that were opened are closed again.
pub fn descriptors_are_back_at(target: &Target, before: usize) {
    let process = target.shop.server.process_id();
    common::wait_for(&format!("{before} open descriptors"), || {
        (common::vitals::descriptors(process) <= before + OF_THE_STORE).then_some(())
    });
}
