//! A platform's words, made fit for people to read: without credentials, on one line, not too long.

use crate::wire::{STRUCK_OUT, Secret};

/// Longest message of a finding: enough for any platform's explanation, too short for a page of HTML.
const MAX_CHARS: usize = 500;

/// The text with each of `secrets` struck out, on one line, and at most 500 characters of it. Secrets go first: of one
/// that is cut off or folded, a part would stay.
pub(crate) fn clean(text: &str, secrets: &[&Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.expose().is_empty()) {
        text = text.replace(secret.expose(), STRUCK_OUT);
    }
    let words = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.chars().nth(MAX_CHARS) {
        Some(_) => line.chars().take(MAX_CHARS - 1).chain(['…']).collect(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::as_it_was("Invalid gclid.", "Invalid gclid.")]
    #[case::one_line("Bad\r\n\trequest\u{0}!", "Bad request !")]
    #[case::struck_out("token EAAB-1/x== is bad, EAAB-1/x==", "token [struck out] is bad, [struck out]")]
    fn a_message_is_one_line_without_the_credential(#[case] text: &str, #[case] expected: &str) {
        let secrets = [&Secret::new("EAAB-1/x==".into()), &Secret::new(String::new())];
        assert_eq!(clean(text, &secrets), expected);
    }

    proptest! {
        #[test]
        fn whatever_a_platform_says_is_short_and_has_no_credential(
            before in ".{0,600}", token in "[!-Z^-~]{8,40}", after in ".{0,600}",
        ) {
            let cleaned = clean(&format!("{before}{token}{after}"), &[&Secret::new(token.clone())]);
            prop_assert!(cleaned.chars().count() <= MAX_CHARS);
            prop_assert!(!cleaned.contains(&token));
        }
    }
}
