//! What is known about a user agent, worked out once per distinct text.
//!
//! A few thousand texts make up nearly all requests, so a bounded cache answers them without matching or allocating.

use konektor_core::{
    identity::continuity::{Fingerprints, UserAgentPrint},
    screening::{Class, Patterns},
    user_agent::{self, UserAgent},
};
use quick_cache::sync::Cache;
use std::sync::{Arc, LazyLock};

/// The crawlers' patterns that `build.rs` put there, one a line; empty where they were not installed at build time.
static LISTED: &str = include_str!(concat!(env!("OUT_DIR"), "/crawler_patterns.txt"));

/// What such crawlers call themselves, for what people teach: by no rule of theirs may these count.
static EXAMPLES: &str = include_str!(concat!(env!("OUT_DIR"), "/crawler_examples.txt"));

/// The patterns compiled in: once, for the click path and for who asks about them.
static BUILT_IN: LazyLock<Arc<Patterns>> = LazyLock::new(|| Arc::new(Patterns::compile(LISTED.lines())));

/// The patterns compiled in.
pub fn built_in() -> &'static Patterns {
    &BUILT_IN
}

/// User agents of known crawlers.
pub fn examples() -> impl Iterator<Item = &'static str> {
    EXAMPLES.lines()
}

/// How many user agents are remembered. With the longest texts that are kept, some 8 MB.
const CAPACITY: usize = 4096;

/// Longer texts are worked out each time: real ones end well before (Facebook's on iOS at about 400), and nobody shall
/// fill the memory with others.
const MAX_CACHED_BYTES: usize = 1024;

/// A user agent and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownUserAgent {
    /// The text as sent, shared with every click that it made.
    pub text: Arc<str>,
    /// A person's, or whose else: see [`Patterns::classify`].
    pub class: Class,
    /// Device, system, browser, app.
    pub parsed: UserAgent,
    /// For fingerprints of its requests.
    pub print: UserAgentPrint,
}

/// The patterns and the user agents that were seen lately.
pub struct UserAgents {
    patterns: Arc<Patterns>,
    prints: Fingerprints,
    seen: Cache<Arc<str>, Arc<KnownUserAgent>>,
}

impl UserAgents {
    /// With the patterns compiled in. Takes some milliseconds: once at start.
    pub fn built_in(prints: Fingerprints) -> Self {
        Self::with_patterns(BUILT_IN.clone(), prints)
    }

    /// With other patterns.
    pub fn with_patterns(patterns: impl Into<Arc<Patterns>>, prints: Fingerprints) -> Self {
        Self {
            patterns: patterns.into(),
            prints,
            seen: Cache::new(CAPACITY),
        }
    }

    /// What `user_agent` says. A text that was seen lately costs one look-up and no allocation.
    pub fn get(&self, user_agent: &str) -> Arc<KnownUserAgent> {
        if let Some(known) = self.seen.get(user_agent) {
            return known;
        }
        let text: Arc<str> = user_agent.into();
        let class = self.patterns.classify(user_agent);
        let known = Arc::new(KnownUserAgent {
            text: text.clone(),
            class,
            parsed: user_agent::parse(user_agent),
            print: self.prints.user_agent(user_agent),
        });
        if user_agent.len() <= MAX_CACHED_BYTES {
            self.seen.insert(text, known.clone());
        }
        known
    }

    /// The patterns in use: how many there are, and which could not be.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{hint::black_box, time::Instant};

    fn prints() -> Fingerprints {
        Fingerprints::new([7; 16])
    }

    const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

    #[test]
    fn a_user_agent_is_worked_out_once() {
        let user_agents = UserAgents::built_in(prints());
        let known = user_agents.get(PHONE);
        assert_eq!((&*known.text, known.class), (PHONE, Class::Human));
        assert_eq!(known.parsed.device.as_deref(), Some("Samsung SM-A155F"));
        assert!(Arc::ptr_eq(&known, &user_agents.get(PHONE)));
        assert_eq!(user_agents.get("curl/8.5.0").class, Class::Tool);
    }

    #[test]
    fn long_texts_are_answered_but_not_kept() {
        let user_agents = UserAgents::built_in(prints());
        let long = format!("{PHONE} {}", "x".repeat(MAX_CACHED_BYTES));
        assert_eq!(user_agents.get(&long), user_agents.get(&long));
        assert!(user_agents.seen.is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let user_agents = UserAgents::with_patterns(Patterns::compile(std::iter::empty()), prints());
        for n in 0..3 * CAPACITY {
            user_agents.get(&format!("{PHONE} {n}"));
        }
        assert!(user_agents.seen.len() <= CAPACITY);
    }

    #[test]
    fn the_listed_patterns_all_compile() {
        assert_eq!(
            UserAgents::built_in(prints()).patterns().skipped(),
            <[String; 0]>::default()
        );
    }

    /// Numbers to watch: `cargo test --release -p konektor enrich -- --nocapture cheap`.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "it measures")]
    fn a_look_up_is_cheap() {
        let start = Instant::now();
        let user_agents = UserAgents::built_in(prints());
        println!(
            "{} patterns ready in {:?}",
            user_agents.patterns().len(),
            start.elapsed()
        );
        user_agents.get(PHONE);
        let start = Instant::now();
        for _ in 0..100_000 {
            black_box(user_agents.get(black_box(PHONE)));
        }
        println!("a known user agent: {:?}", start.elapsed() / 100_000);
    }
}
