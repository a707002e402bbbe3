//! Requests of every endpoint of the API, made from its description: parameters and bodies that nearly fit.

use super::{request::Parts, target::Target};
use crate::common::random::Random;
use serde_json::{Map, Value, json};

/// What is left out: answers that never end, passwords that are slow to check on purpose, and what would take the
/// attacker's key away or start senders that outlive the request. Scanners have a server of their own for those (docs/reliability.md).
const LEFT_OUT: &[&str] = &[
    "get /api/v1/live",
    "post /api/v1/session",
    "post /api/v1/setup",
    "post /api/v1/invitations/{token}",
    "delete /api/v1/keys/{id}",
    "post /api/v1/keys",
    "post /api/v1/users",
    "post /api/v1/webhooks",
    "post /api/v1/destinations",
    "post /api/v1/leads/{id}/erase",
    "post /api/v1/hosts",
];
const TEXTS: &[&str] = &[
    "",
    " ",
    "Rina",
    "0812 3456 7890",
    "a@b.id",
    "\u{202e}abc",
    "\u{0}",
    "' OR '1'='1",
    "{code}",
    "{nope}",
    "%",
    "_",
    "1",
    "9223372036854775807",
    "-1",
    "2026-02-30",
    "2026-01-01T00:00:00Z",
    "+999999-12-31T00:00:00Z",
    "Asia/Jakarta",
    "08:00",
    "mon",
    "https://example.com/x",
    "javascript:alert(1)",
    "<b>x</b>",
    "ABC1234",
    "USD",
    "id",
    "=1+1",
    "😀",
];
const DEEPEST: usize = 5;

/// One endpoint.
struct Endpoint {
    method: &'static str,
    path: String,
    query: Vec<String>,
    body: Option<Value>,
}

/// All of them.
pub struct Endpoints {
    all: Vec<Endpoint>,
    schemas: Map<String, Value>,
}

impl Endpoints {
    pub fn of(document: &Value) -> Self {
        let mut all = Vec::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for (method, operation) in methods.as_object().expect("methods") {
                if LEFT_OUT.contains(&&format!("{method} {path}")[..]) {
                    continue;
                }
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let query = parameters.filter(|parameter| parameter["in"] == "query");
                let body = operation["requestBody"]["content"]["application/json"].get("schema");
                all.push(Endpoint {
                    method: known(method),
                    path: path.clone(),
                    query: query
                        .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
                        .collect(),
                    body: body.cloned(),
                });
            }
        }
        let schemas = document["components"]["schemas"].as_object().expect("schemas").clone();
        Self { all, schemas }
    }

    /// A request of one of them, by somebody who has a key, or has not.
    pub fn request(&self, random: &mut Random, target: &Target) -> Parts {
        let endpoint = random.pick(&self.all);
        let mut link = path(random, target, endpoint);
        for name in &endpoint.query {
            if random.below(3) == 0 {
                let text = random.pick(TEXTS);
                let escaped = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
                link += &format!("{}{name}={escaped}", if link.contains('?') { '&' } else { '?' });
            }
        }
        let mut parts = Parts::get(link);
        parts.method = endpoint.method;
        if let Some(schema) = &endpoint.body {
            parts = parts.with("Content-Type", "application/json");
            parts.body = self.value(random, schema, 0).to_string().into_bytes();
        }
        if endpoint.method != "GET" && random.below(4) == 0 {
            parts = parts.with("Idempotency-Key", format!("k{}", random.below(1_000)));
        }
        authorized(random, target, parts)
    }

    /// A value that fits a schema in most respects.
    fn value(&self, random: &mut Random, schema: &Value, depth: usize) -> Value {
        if random.below(12) == 0 || depth > DEEPEST {
            return anything(random);
        }
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return self
                .schemas
                .get(name)
                .map_or(Value::Null, |schema| self.value(random, schema, depth + 1));
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[choice].as_array().filter(|choices| !choices.is_empty()) {
                let choice = random.pick(choices);
                return self.value(random, choice, depth + 1);
            }
        }
        if let Some(values) = schema["enum"].as_array().filter(|values| !values.is_empty()) {
            return random.pick(values).clone();
        }
        if let Some(example) = schema.get("example").filter(|_| random.below(3) == 0) {
            return example.clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => random.pick(kinds).as_str().unwrap_or_default().to_owned(),
            kind => kind.as_str().unwrap_or("object").to_owned(),
        };
        match &kind[..] {
            "string" => json!(random.pick(TEXTS)),
            "integer" => json!(*random.pick(&[0_i64, 1, 2, -1, 100, i64::MAX, i64::MIN])),
            "number" => json!(*random.pick(&[0.0, 150_000.0, -1.5, 1e300, 0.1])),
            "boolean" => json!(random.below(2) == 0),
            "array" => {
                let items = 0..*random.pick(&[0, 1, 1, 2, 3, 40]);
                items.map(|_| self.value(random, &schema["items"], depth + 1)).collect()
            }
            "null" => Value::Null,
            _ => self.object(random, schema, depth),
        }
    }

    fn object(&self, random: &mut Random, schema: &Value, depth: usize) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut object = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.iter().any(|required| required == name) && random.below(20) != 0;
            if is_required || random.below(3) == 0 {
                object.insert(name.clone(), self.value(random, schema, depth + 1));
            }
        }
        if random.below(20) == 0 {
            object.insert((*random.pick(TEXTS)).to_owned(), anything(random));
        }
        object.into()
    }
}

/// A file of leads for the import.
pub fn import(random: &mut Random, target: &Target) -> Parts {
    let heading = *random.pick(&[
        "name,phone,email,status,value,currency,notes",
        "Nama;No. HP;Email",
        "phone\tname",
        "x,y",
    ]);
    let mut file = heading.to_owned();
    for _ in 0..random.below(6) {
        let row = format!(
            "\nBudi {},0812{},a{}@b.id,won,\"1.500,00\",IDR,\"baris\nkedua\"",
            random.below(9),
            10_000_000 + random.below(60),
            random.below(60)
        );
        file += &row.replace(',', if heading.contains(';') { ";" } else { "," });
    }
    let dry = *random.pick(&["?dry_run=true", "?dry_run=true", "?dry_run=maybe", ""]);
    let parts = Parts::post(format!("/api/v1/leads/import{dry}"), "text/csv", file);
    authorized(random, target, parts)
}

fn authorized(random: &mut Random, target: &Target, parts: Parts) -> Parts {
    match random.below(12) {
        0 => parts,
        1 => parts.with(
            "Authorization",
            *random.pick(&["Bearer kn_0", "Basic YTpi", "Bearer", "bearer  x"]),
        ),
        2 => parts.with("Cookie", "__Host-session=00000000; session=x"),
        _ => parts.with("Authorization", format!("Bearer {}", target.key)),
    }
}

/// A path with its places filled: by what is there, what is not, and what cannot be.
fn path(random: &mut Random, target: &Target, endpoint: &Endpoint) -> String {
    let mut filled = endpoint.path.clone();
    // What is there stays there: a test of refusals would follow.
    let may_be_there = endpoint.method != "DELETE";
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        let of_collection = target
            .ids
            .iter()
            .find(|(name, _)| filled.contains(&format!("/{name}/")));
        let id = match (random.below(4), of_collection) {
            (0..3, Some((_, id))) if may_be_there => id.clone(),
            _ => (*random.pick(&[
                "0",
                "1",
                "2",
                "999999999999",
                "-1",
                "x",
                "%00",
                "ABC1234",
                "%f0%9f%98%80",
            ]))
            .to_owned(),
        };
        filled.replace_range(from..=to, &id);
    }
    filled
}

/// A value of any kind.
fn anything(random: &mut Random) -> Value {
    match random.below(6) {
        0 => Value::Null,
        1 => json!([[], {}, [[[]]]]),
        2 => json!({ "": null, "a": [1] }),
        3 => json!(1e15),
        4 => json!("x".repeat(random.below(400))),
        _ => json!(random.pick(TEXTS)),
    }
}

fn known(method: &str) -> &'static str {
    match method {
        "get" => "GET",
        "post" => "POST",
        "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        other => panic!("{other} is new"),
    }
}
