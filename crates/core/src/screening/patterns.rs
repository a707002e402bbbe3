//! From a user agent to its class: how names and expressions are matched.
//!
//! The kept list holds about 1,500 patterns of which all but some 40 are plain text. Those go, with our own, into
//! one Aho-Corasick automaton: one pass over the user agent however long the list grows, built in milliseconds
//! where a `RegexSet` of them all takes far longer. A hit is only a candidate: its place in the text decides
//! (see [`Place`]), since the list's texts are fragments that also stand inside people's user agents.

use super::{
    Class,
    own_patterns::{NOT_TAKEN, ONLY_AS_NAME, OWN, PHONES_ENDING_LIKE_BOTS, Place},
};
use aho_corasick::AhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

/// The compiled patterns: made once at start, shared by all.
#[derive(Debug)]
pub struct Patterns {
    names: AhoCorasick,
    /// What each pattern of `names` means, by the automaton's pattern number.
    meanings: Vec<Meaning>,
    /// The listed patterns that are true expressions; each of them means a bot.
    expressions: RegexSet,
    skipped: Vec<String>,
}

/// What a name says about who sends it, and when it does.
#[derive(Debug)]
struct Meaning {
    class: Class,
    place: Place,
    /// The text in its own case, where the case matters: the kept list's short names rely on it, ours do not.
    exact: Option<Box<str>>,
}

impl Patterns {
    /// Compiles the listed expressions (one crawler each, as the npm package `crawler-user-agents` has them)
    /// together with our own list, which alone already knows the common ones.
    ///
    /// An expression that does not compile is left out and kept in [`Patterns::skipped`]: an update of the list
    /// must not keep a server from starting.
    pub fn compile<'a>(bot_regexes: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Vec::new();
        let mut meanings = Vec::new();
        for (class, place, texts) in OWN {
            for text in *texts {
                names.push((*text).to_owned());
                meanings.push(Meaning {
                    class: *class,
                    place: *place,
                    exact: None,
                });
            }
        }
        let mut expressions = Vec::new();
        for listed in bot_regexes.filter(|listed| !listed.is_empty() && !is_among(NOT_TAKEN, listed)) {
            if let Some(text) = literal(listed) {
                let place = if is_among(ONLY_AS_NAME, listed) {
                    Place::Name
                } else {
                    Place::Word
                };
                meanings.push(Meaning {
                    class: Class::Bot,
                    place,
                    exact: Some(text.as_str().into()),
                });
                names.push(text);
            } else {
                expressions.push(listed);
            }
        }
        let (expressions, skipped) = compile_set(expressions);
        let names = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&names)
            .expect("an automaton of a few thousand names has far fewer than 2^31 states");
        Self {
            names,
            meanings,
            expressions,
            skipped,
        }
    }

    /// The class of a user agent: `Human`, `Preview`, `AdReview`, `Bot` or `Tool`.
    ///
    /// Unknown means human: a crawler counted as a visitor is a nuisance, a visitor taken for a crawler is a
    /// lost customer. Takes microseconds; callers cache it.
    pub fn classify(&self, user_agent: &str) -> Class {
        let text = user_agent.trim();
        let by_name = self
            .names
            .find_overlapping_iter(text)
            .map(|hit| (&self.meanings[hit.pattern().as_usize()], hit.start(), hit.end()))
            .filter(|(meaning, start, end)| meaning.holds(text, *start, *end))
            .map(|(meaning, ..)| meaning.class)
            .max_by_key(|class| how_telling(*class));
        match by_name {
            Some(class) => class,
            None if self.expressions.is_match(text.as_bytes()) => Class::Bot,
            None => Class::Human,
        }
    }

    /// How many patterns are in use, our own included.
    pub fn len(&self) -> usize {
        self.meanings.len() + self.expressions.len()
    }

    /// Whether there are none, which cannot be: our own list is always in.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The listed expressions that did not compile.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

impl Meaning {
    /// Whether this name, found at `start..end` of `text`, stands where it has to.
    fn holds(&self, text: &str, start: usize, end: usize) -> bool {
        let bytes = text.as_bytes();
        if self
            .exact
            .as_ref()
            .is_some_and(|exact| exact.as_bytes() != &bytes[start..end])
        {
            return false;
        }
        // Only a name that begins (ends) with a letter or digit can be the middle of a longer word.
        let before = bytes[..start].last().filter(|_| bytes[start].is_ascii_alphanumeric());
        let after = bytes.get(end).filter(|_| bytes[end - 1].is_ascii_alphanumeric());
        match self.place {
            Place::Anywhere => true,
            Place::Whole => start == 0 && end == bytes.len(),
            Place::Start => start == 0,
            Place::Name => {
                let before = &bytes[..start];
                (before.is_empty() || before.ends_with(b"compatible; ")) && !after.is_some_and(u8::is_ascii_lowercase)
            }
            Place::Word => !before.is_some_and(u8::is_ascii_alphanumeric) && !after.is_some_and(u8::is_ascii_lowercase),
            Place::WordEnd => {
                !after.is_some_and(u8::is_ascii_alphabetic) && {
                    let word_start = bytes[..start].iter().rposition(|byte| !byte.is_ascii_alphabetic());
                    let word = &bytes[word_start.map_or(0, |before| before + 1)..end];
                    !PHONES_ENDING_LIKE_BOTS
                        .iter()
                        .any(|phone| word.eq_ignore_ascii_case(phone.as_bytes()))
                }
            }
        }
    }
}

/// Which of several classes to believe: the one that names the most particular sender.
fn how_telling(class: Class) -> u8 {
    match class {
        Class::AdReview => 4,
        Class::Preview => 3,
        Class::Tool => 2,
        Class::Bot => 1,
        _ => 0,
    }
}

fn is_among(list: &[(&str, &str)], listed: &str) -> bool {
    list.iter().any(|(pattern, _)| *pattern == listed)
}

/// The plain text that an expression stands for, if it is one: escaped signs unescaped, nothing special left.
fn literal(expression: &str) -> Option<String> {
    let mut text = String::with_capacity(expression.len());
    let mut signs = expression.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => text.push(signs.next().filter(|escaped| !escaped.is_alphanumeric())?),
            '.' | '^' | '$' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

/// The set of all that compile, and those that do not. Byte expressions without Unicode classes compile several
/// times faster, and user agents are ASCII but for oddities.
fn compile_set(expressions: Vec<&str>) -> (RegexSet, Vec<String>) {
    let build = |expressions: &[&str]| {
        RegexSetBuilder::new(expressions.iter().map(|expression| at_word_start(expression)))
            .unicode(false)
            .build()
    };
    if let Ok(set) = build(&expressions) {
        return (set, Vec::new());
    }
    let (good, bad): (Vec<_>, Vec<_>) = expressions
        .into_iter()
        .partition(|expression| build(&[expression]).is_ok());
    // All compile alone; together they could only exceed the size limit, and then none is better than no start.
    let set = build(&good).unwrap_or_else(|_| RegexSet::empty());
    (set, bad.into_iter().map(str::to_owned).collect())
}

/// Expressions that begin with a letter or a class begin at a word, as names do ([`Place::Word`]); the others
/// (`^curl`, `(^| )PTST\/`) say themselves where they begin.
fn at_word_start(expression: &str) -> String {
    match expression.starts_with(|sign: char| sign.is_ascii_alphanumeric() || sign == '[') {
        true => format!(r"\b(?:{expression})"),
        false => expression.to_owned(),
    }
}
