//! How a stand-in is told to misbehave, and what that does to an answer.
//!
//! The line that matters runs between behaviours that let the platform take the events first and those that do not: a
//! sender that gets no proper answer cannot tell them apart, and has to be right in both cases.

use crate::reply::Reply;
use std::{fmt, sync::Arc, time::Duration};

/// What an endpoint does with a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Behaviour {
    /// Plays by the platform's rules.
    #[default]
    Ok,
    /// Plays by the rules, but a refusal does not say which event it is about: the sender has to bisect.
    Unnamed,
    /// Plays by the rules, but takes the good events of a batch and answers for each bad one: TikTok's 20001, LinkedIn's
    /// status per element. Meta and Google have no such answer and play as [`Behaviour::Ok`].
    Partial,

    // -- answers of the platform's own kind, events not taken
    /// The token is over, in the platform's own words.
    ExpiredToken,
    /// Likewise, under another HTTP status: Meta answers 190 as 400, 401 and 500.
    ExpiredTokenAs(u16),
    /// The whole request is refused with a code of the platform's: Meta `100/33`, Google a reason such as
    /// `NOT_ALLOWLISTED`, Google's token endpoint `invalid_client`, TikTok `40001`, LinkedIn `65601`, `403` or
    /// [`crate::CONVERSION_METHOD`].
    Refuse(String),
    /// Too many requests, in the platform's own way.
    RateLimited {
        /// `Retry-After`, which no platform documents.
        retry_after_s: Option<u64>,
    },
    /// The platform's own error of this 5xx status.
    ServerError(u16),
    /// The version in the request is no longer served: HTTP 426 as LinkedIn answers it.
    VersionGone,

    // -- answers of something in between, events not taken
    /// A proxy's HTML page with status 502.
    HtmlBadGateway,
    /// A redirect to where the request was sent.
    RedirectLoop,
    /// Exactly this.
    Answer(Reply),
    /// Says nothing for so long, or for ever, and then closes the connection.
    Hang(Option<Duration>),
    /// Closes the connection without an answer.
    CutBefore,

    // -- events taken if the rules allow, answered badly
    /// Closes the connection without an answer, after it has taken the events.
    CutUnanswered,
    /// Closes the connection in the middle of the answer.
    CutMidway,
    /// Answers after this time.
    Delay(Duration),
    /// Answers a byte at a time, each after this time.
    Drip(Duration),
    /// Answers 200 with nothing.
    EmptyOk,
    /// Answers 200 with half of a JSON text.
    InvalidJson,
    /// Answers 200 with a JSON text that does not end for so many bytes.
    Huge(u64),
}

impl Behaviour {
    /// Whether the platform gets to see the request.
    pub(crate) fn takes_events(&self) -> bool {
        matches!(
            self,
            Self::Ok
                | Self::Unnamed
                | Self::Partial
                | Self::CutUnanswered
                | Self::CutMidway
                | Self::Delay(_)
                | Self::Drip(_)
                | Self::EmptyOk
                | Self::InvalidJson
                | Self::Huge(_)
        )
    }

    /// How refusals are worded meanwhile.
    pub(crate) fn manner(&self) -> Manner {
        match self {
            Self::Unnamed => Manner::Unnamed,
            Self::Partial => Manner::Partial,
            _ => Manner::Named,
        }
    }
}

/// How a platform words a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// All for one, and it says which.
    Named,
    /// All for one, and it does not say which.
    Unnamed,
    /// Each for itself, where the platform has words for that.
    Partial,
}

/// Whether an event is meant, by its id and its JSON.
type IsMeant = dyn Fn(&str, &str) -> bool + Send + Sync;

/// Events that a platform refuses although they break no rule.
#[derive(Clone)]
pub struct Poison {
    is_meant: Arc<IsMeant>,
    pub(crate) code: Option<String>,
}

impl Poison {
    /// Those with this text anywhere in their JSON.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |_, raw| raw.contains(&text))
    }

    /// Those with such an id.
    pub fn id(is_meant: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(move |id, _| is_meant(id))
    }

    /// With a code of the platform's rather than its most general one; see [`Behaviour::Refuse`].
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(crate) fn is_meant(&self, id: &str, raw: &str) -> bool {
        (self.is_meant)(id, raw)
    }

    fn new(is_meant: impl Fn(&str, &str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            is_meant: Arc::new(is_meant),
            code: None,
        }
    }
}

impl From<&str> for Poison {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Poison {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl fmt::Debug for Poison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poison")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}
