//! Which pages may learn of their visitor: those of the same site as the host, by the browser's own word, and those that
//! the workspace or the server names.

use crate::click::host::normalised;
use axum::http::{HeaderMap, HeaderName, header};
use konektor_core::{ids::WorkspaceId, routing::Routing};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'h> {
    /// A page of the same origin, or nobody's page.
    Own,
    /// A page of this origin, which may read the answer.
    Allowed(&'h str),
    /// A page that may not.
    Refused,
}

impl<'h> Origin<'h> {
    /// By a request's headers. What is same-site only the browser knows (it has the list of public suffixes), and says in
    /// `Sec-Fetch-Site`; where it does not, the origin's host has to be one of the workspace's.
    pub fn of(headers: &'h HeaderMap, workspace: WorkspaceId, routing: &Routing, allowed: &[String]) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let site = text(SEC_FETCH_SITE);
        let Some(origin) = text(header::ORIGIN) else {
            return match site {
                Some("cross-site" | "same-site") => Self::Refused,
                _ => Self::Own,
            };
        };
        let host = origin.split_once("://").map(|(_, authority)| normalised(authority));
        let is_known = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin))
            || host.is_some_and(|host| routing.workspace_of_host(&host) == Some(workspace));
        match is_known || matches!(site, Some("same-origin" | "same-site")) {
            true => Self::Allowed(origin),
            false => Self::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::same_site(
        Some("https://www.brand.com"),
        Some("same-site"),
        Origin::Allowed("https://www.brand.com")
    )]
    #[case::another_port(
        Some("http://127.0.0.1:5000"),
        Some("same-site"),
        Origin::Allowed("http://127.0.0.1:5000")
    )]
    #[case::another_site(Some("https://evil.example"), Some("cross-site"), Origin::Refused)]
    #[case::an_old_browser_elsewhere(Some("https://evil.example"), None, Origin::Refused)]
    #[case::an_old_browser_on_a_host_of_the_workspace(
        Some("https://wa.brand.com"),
        None,
        Origin::Allowed("https://wa.brand.com")
    )]
    #[case::a_host_of_another_workspace(Some("https://wa.other.com"), Some("cross-site"), Origin::Refused)]
    #[case::named_by_the_server(
        Some("https://toko.example"),
        Some("cross-site"),
        Origin::Allowed("https://toko.example")
    )]
    #[case::its_own_page(None, Some("same-origin"), Origin::Own)]
    #[case::typed(None, Some("none"), Origin::Own)]
    #[case::a_tool(None, None, Origin::Own)]
    #[case::embedded_elsewhere(None, Some("cross-site"), Origin::Refused)]
    #[case::a_sandbox(Some("null"), Some("cross-site"), Origin::Refused)]
    fn a_page_learns_of_its_visitor_if_it_is_the_customers(
        #[case] origin: Option<&str>,
        #[case] site: Option<&str>,
        #[case] expected: Origin<'static>,
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::ORIGIN, origin), (SEC_FETCH_SITE, site)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        let hosts = vec![
            ("wa.brand.com".to_owned(), WorkspaceId(3)),
            ("wa.other.com".to_owned(), WorkspaceId(4)),
        ];
        let routing = Routing::new(Vec::new(), Vec::new(), Vec::new(), hosts);
        let allowed = ["https://toko.example".to_owned()];
        assert_eq!(Origin::of(&headers, WorkspaceId(3), &routing, &allowed), expected);
    }
}
