//! Why a post to a form hook was not taken: a closed list, each with a word for the log and words for who posted.

use super::payload::ANSWERS_MAX;
use std::fmt;

/// Largest body of a post, in bytes.
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// Why a post was refused. Nothing of it is stored but this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The form was switched off.
    SwitchedOff,
    /// More posts than a form may send.
    TooMany,
    /// More than [`BODY_MAX_BYTES`].
    TooLarge,
    /// Not JSON, not form-encoded, not multipart.
    UnknownType,
    /// It says that it is in another charset than UTF-8.
    Charset,
    /// It is not UTF-8, or broken off, or not what it says that it is.
    Malformed,
    /// More than [`ANSWERS_MAX`] fields.
    TooManyFields,
    /// Nested deeper than any form.
    TooDeep,
    /// No field has a value.
    Empty,
    /// The form has a secret, and the post has no signature.
    NotSigned,
    /// The signature is not of this body and this form's secret.
    WrongSignature,
    /// The signature is right, but not of these minutes.
    Stale,
    /// The same signed post came before.
    Replayed,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::SwitchedOff,
        Self::TooMany,
        Self::TooLarge,
        Self::UnknownType,
        Self::Charset,
        Self::Malformed,
        Self::TooManyFields,
        Self::TooDeep,
        Self::Empty,
        Self::NotSigned,
        Self::WrongSignature,
        Self::Stale,
        Self::Replayed,
    ];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SwitchedOff => "switched_off",
            Self::TooMany => "too_many",
            Self::TooLarge => "too_large",
            Self::UnknownType => "unknown_type",
            Self::Charset => "charset",
            Self::Malformed => "malformed",
            Self::TooManyFields => "too_many_fields",
            Self::TooDeep => "too_deep",
            Self::Empty => "empty",
            Self::NotSigned => "not_signed",
            Self::WrongSignature => "wrong_signature",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
        }
    }

    /// The HTTP status that says so.
    pub fn status(self) -> u16 {
        match self {
            Self::SwitchedOff => 403,
            Self::TooMany => 429,
            Self::TooLarge => 413,
            Self::UnknownType | Self::Charset => 415,
            Self::Malformed => 400,
            Self::TooManyFields | Self::TooDeep | Self::Empty => 422,
            Self::NotSigned | Self::WrongSignature | Self::Stale => 401,
            Self::Replayed => 409,
        }
    }
}

impl fmt::Display for Refusal {
    /// In words for whoever set the form up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str("This form is switched off. Switch it on in the dashboard."),
            Self::TooMany => f.write_str("Too many posts of this form. Send the next one a little later."),
            Self::TooLarge => write!(f, "The body is larger than {} KiB.", BODY_MAX_BYTES / 1024),
            Self::UnknownType => f.write_str(
                "The body must be JSON (application/json), form-encoded (application/x-www-form-urlencoded) or \
                 multipart/form-data, and the Content-Type must say which.",
            ),
            Self::Charset => f.write_str("The body must be UTF-8; the Content-Type names another charset."),
            Self::Malformed => f.write_str(
                "The body is not what its Content-Type says, or not UTF-8. Send whole JSON, form-encoded or multipart \
                 data in UTF-8.",
            ),
            Self::TooManyFields => write!(f, "The form has more than {ANSWERS_MAX} fields. Send fewer."),
            Self::TooDeep => f.write_str("The body is nested too deeply for a form. Send flatter data."),
            Self::Empty => f.write_str("No field of the form has a value."),
            Self::NotSigned => f.write_str(
                "This form has a secret, so its posts must be signed: send webhook-id, webhook-timestamp and \
                 webhook-signature, or X-Konektor-Signature.",
            ),
            Self::WrongSignature => f.write_str(
                "The signature does not fit the body and this form's secret. Sign the very bytes that are sent.",
            ),
            Self::Stale => f.write_str(
                "The signature's time is more than five minutes away. Sign again, with a clock that is right.",
            ),
            Self::Replayed => f.write_str("This very post was received before. Nothing was done again."),
        }
    }
}
