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

/// The values of a parameter in a raw query, as they were sent. Nearly every link has none of those that this is asked for, so
/// it goes along the pairs byte by byte, which costs them less than a search.
pub fn values<'q>(query: &'q str, name: &str) -> impl Iterator<Item = &'q str> {
    let mut rest = Some(query);
    std::iter::from_fn(move || {
        loop {
            let from = rest?;
            let end = from.as_bytes().iter().position(|b| *b == b'&');
            rest = end.map(|end| &from[end + 1..]);
            let pair = &from[..end.unwrap_or(from.len())];
            if let Some(value) = pair.strip_prefix(name).and_then(|value| value.strip_prefix('=')) {
                return Some(value);
            }
        }
    })
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
