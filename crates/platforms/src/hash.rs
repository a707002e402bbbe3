//! E-mail addresses and phone numbers, as the platforms want them: normalised, then hashed. A [`Hashed`] can only be
//! made from something normalised and not empty, so nothing is hashed twice, and the hash of nothing is never sent.

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct Hashed(String);

impl Hashed {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn of(normalised: &str) -> Self {
        use std::fmt::Write;
        let digest = Sha256::digest(normalised.as_bytes());
        let mut hex = String::with_capacity(64);
        for byte in digest {
            write!(hex, "{byte:02x}").expect("a String takes all");
        }
        Self(hex)
    }
}

/// Of a visitor code: exactly its bytes.
pub fn visitor_code(code: &str) -> Option<Hashed> {
    (!code.is_empty()).then(|| Hashed::of(code))
}

/// Of an e-mail address, as Meta, TikTok and LinkedIn want it: trimmed, lower case.
pub fn email(text: &str) -> Option<Hashed> {
    address(text).map(|address| Hashed::of(&address))
}

/// Of an e-mail address, as Google wants it: also without the dots and the `+suffix` of a Gmail address, which all
/// reach the same mailbox.
pub fn email_for_google(text: &str) -> Option<Hashed> {
    let address = address(text)?;
    let (name, domain) = address.rsplit_once('@')?;
    if domain != "gmail.com" && domain != "googlemail.com" {
        return Some(Hashed::of(&address));
    }
    let name = name.split('+').next().unwrap_or("").replace('.', "");
    (!name.is_empty()).then(|| Hashed::of(&format!("{name}@{domain}")))
}

/// Lower case and without white space; `None` if it is no address.
fn address(text: &str) -> Option<String> {
    let address: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_lowercase();
    let (name, domain) = address.rsplit_once('@')?;
    (!name.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')).then_some(address)
}

/// Of a phone number, as Meta wants it: digits with the country's, without `+`.
pub fn phone_for_meta(digits: &str) -> Option<Hashed> {
    number(digits).map(|digits| Hashed::of(&digits))
}

/// Of a phone number, as Google and TikTok want it: E.164 with `+`.
pub fn phone(digits: &str) -> Option<Hashed> {
    number(digits).map(|digits| Hashed::of(&format!("+{digits}")))
}

/// The digits of an E.164 number; `None` if it cannot be one.
fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (7..=15).contains(&digits.len()).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    /// Of nothing: must never be sent.
    const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[rstest]
    #[case::email(
        email(" Joe@Example.COM "),
        "2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"
    )]
    #[case::google_email(
        email_for_google("Joe.Doe+x@gmail.com"),
        "9a37fe7a532540cc2ee862f87d8dc25f1281f5cda400631add5e77ceef5fb693"
    )]
    #[case::google_other_email(
        email_for_google(" Joe@Example.COM "),
        "2481f36dfc515ca76451aaadf1399026942a01ee50c6d0a61988b43cef039bc2"
    )]
    #[case::meta_phone(
        phone_for_meta("+62 812-3456-7890"),
        "dd752605096029a73495a91862983963e1947a834a4300808074185af10bb725"
    )]
    #[case::phone(
        phone("6281234567890"),
        "62397bbd6a8c9ae53bc914a6017300eb6b13af5be20e4cc9ad2dc3d61ecb24cd"
    )]
    #[case::code(
        visitor_code("ABC1234"),
        "979ae4c32c826f265c49c0b17432ffb18c1bccabc79cede66a99984403fc4ae4"
    )]
    fn agrees_with_the_platforms_own_clients(#[case] found: Option<Hashed>, #[case] expected: &str) {
        assert_eq!(found.unwrap().as_str(), expected);
    }

    #[rstest]
    #[case::plus_signs("+++")]
    #[case::nothing("")]
    #[case::blank("  ")]
    #[case::at("@")]
    #[case::no_domain("joe@")]
    #[case::no_dot("joe@localhost")]
    #[case::gmail_of_nobody("+x@gmail.com")]
    #[case::zeros("0000000000")]
    fn junk_is_not_hashed(#[case] text: &str) {
        assert_eq!(phone(text), None);
        assert_eq!(phone_for_meta(text), None);
        if text != "+x@gmail.com" {
            assert_eq!(email(text), None);
        }
        assert_eq!(email_for_google(text), None);
    }

    proptest! {
        #[test]
        fn the_hash_of_nothing_is_never_made(text in ".*") {
            let made = [
                visitor_code(&text), email(&text), email_for_google(&text), phone(&text), phone_for_meta(&text),
            ];
            prop_assert!(made.iter().flatten().all(|hashed| hashed.as_str() != OF_NOTHING));
        }
    }
}
