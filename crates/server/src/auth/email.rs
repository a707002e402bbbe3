//! E-mail addresses that people sign in with.

const MAX_BYTES: usize = 254;

/// A text that is no e-mail address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an e-mail address; write it like rina@brand.com")]
pub struct NotAnEmail(String);

/// Lower-cased, for that is how people mean it. Only what no address can be without is checked: whether it is
/// somebody's, nobody can tell.
pub fn parse(text: &str) -> Result<String, NotAnEmail> {
    let email = text.trim().to_lowercase();
    let has_form = email.split_once('@').is_some_and(|(name, host)| {
        let labels_fit = host.split('.').count() > 1 && host.split('.').all(|label| !label.is_empty());
        !name.is_empty() && labels_fit && !host.contains('@')
    });
    let is_clean = email.len() <= MAX_BYTES
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    if has_form && is_clean {
        Ok(email)
    } else {
        Err(NotAnEmail(text.chars().filter(|c| !c.is_control()).take(60).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(" Rina@Brand.com ", Some("rina@brand.com"))]
    #[case("rina+cs@sub.brand.co.id", Some("rina+cs@sub.brand.co.id"))]
    #[case("rina", None)]
    #[case("@brand.com", None)]
    #[case("rina@brand", None)]
    #[case("rina@brand..com", None)]
    #[case("rina@a@brand.com", None)]
    #[case("rina <rina@brand.com>", None)]
    fn an_address_is_read_in_lower_case(#[case] text: &str, #[case] email: Option<&str>) {
        assert_eq!(parse(text).ok().as_deref(), email);
    }
}
