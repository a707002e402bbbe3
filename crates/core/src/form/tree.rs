//! A body as a tree whose fields keep the order in which they came: of two questions that could be the name, the first
//! one is.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// Deepest nesting that a form tool could have.
const DEPTH_MAX: usize = 16;

/// A piece of a body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// No value.
    Nothing,
    /// A text, a number, `true` or `false`, as it was written.
    Text(String),
    /// Several.
    List(Vec<Node>),
    /// Named ones.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The first field of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Map(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The text of the first field of this name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is nested deeper than any form.
    pub(super) fn is_too_deep(&self) -> bool {
        self.is_deeper_than(DEPTH_MAX)
    }

    fn is_deeper_than(&self, levels: usize) -> bool {
        let mut inner: Box<dyn Iterator<Item = &Node>> = match self {
            Self::List(items) => Box::new(items.iter()),
            Self::Map(fields) => Box::new(fields.iter().map(|(_, node)| node)),
            _ => return false,
        };
        levels == 0 || inner.any(|node| node.is_deeper_than(levels - 1))
    }

    /// A tree of the pairs of a form, in which `a[b][c]` is `c` in `b` in `a`, and what comes several times is a list.
    pub(super) fn of_pairs(pairs: Vec<(String, String)>) -> Node {
        let mut root = Node::Map(Vec::new());
        for (name, value) in pairs {
            let node = Node::Text(value);
            match bracketed(&name) {
                Some(steps) => root.put(&steps, node),
                None => root.put(&[name.as_str()], node),
            }
        }
        root
    }

    fn put(&mut self, steps: &[&str], node: Node) {
        let Some((step, rest)) = steps.split_first() else {
            self.add(node);
            return;
        };
        // `a[]`: one more of `a`.
        if step.is_empty() && rest.is_empty() {
            self.add(node);
            return;
        }
        if !matches!(self, Self::Map(_)) {
            let before = std::mem::replace(self, Self::Map(Vec::new()));
            if before != Self::Nothing {
                self.put(&["0"], before);
            }
        }
        let Self::Map(fields) = self else { return };
        let at = fields.iter().position(|(name, _)| name == step);
        let at = at.unwrap_or_else(|| {
            fields.push(((*step).to_owned(), Self::Nothing));
            fields.len() - 1
        });
        fields[at].1.put(rest, node);
    }

    /// Makes a list where there is something already.
    fn add(&mut self, node: Node) {
        match self {
            Self::Nothing => *self = node,
            Self::List(items) => items.push(node),
            Self::Map(fields) => fields.push((fields.len().to_string(), node)),
            Self::Text(_) => {
                let before = std::mem::replace(self, Self::Nothing);
                *self = Self::List(vec![before, node]);
            }
        }
    }
}

/// The steps of `a[b][c]`; `None` for a name that is not written so.
fn bracketed(name: &str) -> Option<Vec<&str>> {
    let (first, rest) = name.split_once('[')?;
    let rest = rest.strip_suffix(']')?;
    if first.is_empty() {
        return None;
    }
    let steps: Vec<_> = std::iter::once(first).chain(rest.split("][")).collect();
    let is_plain = steps.iter().all(|step| !step.contains(['[', ']']));
    (is_plain && steps.len() <= DEPTH_MAX).then_some(steps)
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(field) = fields.next_entry()? {
            map.push(field);
        }
        Ok(Node::Map(map))
    }
}
