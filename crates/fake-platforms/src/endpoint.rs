//! Which platforms there are, and which of their addresses are played.

use std::fmt;

/// An ad platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// Meta Conversions API.
    Meta,
    /// Google Data Manager API.
    Google,
    /// TikTok Events API 2.0.
    Tiktok,
    /// LinkedIn Conversions API.
    Linkedin,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Meta, Self::Google, Self::Tiktok, Self::Linkedin];

    /// As in settings and paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Google => "google",
            Self::Tiktok => "tiktok",
            Self::Linkedin => "linkedin",
        }
    }

    /// How long an event is known again, in milliseconds; `None` is for ever.
    pub(crate) fn remembers_ms(self) -> Option<i64> {
        match self {
            Self::Meta | Self::Tiktok => Some(48 * 3_600_000),
            Self::Google | Self::Linkedin => None,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that can be told how to behave: a platform's events, or one of Google's two other addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoint {
    /// `POST /meta/v26.0/{dataset}/events`
    Meta,
    /// `POST /google/v1/events:ingest`
    Google,
    /// `GET /google/v1/requestStatus:retrieve`
    GoogleStatus,
    /// `POST /google-token`
    GoogleToken,
    /// `POST /tiktok/open_api/v1.3/event/track/`
    Tiktok,
    /// `POST /linkedin/rest/conversionEvents`
    Linkedin,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Meta,
        Self::Google,
        Self::GoogleStatus,
        Self::GoogleToken,
        Self::Tiktok,
        Self::Linkedin,
    ];

    /// Whose it is.
    pub fn platform(self) -> Platform {
        match self {
            Self::Meta => Platform::Meta,
            Self::Google | Self::GoogleStatus | Self::GoogleToken => Platform::Google,
            Self::Tiktok => Platform::Tiktok,
            Self::Linkedin => Platform::Linkedin,
        }
    }

    /// By a path's first part, with the rest: the path as the real platform would see it.
    pub(crate) fn of(path: &str) -> Option<(Self, &str)> {
        let (first, rest) = match path.get(1..)?.split_once('/') {
            Some((first, _)) => (first, &path[first.len() + 1..]),
            None => (&path[1..], ""),
        };
        let endpoint = match first {
            "meta" => Self::Meta,
            "google" if rest.starts_with("/v1/requestStatus") => Self::GoogleStatus,
            "google" => Self::Google,
            "google-token" => Self::GoogleToken,
            "tiktok" => Self::Tiktok,
            "linkedin" => Self::Linkedin,
            _ => return None,
        };
        Some((endpoint, rest))
    }
}

impl From<Platform> for Endpoint {
    fn from(platform: Platform) -> Self {
        match platform {
            Platform::Meta => Self::Meta,
            Platform::Google => Self::Google,
            Platform::Tiktok => Self::Tiktok,
            Platform::Linkedin => Self::Linkedin,
        }
    }
}
