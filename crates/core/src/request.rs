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
