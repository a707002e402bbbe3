//! An operation of the document, to read.

use super::{
    sample,
    schema::{Field, Schemas, TypePart, name_of},
    text::{Piece, paragraphs, pieces},
};
use crate::api::in_api;
use serde_json::Value;

/// What an operation may be answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: String,
    /// What it means.
    pub about: Vec<Piece>,
    /// What the body is.
    pub kind: Vec<TypePart>,
}

/// One of the document.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name in the document, by which the page links to it.
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// Without the root that all have.
    pub short: String,
    /// What it does.
    pub about: Vec<Vec<Piece>>,
    /// In the path and after the question mark.
    pub parameters: Vec<Field>,
    /// The body's name.
    pub body: Option<String>,
    /// What is in it.
    pub body_fields: Vec<Field>,
    /// If it was done.
    pub answers: Vec<Answer>,
    /// If it was not.
    pub refusals: Vec<Answer>,
    /// A line for a shell.
    pub curl: String,
}

impl Operation {
    /// Reads one.
    pub fn of(schemas: Schemas<'_>, method: &str, path: &str, operation: &Value) -> Self {
        let text = |name: &str| operation[name].as_str().unwrap_or_default();
        let method = method.to_uppercase();
        let body = operation["requestBody"]["content"].as_object();
        let body = body
            .and_then(|content| content.values().next())
            .map(|media| &media["schema"]);
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        // Headers are the same everywhere: the head of the page explains them.
        let parameters = parameters.filter(|parameter| parameter["in"] != "header");
        let responses = operation["responses"].as_object().into_iter().flatten();
        let (answers, refusals) = responses
            .map(|(status, response)| answer(schemas, status, response))
            .partition(|answer| answer.status.starts_with('2'));
        let is_public = operation["security"] == serde_json::json!([{}]);
        let sample = body.map(|schema| sample::value(schemas, schema));
        Self {
            id: text("operationId").to_owned(),
            curl: sample::curl(&method, path, is_public, sample.as_ref()),
            method,
            path: path.to_owned(),
            short: in_api(path).to_owned(),
            about: paragraphs(&format!("{}\n\n{}", text("summary"), text("description"))),
            parameters: parameters
                .map(|parameter| self::parameter(schemas, parameter))
                .collect(),
            body: body.and_then(name_of).map(str::to_owned),
            body_fields: body.map(|schema| schemas.fields(schema)).unwrap_or_default(),
            answers,
            refusals,
        }
    }
}

fn parameter(schemas: Schemas<'_>, parameter: &Value) -> Field {
    let name = parameter["name"].as_str().unwrap_or_default();
    let field = schemas.field(name, &parameter["schema"], parameter["required"] == true);
    let about = parameter["description"].as_str().unwrap_or_default();
    Field {
        about: pieces(about),
        example: parameter["example"].as_str().map(str::to_owned).or(field.example),
        ..field
    }
}

fn answer(schemas: Schemas<'_>, status: &str, response: &Value) -> Answer {
    let media = response["content"]
        .as_object()
        .and_then(|content| content.values().next());
    Answer {
        status: status.to_owned(),
        about: pieces(response["description"].as_str().unwrap_or_default()),
        kind: media.map(|media| schemas.kind(&media["schema"])).unwrap_or_default(),
    }
}
