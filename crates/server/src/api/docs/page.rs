//! The page: all operations by tag, then all objects.

use super::{
    operation::Operation,
    schema::{Object, Schemas},
    text::{Piece, paragraphs, pieces},
};
use askama::Template;
use serde_json::Value;

/// A tag of the document with its operations.
pub struct Group {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: Vec<Piece>,
    /// What there is to ask.
    pub operations: Vec<Operation>,
}

/// All that the page says.
#[derive(Template)]
#[template(path = "api.html")]
pub struct Page<'s> {
    style: &'s str,
    title: String,
    intro: Vec<Vec<Piece>>,
    groups: Vec<Group>,
    objects: Vec<Object>,
}

impl<'s> Page<'s> {
    /// Reads a document.
    pub fn of(document: &Value, style: &'s str) -> Self {
        let empty = serde_json::Map::new();
        let schemas = Schemas(document["components"]["schemas"].as_object().unwrap_or(&empty));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = document["tags"].as_array().into_iter().flatten();
        Self {
            style,
            title: text(&document["info"]["title"]),
            intro: paragraphs(&text(&document["info"]["description"])),
            groups: tags
                .map(|tag| Group {
                    name: text(&tag["name"]),
                    about: pieces(&text(&tag["description"])),
                    operations: operations(document, schemas, &tag["name"]),
                })
                .collect(),
            objects: schemas.objects(),
        }
    }
}

fn operations(document: &Value, schemas: Schemas<'_>, tag: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let operation = &methods[method];
            if operation["tags"][0] == *tag {
                operations.push(Operation::of(schemas, method, path, operation));
            }
        }
    }
    operations
}
