//! People who leave marks everywhere, in a shop that tells others of them.

use crate::common::{
    self,
    http::{Request, get},
    shop::Shop,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "app-secret-1";

/// Everything that is told of one person, each of which nobody else has.
pub struct Person {
    pub n: usize,
    pub code: String,
    pub cookie: String,
    pub lead: String,
}

impl Person {
    pub fn phone(n: usize) -> String {
        format!("62812555{n:05}")
    }

    pub fn address(n: usize) -> String {
        format!("36.77.{}.{}", 101 + n / 100, 101 + n % 100)
    }

    /// What must be nowhere afterwards.
    pub fn canaries(&self) -> Vec<String> {
        let n = self.n;
        let mut canaries: Vec<_> = [
            "name", "notes", "source", "campaign", "content", "referrer", "agent", "click", "second", "answer",
            "spoken",
        ]
        .iter()
        .map(|kind| canary(kind, n))
        .collect();
        canaries.extend([
            format!("{}@contoh.id", canary("mail", n)),
            Self::phone(n),
            Self::address(n),
        ]);
        canaries
    }
}

pub fn canary(kind: &str, n: usize) -> String {
    format!("cnry{kind}{n:04}x")
}

pub fn post(path: &str, body: &Value) -> Request {
    let text = body.to_string();
    let request = get(path).method("POST").user_agent("FormTool/1.0");
    Request {
        body: text,
        ..request.header("Content-Type", "application/json")
    }
}

pub fn path_of(url: &Value) -> String {
    let url = url.as_str().expect("an address");
    url[url.find("/hooks/").expect("a hook")..].to_owned()
}

/// A person comes twice by ads, fills in a form, writes on WhatsApp, and is worked on.
pub fn person(shop: &Shop, form: &str, whatsapp: &str, n: usize) -> Person {
    let link = format!(
        "/wa/promo?fbclid={}&utm_source={}&utm_campaign={}&utm_content={}",
        canary("click", n),
        canary("source", n),
        canary("campaign", n),
        canary("content", n)
    );
    let phone = format!("{} {}", common::http::PHONE, canary("agent", n));
    let visit = |link: &str| {
        get(link)
            .user_agent(&phone)
            .header("Referer", &format!("https://{}.example/", canary("referrer", n)))
            .header("X-Forwarded-For", &Person::address(n))
    };
    let answer = shop.server.ask(&visit(&link));
    let (code, cookie) = (answer.code().to_owned(), answer.cookie().to_owned());
    let again = format!("/wa/promo?gclid={}", canary("second", n));
    shop.server.ask(&visit(&again).cookie(&cookie));
    // A bot that comes with the same click ID: a sample of what was not counted.
    shop.server.ask(&visit(&link).user_agent("curl/8.0"));
    let filled = json!({
        "visitor_code": code, "name": canary("name", n), "email": format!("{}@contoh.id", canary("mail", n)),
        "phone": Person::phone(n), "pertanyaan": canary("answer", n),
    });
    assert_eq!(shop.server.ask(&post(form, &filled)).status, 200);
    let message = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": { "display_phone_number": "15550783881", "phone_number_id": "106540352242922" },
            "contacts": [{ "profile": { "name": canary("name", n) }, "wa_id": Person::phone(n) }],
            "messages": [{
                "from": Person::phone(n), "id": format!("wamid.{}", canary("spoken", n)), "timestamp": "1783000000",
                "text": { "body": format!("Halo [{code}] {}", canary("spoken", n)) }, "type": "text",
            }],
        },
    }] }] });
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.update(message.to_string().as_bytes());
    let tag: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let signed = post(whatsapp, &message).header("X-Hub-Signature-256", &format!("sha256={tag}"));
    assert_eq!(shop.server.ask(&signed).status, 200);
    let edit = json!({
        "name": canary("name", n), "notes": canary("notes", n).repeat(1 + n % 7), "status": "qualified",
        "email": format!("{}@contoh.id", canary("mail", n)), "phone": Person::phone(n),
    });
    let request = common::http::api(&shop.key, "PATCH", &format!("/leads/{code}"), Some(&edit));
    let edited = shop.server.ask(&request.header("Idempotency-Key", &canary("name", n)));
    assert_eq!(edited.status, 200, "{edited:?}");
    let lead = edited.json()["id"].as_str().expect("an id").to_owned();
    Person { n, code, cookie, lead }
}

/// A shop, and where its form and its WhatsApp are posted to.
pub fn open(settings: &[(&str, &str)]) -> (Shop, String, String) {
    let mut all = vec![
        ("KONEKTOR_TRUSTED_PROXIES", "127.0.0.1"),
        ("KONEKTOR_WEBHOOK_ALLOW_NETWORKS", "127.0.0.1"),
        // Nobody is there: events and messages wait, with what was to be sent.
        ("KONEKTOR_META_URL", "http://127.0.0.1:9"),
        ("KONEKTOR_FORM_RATE", "0"),
    ];
    all.extend(settings);
    let shop = Shop::with(3, &all);
    shop.post(
        "/destinations",
        json!({
            "platform": "meta", "name": "Meta", "settings": { "dataset_id": "1234567890123" },
            "credentials": { "access_token": "EAAthrowaway" },
        }),
    );
    shop.post(
        "/webhooks",
        json!({ "url": "http://127.0.0.1:1025/hook", "events": ["lead.created", "lead.updated", "click.recorded"] }),
    );
    let form = path_of(&shop.post("/forms", json!({ "name": "Kontak" }))["url"]);
    let fields = json!({ "phone_number_id": "106540352242922", "app_secret": SECRET, "verify_token": "kata-kunci" });
    let whatsapp = path_of(&shop.server.api(&shop.key, "PUT", "/whatsapp", Some(&fields))["url"]);
    (shop, form, whatsapp)
}
