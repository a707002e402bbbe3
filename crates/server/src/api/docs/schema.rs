//! Schemas of the document as fields, types and values to read.

use super::text::{Piece, pieces};
use serde_json::{Map, Value};

/// Part of a type: words, or the name of an object that is described on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypePart {
    /// The words or the name.
    pub text: String,
    /// Whether it is a name to follow.
    pub is_link: bool,
}

/// A field of an object, or a parameter.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: Vec<TypePart>,
    /// Whether it must be there.
    pub is_required: bool,
    /// What it means.
    pub about: Vec<Piece>,
    /// Its limits and its default, in words.
    pub limits: String,
    /// An example, as JSON.
    pub example: Option<String>,
}

/// One of the forms that an object may have, or its only one.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Its type, if it is none with fields.
    pub kind: Vec<TypePart>,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// An object that is described on the page.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: Vec<Piece>,
    /// Its forms: one, unless it is one of several.
    pub forms: Vec<Form>,
}

/// The objects of a document.
#[derive(Clone, Copy)]
pub struct Schemas<'d>(pub &'d Map<String, Value>);

impl<'d> Schemas<'d> {
    /// All objects, by name.
    pub fn objects(self) -> Vec<Object> {
        let object = |(name, schema): (&String, &Value)| Object {
            name: name.clone(),
            about: pieces(text(schema, "description")),
            forms: self.forms(schema),
        };
        self.0.iter().map(object).collect()
    }

    /// What a reference means; anything else means itself.
    pub fn resolve<'v>(self, schema: &'v Value) -> &'v Value
    where
        'd: 'v,
    {
        match name_of(schema).and_then(|name| self.0.get(name)) {
            Some(meant) => meant,
            None => schema,
        }
    }

    /// The forms of an object.
    pub fn forms(self, schema: &Value) -> Vec<Form> {
        match schema["oneOf"].as_array() {
            Some(forms) => forms.iter().map(|form| self.form(form)).collect(),
            None => vec![self.form(schema)],
        }
    }

    fn form(self, schema: &Value) -> Form {
        let fields = match name_of(schema) {
            Some(_) => Vec::new(),
            None => self.fields(schema),
        };
        let kind = match fields.is_empty() {
            true => self.kind(schema),
            false => Vec::new(),
        };
        Form { kind, fields }
    }

    /// The fields of an object, those of its parts too.
    pub fn fields(self, schema: &Value) -> Vec<Field> {
        let schema = self.resolve(schema);
        let parts = schema["allOf"].as_array().into_iter().flatten();
        let mut fields: Vec<_> = parts.flat_map(|part| self.fields(part)).collect();
        let is_required = |name: &str| {
            let required = schema["required"].as_array().into_iter().flatten();
            required.into_iter().any(|required| required == name)
        };
        let own = schema["properties"].as_object().into_iter().flatten();
        fields.extend(own.map(|(name, field)| self.field(name, field, is_required(name))));
        // What must be there comes first.
        fields.sort_by_key(|field| !field.is_required);
        fields
    }

    /// One field or parameter.
    pub fn field(self, name: &str, schema: &Value, is_required: bool) -> Field {
        Field {
            name: name.to_owned(),
            kind: self.kind(schema),
            is_required,
            about: pieces(description(schema)),
            limits: limits(schema),
            example: example(schema).map(shown),
        }
    }

    /// A type in words.
    pub fn kind(self, schema: &Value) -> Vec<TypePart> {
        if let Some(name) = name_of(schema) {
            return vec![link(name)];
        }
        if let Some(values) = schema["enum"].as_array() {
            let values: Vec<_> = values.iter().map(|value| shown(value.clone())).collect();
            return vec![words(values.join(" | "))];
        }
        for several in ["oneOf", "anyOf", "allOf"] {
            if let Some(schemas) = schema[several].as_array() {
                let between = if several == "allOf" { " and " } else { " or " };
                return joined(schemas.iter().map(|schema| self.kind(schema)), between);
            }
        }
        match &schema["type"] {
            Value::Array(types) => {
                let kinds = types.iter().filter_map(Value::as_str);
                joined(kinds.map(|kind| self.plain(kind, schema)), " or ")
            }
            Value::String(kind) => self.plain(kind, schema),
            _ => vec![words("anything".to_owned())],
        }
    }

    fn plain(self, kind: &str, schema: &Value) -> Vec<TypePart> {
        match kind {
            "array" => {
                let mut parts = vec![words("list of ".to_owned())];
                parts.extend(self.kind(&schema["items"]));
                parts
            }
            "object" if schema["additionalProperties"].is_object() => {
                let mut parts = vec![words("object of ".to_owned())];
                parts.extend(self.kind(&schema["additionalProperties"]));
                parts
            }
            other => vec![words(other.to_owned())],
        }
    }
}

/// The name that a reference leads to.
pub fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

/// The example that a schema gives, if it gives one.
pub fn example(schema: &Value) -> Option<Value> {
    let example = [&schema["example"], &schema["examples"][0]];
    example.into_iter().find(|example| !example.is_null()).cloned()
}

/// Its description, or that of the one among several that has one.
fn description(schema: &Value) -> &str {
    let several = schema["oneOf"].as_array().into_iter().flatten();
    let mut all = std::iter::once(schema)
        .chain(several)
        .map(|schema| text(schema, "description"));
    all.find(|text| !text.is_empty()).unwrap_or_default()
}

fn limits(schema: &Value) -> String {
    const NAMES: [(&str, &str, &str); 7] = [
        ("minimum", "at least", ""),
        ("maximum", "at most", ""),
        ("minLength", "at least", " characters"),
        ("maxLength", "at most", " characters"),
        ("minItems", "at least", " items"),
        ("maxItems", "at most", " items"),
        ("default", "if absent", ""),
    ];
    let said = NAMES.iter().filter_map(|(name, words, unit)| match &schema[*name] {
        Value::Null => None,
        // Says no more than that it is a number of things.
        value if *name == "minimum" && value == 0 => None,
        value => Some(format!("{words} {}{unit}", shown(value.clone()))),
    });
    said.collect::<Vec<_>>().join(", ")
}

/// A value as somebody would write it.
fn shown(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn text<'v>(schema: &'v Value, name: &str) -> &'v str {
    schema[name].as_str().unwrap_or_default()
}

fn words(text: String) -> TypePart {
    TypePart { text, is_link: false }
}

fn link(name: &str) -> TypePart {
    TypePart {
        text: name.to_owned(),
        is_link: true,
    }
}

fn joined(kinds: impl Iterator<Item = Vec<TypePart>>, between: &str) -> Vec<TypePart> {
    let mut parts = Vec::new();
    for kind in kinds {
        if !parts.is_empty() {
            parts.push(words(between.to_owned()));
        }
        parts.extend(kind);
    }
    parts
}
