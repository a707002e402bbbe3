//! What is kept of the last payload so that its mapping can be edited: paths, labels, and just enough of each answer to
//! be recognised.

use super::payload::Payload;
use serde::{Deserialize, Serialize};

/// Fields of a sample.
const FIELDS_MAX: usize = 100;
/// Characters of an answer's first word.
const WORD_MAX_CHARS: usize = 6;
/// Longest text without a blank that is a word and no token.
const TOKEN_MIN_BYTES: usize = 24;
/// Characters of an answer that identifies somebody.
const HINT_CHARS: usize = 3;

/// One field of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleField {
    /// As a mapping names it.
    pub path: String,
    /// The question.
    pub label: String,
    /// The beginning of the answer; of one that identifies somebody a hint.
    pub value: String,
}

/// The sample of a payload.
pub fn sample(payload: &Payload) -> Vec<SampleField> {
    let fields = payload.answers.iter().take(FIELDS_MAX);
    fields
        .map(|answer| SampleField {
            path: answer.path.clone(),
            label: answer.label.clone(),
            value: shortened(&answer.value),
        })
        .collect()
}

/// E-mail addresses, numbers and tokens are cut to a hint; other answers to their beginning.
pub fn shortened(value: &str) -> String {
    let head = |text: &str, most: usize| match text.chars().count() > most {
        true => text.chars().take(most).chain(['…']).collect(),
        false => text.to_owned(),
    };
    if let Some((local, domain)) = value.split_once('@') {
        return format!("{}@{}", head(local, 1), head(domain, TOKEN_MIN_BYTES));
    }
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_token = value.len() > TOKEN_MIN_BYTES && !value.contains(char::is_whitespace);
    match digits >= 6 || is_token {
        true => head(value, HINT_CHARS + 1),
        // One word of a name shows what it is.
        false => value.split_whitespace().next().map_or_else(String::new, |first| {
            let more = if value.split_whitespace().nth(1).is_some() {
                " …"
            } else {
                ""
            };
            format!("{}{more}", head(first, WORD_MAX_CHARS))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Budi", "Budi")]
    #[case("Budi Santoso", "Budi …")]
    #[case("budi@gmail.com", "b…@gmail.com")]
    #[case("+62 812-3456-7890", "+62 …")]
    #[case("Rahmawati", "Rahmaw…")]
    #[case("setuju", "setuju")]
    #[case("kv1.ABC1234.29781234.1.yM9nFlOa5_k", "kv1.…")]
    #[case("3174012345678901", "3174…")]
    #[case("", "")]
    fn a_sample_holds_hints_of_people(#[case] value: &str, #[case] kept: &str) {
        assert_eq!(shortened(value), kept);
    }
}
