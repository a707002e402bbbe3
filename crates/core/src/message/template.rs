//! A message with variables, taken apart once so that a click only strings the parts together.

use super::{MessageFacts, RESERVED, TEMPLATE_MAX_CHARS};
use percent_encoding::utf8_percent_encode;
use std::fmt;

/// What a template may mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variable {
    /// The visitor code.
    Code,
    /// The agent's name.
    Agent,
    /// The rotator's name.
    Rotator,
    /// The lead's first name, where it is known.
    FirstName,
    /// `utm_source` of this click.
    UtmSource,
    /// `utm_medium` of this click.
    UtmMedium,
    /// `utm_campaign` of this click.
    UtmCampaign,
    /// `utm_term` of this click.
    UtmTerm,
    /// `utm_content` of this click.
    UtmContent,
    /// The ad platform that this click came from.
    Platform,
}

impl Variable {
    fn is_utm(self) -> bool {
        matches!(
            self,
            Self::UtmSource | Self::UtmMedium | Self::UtmCampaign | Self::UtmTerm | Self::UtmContent
        )
    }
}

impl Variable {
    /// All of them, in the order in which the editor offers them.
    pub const ALL: [Self; 10] = [
        Self::Code,
        Self::Agent,
        Self::Rotator,
        Self::FirstName,
        Self::UtmSource,
        Self::UtmMedium,
        Self::UtmCampaign,
        Self::UtmTerm,
        Self::UtmContent,
        Self::Platform,
    ];

    /// As it is written between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Agent => "agent",
            Self::Rotator => "rotator",
            Self::FirstName => "first_name",
            Self::UtmSource => "utm_source",
            Self::UtmMedium => "utm_medium",
            Self::UtmCampaign => "utm_campaign",
            Self::UtmTerm => "utm_term",
            Self::UtmContent => "utm_content",
            Self::Platform => "platform",
        }
    }

    /// What the editor says about it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Code => "The visitor code, by which you find the lead again. Keep it in the text.",
            Self::Agent => "Name of the agent who gets the chat.",
            Self::Rotator => "Name of this rotator.",
            Self::FirstName => "First name of the visitor, once a form, WhatsApp or you told it; else nothing.",
            Self::UtmSource => "utm_source of the click, or nothing.",
            Self::UtmMedium => "utm_medium of the click, or nothing.",
            Self::UtmCampaign => "utm_campaign of the click, or nothing.",
            Self::UtmTerm => "utm_term of the click, or nothing.",
            Self::UtmContent => "utm_content of the click, or nothing.",
            Self::Platform => "Ad platform that the click came from, or nothing.",
        }
    }

    fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.name() == name)
    }

    pub(super) fn value<'a>(self, facts: &MessageFacts<'a>) -> Option<&'a str> {
        match self {
            Self::Code => Some(facts.code),
            Self::Agent => Some(facts.agent),
            Self::Rotator => Some(facts.rotator),
            Self::FirstName => facts.first_name,
            Self::UtmSource => facts.utm_source,
            Self::UtmMedium => facts.utm_medium,
            Self::UtmCampaign => facts.utm_campaign,
            Self::UtmTerm => facts.utm_term,
            Self::UtmContent => facts.utm_content,
            Self::Platform => facts.platform,
        }
    }
}

/// Why a template was refused, in words for the person who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{something}` that does not exist.
    #[error("The message mentions {{{0}}}, which does not exist. Known are: {known}.", known = known_variables())]
    UnknownVariable(String),
    /// `{` without `}`.
    #[error(
        "The message opens a {{ that is never closed, before \"{0}\". Close it with }}, or write {{{{ for a plain brace."
    )]
    Unclosed(String),
    /// `}` without `{`.
    #[error("The message closes a }} that was never opened, after \"{0}\". Write }}}} for a plain brace.")]
    Unopened(String),
    /// Too much text.
    #[error("The message has {0} characters; at most {TEMPLATE_MAX_CHARS} are possible. Shorten it.")]
    TooLong(usize),
    /// A tab, or something that came along by copying.
    #[error("The message contains the control character U+{code:04X}. Remove it; only line breaks are possible.", code = u32::from(*.0))]
    ControlCharacter(char),
}

fn known_variables() -> String {
    Variable::ALL
        .map(|variable| format!("{{{}}}", variable.name()))
        .join(", ")
}

/// A message with variables, taken apart. The default one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    source: Box<str>,
    pub(super) pieces: Vec<Piece>,
    /// Punctuation around the first `{code}`, which stays with it when a text must be cut: `[` and `]`.
    pub(super) code_fence: Option<(Encoded, Encoded)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Encoded),
    Variable(Variable),
}

/// Percent-encoded text, and how many characters it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) text: Box<str>,
    pub(super) chars: usize,
}

impl Encoded {
    fn new(plain: &str) -> Self {
        Self {
            text: utf8_percent_encode(plain, RESERVED).to_string().into(),
            chars: plain.chars().count(),
        }
    }
}

impl Template {
    /// What a new rotator says until somebody writes something better.
    pub const fn default_text() -> &'static str {
        "Hi {agent}, I'm interested. [{code}]"
    }

    /// Takes a template apart. `{{` and `}}` are plain braces; line breaks may be `\n` or `\r\n`.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let source = text.replace("\r\n", "\n");
        let chars = source.chars().count();
        if chars > TEMPLATE_MAX_CHARS {
            return Err(TemplateError::TooLong(chars));
        }
        if let Some(control) = source.chars().find(|c| c.is_control() && *c != '\n') {
            return Err(TemplateError::ControlCharacter(control));
        }

        let mut parts = Parts::default();
        let mut rest = source.as_str();
        while let Some(brace) = rest.find(['{', '}']) {
            let (literal, tail) = rest.split_at(brace);
            parts.literal.push_str(literal);
            rest = &tail[1..];
            if let Some(after) = rest.strip_prefix(&tail[..1]) {
                parts.literal.push_str(&tail[..1]);
                rest = after;
            } else if tail.starts_with('}') {
                return Err(TemplateError::Unopened(excerpt_before(&source, rest)));
            } else {
                let Some((name, after)) = rest.split_once('}').filter(|(name, _)| !name.contains(['{', '\n'])) else {
                    return Err(TemplateError::Unclosed(rest.chars().take(20).collect()));
                };
                let variable = Variable::find(name)
                    .ok_or_else(|| TemplateError::UnknownVariable(name.chars().take(40).collect()))?;
                parts.variable(variable);
                rest = after;
            }
        }
        parts.literal.push_str(rest);
        let (pieces, code_fence) = parts.finish();
        Ok(Self {
            source: source.into(),
            pieces,
            code_fence,
        })
    }

    /// As its author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the visitor code will stand in the text. Without it a chat cannot be matched to its lead, which the
    /// editor warns of; the author's text is left alone all the same.
    pub fn mentions_code(&self) -> bool {
        self.code_fence.is_some()
    }

    /// Whether any of the UTM values stands in the text; few texts have one.
    pub fn mentions_utm(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable(variable) if variable.is_utm()))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

fn excerpt_before(source: &str, rest: &str) -> String {
    let before: Vec<char> = source[..source.len() - rest.len() - 1].chars().collect();
    before[before.len().saturating_sub(20)..].iter().collect()
}

/// Pieces while they are collected.
#[derive(Default)]
struct Parts {
    literal: String,
    pieces: Vec<Piece>,
    fence_before: Option<String>,
    fence_after: Option<String>,
}

impl Parts {
    fn variable(&mut self, variable: Variable) {
        let literal = self.flush();
        if variable == Variable::Code && self.fence_before.is_none() {
            let fence: Vec<char> = literal
                .chars()
                .rev()
                .take(4)
                .take_while(char::is_ascii_punctuation)
                .collect();
            self.fence_before = Some(fence.into_iter().rev().collect());
        }
        self.pieces.push(Piece::Variable(variable));
    }

    fn flush(&mut self) -> String {
        let literal = std::mem::take(&mut self.literal);
        if self.fence_before.is_some() && self.fence_after.is_none() {
            self.fence_after = Some(literal.chars().take(4).take_while(char::is_ascii_punctuation).collect());
        }
        if !literal.is_empty() {
            self.pieces.push(Piece::Text(Encoded::new(&literal)));
        }
        literal
    }

    fn finish(mut self) -> (Vec<Piece>, Option<(Encoded, Encoded)>) {
        self.flush();
        let fence = self.fence_before.zip(self.fence_after);
        (
            self.pieces,
            fence.map(|(before, after)| (Encoded::new(&before), Encoded::new(&after))),
        )
    }
}
