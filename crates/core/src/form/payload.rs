//! The answers of a form, whatever tool posted them and however: each with a path, a label and a text.

use super::{
    labels::{Titles, answer, composite, labelled, titles},
    refusal::Refusal,
    tree::Node,
};
use crate::message::clean;

/// Most answers of a form.
pub const ANSWERS_MAX: usize = 200;
/// Longest path and label, in characters.
const LABEL_MAX_CHARS: usize = 200;
/// Longest answer that is kept, in characters.
const VALUE_MAX_CHARS: usize = 2_000;
/// Parts that say how a form is made, not what somebody answered.
const DEFINITIONS: [&str; 4] = ["definition", "options", "thankyou_screens", "endings"];
/// Fields that hold the whole form once more as JSON: Jotform's `rawRequest`, and what relays call theirs.
const JSON_INSIDE: [&str; 4] = ["rawRequest", "payload", "data", "json"];

/// One field of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Where it is, as a mapping names it: `data.fields.Nama lengkap`.
    pub path: String,
    /// The same by position, where the path is by label: `data.fields.0.value`.
    pub position: Option<String>,
    /// The question as people read it; the field's name where there is none.
    pub label: String,
    /// The kind of field that the tool says it is: `email`, `INPUT_PHONE_NUMBER`.
    pub kind: Option<String>,
    /// What was answered, in one line.
    pub value: String,
    /// The tool says that this is a question, not something about the form.
    pub is_question: bool,
    /// A part of another answer: the first name of a name.
    pub is_part: bool,
}

/// The fields of a form, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The fields.
    pub answers: Vec<Answer>,
}

impl Payload {
    /// Reads JSON.
    pub fn of_json(text: &str) -> Result<Self, Refusal> {
        let node: Node = serde_json::from_str(text).map_err(|error| match error.to_string().contains("recursion") {
            true => Refusal::TooDeep,
            false => Refusal::Malformed,
        })?;
        match node {
            // Relays send one lead as a list of one.
            Node::List(mut items) if items.len() == 1 && matches!(items[0], Node::Map(_)) => Self::of(items.remove(0)),
            node @ (Node::Map(_) | Node::List(_)) => Self::of(node),
            _ => Err(Refusal::Malformed),
        }
    }

    /// Reads the pairs of a form-encoded or multipart body.
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Result<Self, Refusal> {
        if pairs.len() > ANSWERS_MAX {
            return Err(Refusal::TooManyFields);
        }
        Self::of(Node::of_pairs(pairs))
    }

    fn of(node: Node) -> Result<Self, Refusal> {
        if node.is_too_deep() {
            return Err(Refusal::TooDeep);
        }
        let mut reader = Reader::default();
        reader.walk(&node, &Place::default(), &titles(&node))?;
        let payload = Self {
            answers: reader.answers,
        };
        match payload.answers.iter().all(|answer| answer.value.is_empty()) {
            true => Err(Refusal::Empty),
            false => Ok(payload),
        }
    }

    /// The answer at a path, by label or by position.
    pub fn find(&self, path: &str) -> Option<&Answer> {
        let by_path = self.answers.iter().find(|answer| answer.path == path);
        by_path.or_else(|| {
            let by_position = |answer: &&Answer| answer.position.as_deref() == Some(path);
            self.answers.iter().find(by_position)
        })
    }

    /// Whether the tool says which fields are questions, so that the others are not.
    pub fn names_questions(&self) -> bool {
        self.answers.iter().any(|answer| answer.is_question)
    }
}

/// Where in the tree something is.
#[derive(Clone, Default)]
struct Place {
    path: String,
    position: String,
    is_question: bool,
    is_part: bool,
}

impl Place {
    fn step(&self, name: &str) -> Self {
        let join = |before: &str| match before {
            "" => name.to_owned(),
            before => format!("{before}.{name}"),
        };
        Self {
            path: join(&self.path),
            position: join(&self.position),
            ..self.clone()
        }
    }
}

#[derive(Default)]
struct Reader {
    answers: Vec<Answer>,
}

impl Reader {
    fn walk(&mut self, node: &Node, place: &Place, titles: &Titles<'_>) -> Result<(), Refusal> {
        match node {
            Node::Nothing => self.add(place, name_of(&place.path), None, ""),
            Node::Text(text) => self.walk_text(text, place),
            Node::List(items) => self.walk_list(items, place, titles),
            Node::Map(fields) => self.walk_map(node, fields, place, titles),
        }
    }

    fn walk_text(&mut self, text: &str, place: &Place) -> Result<(), Refusal> {
        let name = name_of(&place.path);
        if JSON_INSIDE.contains(&name)
            && text.trim_start().starts_with('{')
            && let Ok(inner) = serde_json::from_str::<Node>(text)
        {
            if inner.is_too_deep() {
                return Err(Refusal::TooDeep);
            }
            let place = Place {
                is_question: true,
                ..place.clone()
            };
            return self.walk(&inner, &place, &titles(&inner));
        }
        self.add(place, name, None, text)
    }

    fn walk_list(&mut self, items: &[Node], place: &Place, titles: &Titles<'_>) -> Result<(), Refusal> {
        if items.iter().all(|item| matches!(item, Node::Text(_) | Node::Nothing)) {
            let text = answer(&Node::List(items.to_vec()), None);
            return self.add(place, name_of(&place.path), None, &text);
        }
        for (n, item) in items.iter().enumerate() {
            let by_position = place.step(&n.to_string());
            let Some(found) = labelled(item, titles) else {
                self.walk(item, &by_position, titles)?;
                continue;
            };
            let mut by_label = place.step(found.label);
            by_label.position = by_position.position;
            by_label.is_question = true;
            self.add(&by_label, found.label, found.kind, &found.value)?;
        }
        Ok(())
    }

    fn walk_map(
        &mut self,
        node: &Node,
        fields: &[(String, Node)],
        place: &Place,
        outer: &Titles<'_>,
    ) -> Result<(), Refusal> {
        // Elementor: `fields[name][title]`, `fields[name][value]`.
        if !place.path.is_empty()
            && node.text("value").is_some()
            && node.get("type").is_some()
            && let Some(found) = labelled(node, outer)
        {
            let place = Place {
                is_question: true,
                ..place.clone()
            };
            return self.add(&place, found.label, found.kind, &found.value);
        }
        let whole = composite(node).filter(|_| !place.path.is_empty());
        if let Some(whole) = &whole {
            self.add(place, name_of(&place.path), None, whole)?;
        }
        let own = titles(node);
        let titles = if own.is_empty() { outer } else { &own };
        for (name, inner) in fields.iter().filter(|(name, _)| !DEFINITIONS.contains(&name.as_str())) {
            let mut place = place.step(name);
            place.is_part |= whole.is_some();
            // What tools call what came along with the link to the form.
            place.is_question |= name == "hidden";
            self.walk(inner, &place, titles)?;
        }
        Ok(())
    }

    /// Two questions may have the same words: the second is `Nama (2)`.
    fn not_used(&self, path: String) -> String {
        let is_free = |path: &String| self.answers.iter().all(|answer| answer.path != *path);
        if is_free(&path) {
            return path;
        }
        let numbered = (2..=ANSWERS_MAX + 1).map(|n| format!("{path} ({n})"));
        numbered.into_iter().find(is_free).unwrap_or(path)
    }

    fn add(&mut self, place: &Place, label: &str, kind: Option<&str>, value: &str) -> Result<(), Refusal> {
        if self.answers.len() == ANSWERS_MAX {
            return Err(Refusal::TooManyFields);
        }
        let cut = |text: &str, most: usize| clean(text).take(most).collect::<String>();
        let path = self.not_used(cut(&place.path, LABEL_MAX_CHARS));
        let position = cut(&place.position, LABEL_MAX_CHARS);
        self.answers.push(Answer {
            position: (position != path).then_some(position),
            path,
            label: cut(label, LABEL_MAX_CHARS),
            kind: kind.map(|kind| cut(kind, LABEL_MAX_CHARS)),
            value: cut(value, VALUE_MAX_CHARS),
            is_question: place.is_question,
            is_part: place.is_part,
        });
        Ok(())
    }
}

/// The last step of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
