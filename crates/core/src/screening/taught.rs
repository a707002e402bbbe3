//! What people taught: whom the patterns take for a program, and who is a person all the same.
//!
//! A rule forgives one thing and no more. A *name* is cut out of the user agent, and whatever else in it speaks of a program
//! still does; so a rule for one app cannot let a crawler through that calls itself something besides. A *network* forgives
//! what a network can be blamed for: many visitors behind one address, and a proxy that takes the user agent away. Previews, ad
//! reviews, prefetches and the like are never forgiven: nobody sits behind them, whatever the rules say.

use super::{Class, Patterns, own_patterns::OWN};
use ipnet::IpNet;
use std::{net::IpAddr, str::FromStr};

/// Shortest and longest name, in characters. Anything shorter stands in too many user agents.
const NAME_CHARS: std::ops::RangeInclusive<usize> = 4..=200;
/// The widest networks that are one house or one carrier's gateway, as prefix lengths.
const WIDEST_V4: u8 = 24;
const WIDEST_V6: u8 = 48;

/// What is a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Whoever is taken for a program for this name alone, in any case.
    UserAgent(String),
    /// Whoever comes from there.
    Network(IpNet),
}

/// Why something cannot be taught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// Neither kind.
    #[error("Rules are about a user_agent or a network.")]
    Kind,
    /// Too short, too long, or not what a user agent consists of.
    #[error("Write a name of {} to {} characters, as it stands in the user agent.", NAME_CHARS.start(), NAME_CHARS.end())]
    Name,
    /// Nobody is left out for it.
    #[error("Nothing is left out for \"{0}\", so there is nothing to teach.")]
    Harmless(String),
    /// Crawlers or link previews would count.
    #[error("\"{name}\" would let known programs count again, such as {example}. Write more of the app's own name.")]
    TooBroad {
        /// The name.
        name: String,
        /// One of them.
        example: String,
    },
    /// No network.
    #[error("Write a network such as 203.0.113.0/24 or 2001:db8::/48.")]
    Network,
    /// More than one house.
    #[error(
        "That network is too wide: half a country may be in it. At most /{WIDEST_V4}, or /{WIDEST_V6} of IPv6, can be taught."
    )]
    TooWide,
}

impl NotARule {
    /// A word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Name => "name",
            Self::Harmless(_) => "harmless",
            Self::TooBroad { .. } => "too_broad",
            Self::Network => "network",
            Self::TooWide => "too_wide",
        }
    }

    /// What the words name besides the value: a program that would count.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::TooBroad { example, .. } => Some(example),
            _ => None,
        }
    }
}

impl Rule {
    /// Reads a rule as it is stored, which was checked when it was made.
    pub fn parse(kind: &str, value: &str) -> Result<Self, NotARule> {
        match kind {
            "user_agent" => {
                let name = value.trim();
                let is_name = NAME_CHARS.contains(&name.chars().count())
                    && name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
                    && name.bytes().any(|byte| byte.is_ascii_alphabetic());
                is_name.then(|| Self::UserAgent(name.to_owned())).ok_or(NotARule::Name)
            }
            "network" => {
                let network = IpNet::from_str(value.trim())
                    .or_else(|_| value.trim().parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| NotARule::Network)?;
                let widest = if network.addr().is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
                match network.prefix_len() >= widest {
                    true => Ok(Self::Network(network.trunc())),
                    false => Err(NotARule::TooWide),
                }
            }
            _ => Err(NotARule::Kind),
        }
    }

    /// `user_agent` or `network`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UserAgent(_) => "user_agent",
            Self::Network(_) => "network",
        }
    }

    /// The name, or the network in CIDR notation.
    pub fn value(&self) -> String {
        match self {
            Self::UserAgent(name) => name.clone(),
            Self::Network(network) => network.to_string(),
        }
    }

    /// Whether it may be taught: no known program may count by it. `known` are user agents of programs, as they send them.
    /// Takes some milliseconds.
    pub fn check<'k>(&self, patterns: &Patterns, known: impl Iterator<Item = &'k str>) -> Result<(), NotARule> {
        let Self::UserAgent(name) = self else { return Ok(()) };
        let ours = OWN.iter().flat_map(|(.., texts)| texts.iter().copied());
        let let_through = |text: &&str| {
            !patterns.classify(text).is_human()
                && without(text, name).is_some_and(|rest| patterns.classify(&rest).is_human())
        };
        if let Some(example) = known.chain(ours).find(let_through) {
            return Err(NotARule::TooBroad {
                name: name.clone(),
                example: example.chars().take(80).collect(),
            });
        }
        match patterns.classify(name).is_human() {
            // A mark may need what stands around it: `bot` counts at the end of a word alone.
            true if patterns.classify(&format!("{name}/1.0")).is_human() => Err(NotARule::Harmless(name.clone())),
            _ => Ok(()),
        }
    }
}

/// A workspace's rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taught {
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Taught {
    /// Of these rules.
    pub fn new(rules: impl IntoIterator<Item = Rule>) -> Self {
        let mut taught = Self::default();
        for rule in rules {
            match rule {
                Rule::UserAgent(name) => taught.names.push(name),
                Rule::Network(network) => taught.networks.push(network),
            }
        }
        taught
    }

    /// Whether there is any rule; mostly there is none.
    pub fn is_any(&self) -> bool {
        !self.names.is_empty() || !self.networks.is_empty()
    }

    /// Whether a request that is not counted is a person's by what was taught. Asked only of those.
    pub fn is_person(&self, class: Class, user_agent: &str, address: IpAddr, patterns: &Patterns) -> bool {
        match class {
            Class::Bot | Class::Tool => self.forgives(user_agent, patterns),
            Class::NoUserAgent | Class::Flood => self.has_network_of(address),
            // Nobody sits behind these. `Human` needs no rule.
            Class::Human | Class::Head | Class::Prefetch | Class::Subresource | Class::Preview | Class::AdReview => {
                false
            }
        }
    }

    /// Whether an address is in a network of people.
    pub fn has_network_of(&self, address: IpAddr) -> bool {
        !self.networks.is_empty() && {
            let address = address.to_canonical();
            self.networks.iter().any(|network| network.contains(&address))
        }
    }

    fn forgives(&self, user_agent: &str, patterns: &Patterns) -> bool {
        let mut rest = None;
        for name in &self.names {
            let text = rest.as_deref().unwrap_or(user_agent);
            rest = without(text, name).or(rest);
        }
        rest.is_some_and(|rest| patterns.classify(&rest).is_human())
    }
}

/// The part of a user agent for which alone it is taken for a program: what can be taught of it. `None` if it is not one
/// name, or a person's.
pub fn telling_name<'u>(user_agent: &'u str, patterns: &Patterns) -> Option<&'u str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let class = patterns.classify(user_agent);
    matches!(class, Class::Bot | Class::Tool).then_some(())?;
    user_agent
        .split(|c| !is_part(c))
        .filter(|name| Rule::parse("user_agent", name).is_ok())
        .find(|name| without(user_agent, name).is_some_and(|rest| patterns.classify(&rest).is_human()))
}

/// The network of an address that can be taught.
pub fn network_of(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    let bits = if address.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    IpNet::new(address, bits).map_or_else(|_| address.into(), |network| network.trunc())
}

/// A text without a name, wherever it stands in it as a word, in any case; `None` if it does not.
fn without(text: &str, name: &str) -> Option<String> {
    let (bytes, wanted) = (text.as_bytes(), name.as_bytes());
    let is_end = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let (mut rest, mut at, mut kept) = (String::new(), 0, 0);
    while at + wanted.len() <= bytes.len() {
        let is_here = bytes[at..at + wanted.len()].eq_ignore_ascii_case(wanted)
            && is_end(at.checked_sub(1).and_then(|before| bytes.get(before)))
            && is_end(bytes.get(at + wanted.len()));
        if is_here {
            // The name is ASCII, so both of its ends are between characters.
            rest.push_str(&text[kept..at]);
            rest.push(' ');
            at += wanted.len();
            kept = at;
        } else {
            at += 1;
        }
    }
    (kept > 0).then(|| {
        rest.push_str(&text[kept..]);
        rest
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const APP: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
                       Chrome/140.0.0.0 Mobile Safari/537.36 TokoBot/2.1";
    const GOOGLE: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    const KNOWN: &[&str] = &[
        GOOGLE,
        "Googlebot-Image/1.0",
        "Mozilla/5.0 (compatible; YandexBot/3.0)",
        "python-requests/2.31",
    ];

    fn patterns() -> Patterns {
        Patterns::compile(["Googlebot\\/", "YandexBot"].into_iter())
    }

    fn taught(kind: &str, value: &str) -> Taught {
        Taught::new([Rule::parse(kind, value).unwrap()])
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_app_that_was_taken_for_a_bot_is_a_person_and_others_are_not() {
        let patterns = patterns();
        let class = patterns.classify(APP);
        assert_eq!(class, Class::Bot);
        assert_eq!(telling_name(APP, &patterns), Some("TokoBot"));
        let taught = taught("user_agent", "tokobot");
        let from = address("203.0.113.7");
        assert!(taught.is_person(class, APP, from, &patterns));
        for other in [
            GOOGLE,
            "OtherBot/1.0",
            "TokoBotanic/1.0 OtherBot/1",
            &format!("{APP} Googlebot/2.1"),
        ] {
            let class = patterns.classify(other);
            assert!(!taught.is_person(class, other, from, &patterns), "{other}");
        }
    }

    #[test]
    fn nobody_sits_behind_what_is_never_forgiven() {
        let patterns = patterns();
        let all = Taught::new([
            Rule::UserAgent("facebookexternalhit".to_owned()),
            Rule::UserAgent("WhatsApp".to_owned()),
            Rule::UserAgent("AdsBot".to_owned()),
            Rule::parse("network", "203.0.113.0/24").unwrap(),
        ]);
        for class in [
            Class::Head,
            Class::Prefetch,
            Class::Subresource,
            Class::Preview,
            Class::AdReview,
        ] {
            for text in ["facebookexternalhit/1.1", "WhatsApp/2.23", "AdsBot-Google", APP] {
                assert!(
                    !all.is_person(class, text, address("203.0.113.7"), &patterns),
                    "{class} {text}"
                );
            }
        }
    }

    #[rstest]
    #[case("bot")]
    #[case("12345")]
    #[case("  ")]
    #[case("caf\u{e9}bot")]
    fn what_is_no_name_is_refused(#[case] name: &str) {
        assert_eq!(Rule::parse("user_agent", name), Err(NotARule::Name));
    }

    #[rstest]
    #[case("Googlebot")]
    #[case("YandexBot/3.0")]
    #[case("python-requests")]
    #[case("facebookexternalhit")]
    #[case("TelegramBot")]
    #[case("WhatsApp")]
    #[case("curl")]
    #[case("HeadlessChrome")]
    fn a_name_by_which_known_programs_would_count_is_refused(#[case] name: &str) {
        let checked = Rule::parse("user_agent", name)
            .unwrap()
            .check(&patterns(), KNOWN.iter().copied());
        assert!(matches!(checked, Err(NotARule::TooBroad { .. })), "{checked:?}");
    }

    #[rstest]
    #[case("SM-A155F")]
    #[case("Android")]
    #[case("Safari/537.36")]
    fn a_name_for_which_nobody_is_left_out_is_refused(#[case] name: &str) {
        let checked = Rule::parse("user_agent", name)
            .unwrap()
            .check(&patterns(), KNOWN.iter().copied());
        assert_eq!(checked, Err(NotARule::Harmless(name.to_owned())));
    }

    #[test]
    fn a_name_of_its_own_may_be_taught() {
        let rule = Rule::parse("user_agent", "TokoBot").unwrap();
        assert_eq!(rule.check(&patterns(), KNOWN.iter().copied()), Ok(()));
    }

    #[rstest]
    #[case("203.0.113.9/24", Ok("203.0.113.0/24"))]
    #[case("203.0.113.9", Ok("203.0.113.9/32"))]
    #[case("2001:db8::/48", Ok("2001:db8::/48"))]
    #[case("203.0.0.0/16", Err(NotARule::TooWide))]
    #[case("0.0.0.0/0", Err(NotARule::TooWide))]
    #[case("2001:db8::/32", Err(NotARule::TooWide))]
    #[case("office", Err(NotARule::Network))]
    fn networks_are_one_house(#[case] text: &str, #[case] read: Result<&str, NotARule>) {
        let rule = Rule::parse("network", text).map(|rule| rule.value());
        assert_eq!(rule, read.map(str::to_owned));
    }

    #[test]
    fn a_network_forgives_a_flood_and_a_missing_user_agent_and_no_program() {
        let (taught, patterns) = (taught("network", "203.0.113.0/24"), patterns());
        let (inside, outside) = (address("203.0.113.7"), address("203.0.114.7"));
        for (class, is_person) in [
            (Class::Flood, true),
            (Class::NoUserAgent, true),
            (Class::Bot, false),
            (Class::Tool, false),
            (Class::Preview, false),
        ] {
            assert_eq!(taught.is_person(class, GOOGLE, inside, &patterns), is_person, "{class}");
            assert!(!taught.is_person(class, GOOGLE, outside, &patterns), "{class}");
        }
        assert!(taught.has_network_of(address("::ffff:203.0.113.7")));
        assert_eq!(network_of(address("::ffff:203.0.113.7")).to_string(), "203.0.113.0/24");
        assert_eq!(network_of(address("2001:db8:1:2::3")).to_string(), "2001:db8:1::/48");
    }
}
