//! Host names, as a request and the settings write them.

use std::borrow::Cow;

/// `Host` without its port: `example.com:8080` → `example.com`, `[::1]:80` → `[::1]`.
pub fn without_port(authority: &str) -> &str {
    match authority.rfind(':') {
        Some(colon) if !authority[colon..].contains(']') => &authority[..colon],
        _ => authority,
    }
}

/// Compares in lower case and without the dot that may end a full name.
pub fn normalised(authority: &str) -> Cow<'_, str> {
    let host = without_port(authority.trim());
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

/// Whether a name means this machine itself: how a server without a public address is tried out.
pub fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Why a host name cannot be used, for the API.
pub fn check(host: &str) -> Result<(), &'static str> {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.contains('.') || !host.split('.').all(label_fits) {
        return Err("write a host name such as wa.brand.com, without https:// and without a path");
    }
    if host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err("an address is not a host name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Example.com:8080", "example.com")]
    #[case("example.com.", "example.com")]
    #[case("[::1]:80", "[::1]")]
    #[case("[::1]", "[::1]")]
    #[case("127.0.0.1:8080", "127.0.0.1")]
    #[case("", "")]
    fn a_host_is_compared_without_port_and_case(#[case] header: &str, #[case] host: &str) {
        assert_eq!(normalised(header), host);
    }

    #[rstest]
    #[case("wa.brand.com", true)]
    #[case("brand", false)]
    #[case("https://wa.brand.com", false)]
    #[case("wa.brand.com/x", false)]
    #[case("-a.com", false)]
    #[case("10.0.0.1", false)]
    fn a_host_name_is_checked(#[case] host: &str, #[case] fits: bool) {
        assert_eq!(check(host).is_ok(), fits);
    }
}
