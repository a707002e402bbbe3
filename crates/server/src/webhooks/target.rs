//! Where a message is sent: an address that was entered by somebody whom the server need not trust.

use super::guard::Guard;
use reqwest::Url;
use std::net::IpAddr;

const URL_MAX_CHARS: usize = 2_000;
/// Ports below this belong to services that were there before: mail, shells, databases of names.
const FIRST_FREE_PORT: u16 = 1_024;

/// An address that may be tried. Where its name leads is looked at when a connection is made.
#[derive(Clone, Debug)]
pub struct Target {
    pub(super) url: Url,
    pub(super) is_plain: bool,
}

impl Target {
    /// Reads an address as browsers do, so that `http://2130706433`, `http://0x7f.1` and `http://[::ffff:127.0.0.1]` are the
    /// addresses that they mean. An error says in words what to enter instead.
    pub fn parse(text: &str, guard: &Guard) -> Result<Self, String> {
        if text.chars().count() > URL_MAX_CHARS {
            return Err(format!(
                "The address is too long: at most {URL_MAX_CHARS} characters are possible."
            ));
        }
        let wrong = || "This is no address of a web server. Write it as https://example.com/path.".to_owned();
        let url = Url::parse(text).map_err(|_| wrong())?;
        let is_plain = match url.scheme() {
            "https" => false,
            "http" if guard.allows_plain() => true,
            "http" => {
                return Err(
                    "Only https is possible: http is for networks that the server's operator allows \
                     (KONEKTOR_WEBHOOK_ALLOW_NETWORKS)."
                        .to_owned(),
                );
            }
            _ => return Err(wrong()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("Leave out the user name and password: messages are signed instead.".to_owned());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        // A name with an empty label or a root dot alone is none.
        if host == "." {
            return Err(wrong());
        }
        match url.port_or_known_default() {
            Some(443 | 80 | FIRST_FREE_PORT..) => {}
            _ => return Err(format!("Use port 443, 80, or one from {FIRST_FREE_PORT} on.")),
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>()
            && let Some(why) = guard.refusal(address, is_plain)
        {
            return Err(format!("{host} is {why}, which webhooks may not reach."));
        }
        Ok(Self { url, is_plain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::networks::Networks;
    use rstest::rstest;

    fn guard(allowed: &str) -> Guard {
        Guard::new(Networks::parse(allowed).unwrap())
    }

    #[rstest]
    #[case("https://example.com/hook?x=1")]
    #[case("https://example.com:8443")]
    #[case("HTTPS://EXAMPLE.COM:443/")]
    #[case("https://1.1.1.1/")]
    #[case("https://[2606:4700::1111]/")]
    #[case("https://münchen.example/")]
    fn addresses_of_the_public_internet_are_possible(#[case] url: &str) {
        assert!(Target::parse(url, &guard("")).is_ok(), "{url}");
    }

    #[rstest]
    #[case("https://127.0.0.1/", "loopback")]
    #[case("https://127.1/", "loopback")]
    #[case("https://2130706433/", "loopback")]
    #[case("https://0x7f000001/", "loopback")]
    #[case("https://0x7f.0.0.1/", "loopback")]
    #[case("https://0177.0.0.1/", "loopback")]
    #[case("https://017700000001/", "loopback")]
    #[case("https://127.0.0.1./", "loopback")]
    #[case("https://%31%32%37.0.0.1/", "loopback")]
    #[case("https://１２７.0.0.1/", "loopback")]
    #[case("https://127。0。0。1/", "loopback")]
    #[case("https://ⓛocalhost.127.0.0.1/", "no address")]
    #[case("https://0/", "unspecified")]
    #[case("https://0.0.0.0/", "unspecified")]
    #[case("https://10.0.0.1/", "private")]
    #[case("https://167772161/", "private")]
    #[case("https://0xa000001/", "private")]
    #[case("https://172.16.0.1/", "private")]
    #[case("https://192.168.1/", "private")]
    #[case("https://100.64.0.1/", "carrier")]
    #[case("https://169.254.169.254/latest/meta-data/", "link-local")]
    #[case("https://0xa9fea9fe/", "link-local")]
    #[case("https://2852039166/", "link-local")]
    #[case("https://224.0.0.1/", "multicast")]
    #[case("https://255.255.255.255/", "reserved")]
    #[case("https://203.0.113.9/", "documentation")]
    #[case("https://[::]/", "unspecified")]
    #[case("https://[::1]/", "loopback")]
    #[case("https://[0:0:0:0:0:0:0:1]/", "loopback")]
    #[case("https://[::ffff:127.0.0.1]/", "disguise")]
    #[case("https://[::ffff:7f00:1]/", "disguise")]
    #[case("https://[::127.0.0.1]/", "disguise")]
    #[case("https://[64:ff9b::7f00:1]/", "disguise")]
    #[case("https://[2002:7f00:1::]/", "carries")]
    #[case("https://[2001:0:1::]/", "reserved")]
    #[case("https://[fd00::1]/", "private")]
    #[case("https://[fe80::1]/", "link-local")]
    #[case("https://[fe80::1%25eth0]/", "no address")]
    #[case("https://[ff02::1]/", "multicast")]
    #[case("https://[2001:db8::1]/", "documentation")]
    #[case("https://user@example.com/", "user name")]
    #[case("https://user:pass@example.com/", "user name")]
    #[case("https://:pass@example.com/", "user name")]
    #[case("https://1.1.1.1@127.0.0.1/", "user name")]
    #[case("https://example.com:22/", "port")]
    #[case("https://example.com:0/", "port")]
    #[case("https://example.com:99999/", "no address")]
    #[case("http://example.com/", "Only https")]
    #[case("ftp://example.com/", "no address")]
    #[case("file:///etc/passwd", "no address")]
    #[case("gopher://example.com/", "no address")]
    #[case("javascript:alert(1)", "no address")]
    #[case("//example.com/", "no address")]
    #[case("example.com", "no address")]
    #[case("https://", "no address")]
    #[case("https://./", "no address")]
    #[case("https://exa mple.com/", "no address")]
    #[case("", "no address")]
    fn addresses_that_lead_inside_are_refused_however_they_are_written(#[case] url: &str, #[case] says: &str) {
        let refused = Target::parse(url, &guard("")).unwrap_err();
        assert!(refused.contains(says), "{url}: {refused}");
    }

    #[rstest]
    #[case("http://10.1.2.3:8080/", true)]
    #[case("https://10.1.2.3/", true)]
    #[case("http://[::ffff:10.1.2.3]/", true)]
    #[case("http://0xa010203/", true)]
    #[case("http://hooks.internal/", true)] // where the name leads is looked at later
    #[case("http://11.1.2.3/", false)]
    #[case("http://1.1.1.1/", false)]
    #[case("https://192.168.0.1/", false)]
    #[case("http://10.1.2.3:22/", false)]
    fn networks_that_the_operator_allows_are_possible_too(#[case] url: &str, #[case] possible: bool) {
        assert_eq!(Target::parse(url, &guard("10.0.0.0/8")).is_ok(), possible, "{url}");
    }

    #[test]
    fn an_endless_address_is_refused() {
        let url = format!("https://example.com/{}", "x".repeat(2_000));
        assert!(Target::parse(&url, &guard("")).unwrap_err().contains("too long"));
    }
}
