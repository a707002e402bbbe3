//! The few facts of an HTTP request that matter, borrowed from it. The server fills this; nothing here can fail.

/// What the visitor's browser told us. Header values that were not UTF-8 arrive here lossily decoded.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestFacts<'a> {
    /// `true` for `HEAD`.
    pub is_head: bool,
    /// Raw query string, without `?`.
    pub query: &'a str,
    /// `User-Agent`, absent or empty as `None`.
    pub user_agent: Option<&'a str>,
    /// `Accept-Language`.
    pub accept_language: Option<&'a str>,
    /// `Referer`.
    pub referrer: Option<&'a str>,
    /// `Sec-Purpose`, `Purpose`, `X-Purpose`, `X-Moz`: any that are present.
    pub purposes: [Option<&'a str>; 4],
    /// `Sec-Fetch-Mode`.
    pub sec_fetch_mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`.
    pub sec_fetch_dest: Option<&'a str>,
    /// `Sec-GPC: 1` was sent.
    pub sec_gpc: bool,
}

/// The pairs of a raw query, as they were sent.
pub fn pairs(query: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(query);
    std::iter::from_fn(move || {
        let from = rest?;
        let end = memchr::memchr(b'&', from.as_bytes());
        rest = end.map(|end| &from[end + 1..]);
        Some(&from[..end.unwrap_or(from.len())])
    })
}

/// The values of a parameter in a raw query, as they were sent.
pub fn values<'q>(query: &'q str, name: &str) -> impl Iterator<Item = &'q str> {
    pairs(query).filter_map(move |pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", &[])]
    #[case("kv", &[])]
    #[case("kv=", &[""])]
    #[case("kv=1", &["1"])]
    #[case("a=b&kv=1&&kv==2&é=kv&xkv=3&kvx=4&kv=5é", &["1", "=2", "5é"])]
    fn a_parameters_values_are_found_in_order(#[case] query: &str, #[case] found: &[&str]) {
        assert_eq!(values(query, "kv").collect::<Vec<_>>(), found);
    }
}
