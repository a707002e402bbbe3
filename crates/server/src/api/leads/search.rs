//! What somebody may mean who types or pastes into the search field: a code, a name, a number, an e-mail address.

use konektor_core::{identity::code::VisitorCode, ids::LeadId, lead::NAME_MAX_CHARS, phone::Phone, routing::Workspace};
use konektor_store::model::LeadSearch;

/// Longest search text: more than any WhatsApp message that we made.
pub const MAX_CHARS: usize = 2_000;
/// Fewer digits than these are in too many numbers to help.
const PHONE_MIN_DIGITS: usize = 3;
/// Digits that a number may still lack while it is typed.
const PHONE_MAX_MISSING: usize = 12;

/// All that a text may mean; a lead is found by any of it. `None` for nothing but blanks.
pub fn read(text: &str, workspace: &Workspace) -> Option<LeadSearch> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return None;
    }
    let number = VisitorCode::read(&text).map(|code| workspace.code_key.number(code));
    Some(LeadSearch {
        lead: number.map(|number| LeadId {
            workspace: workspace.id,
            number,
        }),
        phone_prefixes: phone_prefixes(&text, &workspace.country),
        email_prefix: (text.contains('@') && !text.contains(' ')).then(|| text.to_lowercase()),
        name_prefix: (text.chars().count() <= NAME_MAX_CHARS).then_some(text),
    })
}

/// How stored numbers may begin if somebody typed the beginning of one: as typed, and as it reads in the
/// workspace's country (`0812…` begins as `62812…`). A number that is not complete yet has no reading of its own,
/// so it is completed with digits until it has one, which are taken off again.
fn phone_prefixes(text: &str, country: &str) -> Vec<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if !is_number || digits.len() < PHONE_MIN_DIGITS {
        return Vec::new();
    }
    let mut prefixes = vec![digits];
    for missing in 0..=PHONE_MAX_MISSING {
        let filler = "0".repeat(missing);
        let Ok(phone) = Phone::parse(&format!("{text}{filler}"), country) else {
            continue;
        };
        if let Some(prefix) = phone.digits().strip_suffix(&filler).map(str::to_owned)
            && !prefixes.contains(&prefix)
        {
            prefixes.push(prefix);
        }
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("0812", "62812")]
    #[case("0812 3456 7890", "6281234567890")]
    #[case("812-345", "62812345")]
    #[case("+62 812 34", "6281234")]
    #[case("0062812", "62812")]
    #[case("62812", "62812")]
    #[case("+1 (415)", "1415")]
    #[case("6281234567890", "6281234567890")]
    fn the_beginning_of_a_number_finds_it(#[case] typed: &str, #[case] stored: &str) {
        let prefixes = phone_prefixes(typed, "ID");
        assert!(prefixes.iter().any(|prefix| prefix == stored), "{prefixes:?}");
    }

    #[rstest]
    #[case("12")]
    #[case("Budi 0812")]
    #[case("Halo, saya mau 120 pcs [7QK3M9D]")]
    #[case("")]
    fn what_is_no_number_is_not_looked_for_among_numbers(#[case] typed: &str) {
        assert!(phone_prefixes(typed, "ID").is_empty());
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_for(text in "\\PC{0,80}|[0-9 +().-]{0,80}|[0-9]{0,2000}", country in "ID|US|XX|") {
            let prefixes = phone_prefixes(&text, &country);
            prop_assert!(prefixes.len() <= PHONE_MAX_MISSING + 2);
            for prefix in prefixes {
                prop_assert!(prefix.bytes().all(|byte| byte.is_ascii_digit()) && prefix.len() <= text.len() + 15);
            }
        }
    }
}
