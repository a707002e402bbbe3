//! How tools write a question with its answer: `{"label": "Nama", "value": "Budi"}` in many spellings.

use super::tree::Node;

/// Names that a question's text has.
const LABELS: [&str; 4] = ["label", "title", "question", "name"];
/// Names that a question's answer has.
const VALUES: [&str; 4] = ["value", "values", "answer", "response"];
/// The parts of a name that some tools ask for one by one, in the order in which they are said.
const NAME_PARTS: [&str; 5] = ["prefix", "first", "middle", "last", "suffix"];

/// A question with its answer.
pub(super) struct Labelled<'n> {
    /// The question.
    pub(super) label: &'n str,
    /// The kind of field that the tool says it is.
    pub(super) kind: Option<&'n str>,
    /// The answer.
    pub(super) value: String,
}

/// Questions by id, where a tool names them apart from their answers, as Typeform does.
pub(super) type Titles<'n> = Vec<(&'n str, &'n str)>;

/// The questions that a node defines.
pub(super) fn titles(node: &Node) -> Titles<'_> {
    let fields = match node.get("definition").and_then(|definition| definition.get("fields")) {
        Some(Node::List(fields)) => fields.as_slice(),
        _ => &[],
    };
    fields
        .iter()
        .filter_map(|field| Some((field.text("id")?, field.text("title")?)))
        .collect()
}

/// The question and answer that a node is, if it is one.
pub(super) fn labelled<'n>(node: &'n Node, titles: &Titles<'n>) -> Option<Labelled<'n>> {
    let field = node.get("field");
    let kind = node.text("type").or_else(|| field?.text("type"));
    let value = VALUES
        .iter()
        .find_map(|name| node.get(name))
        // Typeform: `{"type": "email", "email": "…"}`.
        .or_else(|| node.get(node.text("type")?))?;
    let own = || LABELS.iter().find_map(|name| node.text(name));
    let of_field = || {
        let id = field?.text("id")?;
        let title = titles.iter().find(|(known, _)| *known == id);
        title
            .map(|(_, title)| *title)
            .or_else(|| field?.text("ref"))
            .or(Some(id))
    };
    let label = own().or_else(of_field).or_else(|| node.text("key"))?;
    Some(Labelled {
        label,
        kind,
        value: answer(value, node.get("options")),
    })
}

/// An answer as one text: several choices side by side, a name of its parts.
pub(super) fn answer(value: &Node, options: Option<&Node>) -> String {
    match value {
        Node::Nothing => String::new(),
        Node::Text(text) => option_text(options, text).unwrap_or(text).to_owned(),
        Node::List(items) => {
            let items = items
                .iter()
                .map(|item| answer(item, options))
                .filter(|text| !text.is_empty());
            items.collect::<Vec<_>>().join(", ")
        }
        Node::Map(fields) => {
            let inner = ["label", "labels", "text", "url"]
                .iter()
                .find_map(|name| value.get(name));
            composite(value)
                .or_else(|| inner.map(|inner| answer(inner, None)))
                .unwrap_or_else(|| {
                    let parts = fields
                        .iter()
                        .map(|(_, part)| answer(part, None))
                        .filter(|text| !text.is_empty());
                    parts.collect::<Vec<_>>().join(" ")
                })
        }
    }
}

/// What people see of an option that a tool names by its id, as Tally does.
fn option_text<'n>(options: Option<&'n Node>, id: &str) -> Option<&'n str> {
    let Some(Node::List(options)) = options else {
        return None;
    };
    options
        .iter()
        .find(|option| option.text("id") == Some(id))?
        .text("text")
}

/// A name or a phone number of which a tool sends the parts.
pub(super) fn composite(node: &Node) -> Option<String> {
    let Node::Map(fields) = node else { return None };
    if let Some(full) = node.text("full") {
        return Some(full.to_owned());
    }
    let are = |known: &[&str]| fields.iter().all(|(name, _)| known.contains(&name.as_str()));
    let said = |order: &[&str]| {
        let parts = order
            .iter()
            .filter_map(|name| node.text(name))
            .filter(|part| !part.trim().is_empty());
        parts.collect::<Vec<_>>().join(" ")
    };
    if node.text("first").is_some() && are(&NAME_PARTS) {
        return Some(said(&NAME_PARTS));
    }
    if node.text("phone").is_some() && node.text("area").is_some() && are(&["country", "area", "phone"]) {
        return Some(said(&["country", "area", "phone"]));
    }
    None
}
