//! An example of a request, as a line for a shell. The address and the key are variables, which the page says how to set.

use super::schema::{Schemas, example};
use serde_json::{Map, Value};

/// Deeper than any request of ours; what refers to itself must end somewhere.
const DEEPEST: u8 = 8;

/// A value of this form: its example, else what must be in it.
pub fn value(schemas: Schemas<'_>, schema: &Value) -> Value {
    sample(schemas, schema, 0)
}

fn sample(schemas: Schemas<'_>, schema: &Value, depth: u8) -> Value {
    let schema = schemas.resolve(schema);
    if let Some(example) = example(schema) {
        return example;
    }
    if depth > DEEPEST {
        return Value::Null;
    }
    let deeper = |schema: &Value| sample(schemas, schema, depth + 1);
    if let Some(first) = schema["enum"].get(0).or(schema.get("default")) {
        return first.clone();
    }
    if let Some(first) = schema["oneOf"].get(0) {
        return deeper(first);
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match kind {
        Some("string") => "…".into(),
        Some("boolean") => true.into(),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(1.into()),
        Some("array") => Value::Array(vec![deeper(&schema["items"])]),
        _ => object(schema, deeper),
    }
}

/// What must be there; if nothing must, the first field that has an example, for a change that changes something.
fn object(schema: &Value, sample: impl Fn(&Value) -> Value) -> Value {
    let fields = schema["properties"].as_object();
    let fields: Vec<_> = fields.into_iter().flatten().collect();
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    let is_required = |name: &str| required.iter().any(|required| *required == name);
    let mut chosen: Vec<_> = fields.iter().filter(|(name, _)| is_required(name)).collect();
    if chosen.is_empty() {
        let with_example = fields.iter().find(|(_, field)| example(field).is_some());
        chosen.extend(with_example.or(fields.first()));
    }
    let object: Map<_, _> = chosen
        .into_iter()
        .map(|(name, field)| ((*name).clone(), sample(field)))
        .collect();
    Value::Object(object)
}

/// A line for a shell.
pub fn curl(method: &str, path: &str, is_public: bool, body: Option<&Value>) -> String {
    let method = match method {
        "GET" => String::new(),
        other => format!(" -X {other}"),
    };
    // In braces curl would look for a list.
    let parts = path.split(['{', '}']).enumerate();
    let path: String = parts
        .map(|(position, part)| match position % 2 {
            0 => part.to_owned(),
            _ => part.to_uppercase(),
        })
        .collect();
    let mut line = format!("curl{method} \"$KONEKTOR{path}\"");
    if !is_public {
        line += " \\\n  -H \"Authorization: Bearer $KEY\"";
    }
    if let Some(body) = body {
        // Within single quotes a shell takes everything as it is, but for a single quote.
        let body = body.to_string().replace('\'', "'\\''");
        line += &format!(" \\\n  -H 'Content-Type: application/json' \\\n  -d '{body}'");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_has_what_must_be_sent_and_is_safe_in_a_shell() {
        let schemas = json!({ "Name": { "type": "string", "example": "it's \"$HOME\" `x`" } });
        let schemas = Schemas(schemas.as_object().unwrap());
        let schema = json!({
            "type": "object", "required": ["name", "kind", "list"],
            "properties": {
                "kind": { "type": "string", "enum": ["a", "b"] },
                "list": { "type": "array", "items": { "type": "integer" } },
                "more": { "type": "string", "example": "left out" },
                "name": { "$ref": "#/components/schemas/Name" },
            },
        });
        let body = value(schemas, &schema);
        assert_eq!(body, json!({ "kind": "a", "list": [1], "name": "it's \"$HOME\" `x`" }));
        let line = curl("POST", "/api/v1/x", false, Some(&body));
        assert!(line.starts_with("curl -X POST \"$KONEKTOR/api/v1/x\" \\\n  -H \"Authorization: Bearer $KEY\""));
        let sent = r#"-d '{"kind":"a","list":[1],"name":"it'\''s \"$HOME\" `x`"}'"#;
        assert!(line.ends_with(sent), "{line}");
        assert_eq!(curl("GET", "/y/{id}/z", true, None), "curl \"$KONEKTOR/y/ID/z\"");
    }

    #[test]
    fn a_change_changes_one_thing_and_what_refers_to_itself_ends() {
        let schemas = json!({ "Tree": { "type": "object", "required": ["tree"], "properties": {
            "tree": { "$ref": "#/components/schemas/Tree" },
        } } });
        let schemas = Schemas(schemas.as_object().unwrap());
        let patch = json!({ "type": "object", "properties": {
            "a": { "type": "string" }, "b": { "type": ["string", "null"], "example": "x" },
        } });
        assert_eq!(value(schemas, &patch), json!({ "b": "x" }));
        value(schemas, &json!({ "$ref": "#/components/schemas/Tree" }));
    }
}
