//! Which field of a form is the name, the phone number and so on, and what a payload says by it.

use super::{
    payload::{Answer, Payload},
    words::{NOT_GIVEN, is_about_the_form},
};
use serde::{Deserialize, Serialize};

/// The field that the snippet writes the signed visitor token into. It counts whatever the mapping says.
pub const VISITOR_FIELD: &str = "konektor_visitor";
/// Between the paths of a value that is put together from several: `first_name + last_name`.
const AND: &str = " + ";
/// Own fields of one submission that are kept.
const FIELDS_MAX: usize = 60;

/// Paths of what is known of a person, in a form's payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// Their name.
    pub name: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The signed visitor token.
    pub visitor: Option<String>,
    /// The bare visitor code.
    pub code: Option<String>,
    /// The tick under a wording.
    pub consent: Option<String>,
}

/// What a payload says of a person, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Their name.
    pub name: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The signed visitor token.
    pub visitor: Option<String>,
    /// The bare visitor code.
    pub code: Option<String>,
    /// What they agreed to, in its words.
    pub consent: Option<String>,
    /// Everything else that was asked, in order: question and answer.
    pub fields: Vec<(String, String)>,
}

impl Mapping {
    /// With what another one knows where this one knows nothing, unless a path would then be used twice.
    pub fn filled_by(self, other: Self) -> Self {
        let used = self.clone();
        let fill = |own: Option<String>, others: Option<String>| own.or_else(|| others.filter(|path| !used.uses(path)));
        Self {
            name: fill(self.name, other.name),
            phone: fill(self.phone, other.phone),
            email: fill(self.email, other.email),
            visitor: fill(self.visitor, other.visitor),
            code: fill(self.code, other.code),
            consent: fill(self.consent, other.consent),
        }
    }

    /// What a payload says by this mapping.
    pub fn read(&self, payload: &Payload) -> Answers {
        let value = |path: &Option<String>| said(payload, path.as_deref()?);
        let visitor = value(&self.visitor).or_else(|| known_visitor(payload));
        Answers {
            name: value(&self.name),
            phone: value(&self.phone),
            email: value(&self.email),
            visitor,
            code: value(&self.code),
            consent: self.consent.as_deref().and_then(|path| agreed_to(payload, path)),
            fields: self.others(payload),
        }
    }

    /// What was asked and is none of the six.
    fn others(&self, payload: &Payload) -> Vec<(String, String)> {
        let only_questions = payload.names_questions();
        let is_own = |answer: &&Answer| {
            !answer.value.is_empty()
                && !answer.is_part
                && (answer.is_question || !only_questions)
                && !is_about_the_form(answer)
                && !is_visitor_field(answer)
                && !self.takes(answer)
        };
        let own = payload.answers.iter().filter(is_own).take(FIELDS_MAX);
        own.map(|answer| (answer.label.clone(), answer.value.clone())).collect()
    }

    /// Whether one of the six is read from this answer.
    fn takes(&self, answer: &Answer) -> bool {
        self.uses(&answer.path) || answer.position.as_deref().is_some_and(|position| self.uses(position))
    }

    fn uses(&self, path: &str) -> bool {
        let six = [
            &self.name,
            &self.phone,
            &self.email,
            &self.visitor,
            &self.code,
            &self.consent,
        ];
        let mut used = six.into_iter().flatten();
        used.any(|used| used == path || used.split(AND).any(|part| part == path))
    }
}

/// The text at a path, or at several.
fn said(payload: &Payload, path: &str) -> Option<String> {
    let whole = payload.find(path).map(|answer| answer.value.clone());
    let text = whole.unwrap_or_else(|| {
        let parts = path.split(AND).filter_map(|part| payload.find(part.trim()));
        let parts: Vec<_> = parts
            .map(|answer| answer.value.as_str())
            .filter(|value| !value.is_empty())
            .collect();
        parts.join(" ")
    });
    (!text.is_empty()).then_some(text)
}

fn known_visitor(payload: &Payload) -> Option<String> {
    let answer = payload
        .answers
        .iter()
        .find(|answer| is_visitor_field(answer) && !answer.value.is_empty())?;
    Some(answer.value.clone())
}

/// Tools put names of their own around the field's: `form_fields.konektor_visitor`, `q7_konektorVisitor`.
pub(super) fn is_visitor_field(answer: &Answer) -> bool {
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    plain(&answer.label).ends_with("konektorvisitor") || plain(&answer.path).ends_with("konektorvisitor")
}

/// The words that a tick agrees to: those of the answer where it has some, else the question's.
fn agreed_to(payload: &Payload, path: &str) -> Option<String> {
    let answer = payload.find(path)?;
    let value = answer.value.to_lowercase();
    if NOT_GIVEN.contains(&value.trim()) {
        return None;
    }
    let says_it = value.split_whitespace().count() >= 3;
    Some(if says_it { &answer.value } else { &answer.label }.clone())
}
