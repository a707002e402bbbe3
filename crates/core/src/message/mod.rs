//! The text that stands ready in the visitor's WhatsApp, and the address that carries it there.
//!
//! A template is taken apart (and its literal parts percent-encoded) once, when a rotator is saved or loaded. At a
//! click, [`location`] only strings the parts together: one pass, one `String`. A closed list of variables and no
//! template engine, because what visitors bring along (UTM values, names) must never be more than text.

use crate::{byte_set::ByteSet, phone::Phone};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, str::FromStr};

mod template;
#[cfg(test)]
mod tests;

use template::{Encoded, Piece};
pub use template::{Template, TemplateError, Variable};

/// Longest template, in characters of its source.
pub const TEMPLATE_MAX_CHARS: usize = 1_000;
/// Longest WhatsApp text, in characters.
pub const TEXT_MAX_CHARS: usize = 1_000;
/// Longest `Location` header value, in bytes.
pub const LOCATION_MAX_BYTES: usize = 2_000;
/// Most characters that one variable may bring in.
pub const VALUE_MAX_CHARS: usize = 64;

/// RFC 3986: everything but the unreserved characters is encoded; a blank becomes `%20`, a newline `%0A`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What the variables stand for at one click.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageFacts<'a> {
    /// The visitor code.
    pub code: &'a str,
    /// The agent's name.
    pub agent: &'a str,
    /// The rotator's name.
    pub rotator: &'a str,
    /// The lead's first name; see [`crate::lead::first_name`].
    pub first_name: Option<&'a str>,
    /// `utm_source` of this click.
    pub utm_source: Option<&'a str>,
    /// `utm_medium` of this click.
    pub utm_medium: Option<&'a str>,
    /// `utm_campaign` of this click.
    pub utm_campaign: Option<&'a str>,
    /// `utm_term` of this click.
    pub utm_term: Option<&'a str>,
    /// `utm_content` of this click.
    pub utm_content: Option<&'a str>,
    /// The ad platform, as people call it.
    pub platform: Option<&'a str>,
}

/// Which of WhatsApp's two addresses a rotator uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Target {
    /// `https://wa.me/…`: short, and what most apps open directly.
    #[default]
    #[serde(rename = "wa.me")]
    WaMe,
    /// `https://api.whatsapp.com/send?…`: for networks and browsers that block the short one.
    #[serde(rename = "api")]
    Api,
}

impl Target {
    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WaMe => "wa.me",
            Self::Api => "api",
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "wa.me" => Ok(Self::WaMe),
            "api" => Ok(Self::Api),
            _ => Err(format!("The target \"{text}\" does not exist. Use wa.me or api.")),
        }
    }
}

/// The address that opens a chat with `phone` and the text ready to send: ASCII, at most [`LOCATION_MAX_BYTES`].
///
/// A variable without a value takes the blank before it along (`Hi {first_name}, …` becomes `Hi, …`). A text that
/// is too long is cut between two characters; a code that would be lost by it follows the cut text.
pub fn location(target: Target, phone: &Phone, template: &Template, facts: &MessageFacts<'_>) -> String {
    let (before_phone, before_text) = match target {
        Target::WaMe => ("https://wa.me/", "?text="),
        Target::Api => ("https://api.whatsapp.com/send?phone=", "&text="),
    };
    let mut out = String::with_capacity(capacity(template));
    out.push_str(before_phone);
    out.push_str(phone.digits());
    let without_text = out.len();
    out.push_str(before_text);

    let mut text = Text {
        start: out.len(),
        out,
        chars: 0,
    };
    let mut code_kept = !template.mentions_code();
    let mut skip_blank = false;
    for piece in &template.pieces {
        match piece {
            Piece::Text(encoded) => text.push_literal(encoded, skip_blank),
            Piece::Variable(variable) => {
                let absent = !text.push_value(variable.value(facts).unwrap_or_default());
                skip_blank = absent && !text.take_back_blank() && text.at_line_start();
                code_kept |= *variable == Variable::Code && !text.is_over();
                if absent {
                    continue;
                }
            }
        }
        skip_blank = false;
        if text.is_over() {
            break;
        }
    }
    if text.is_over() {
        let fence = template.code_fence.as_ref().filter(|_| !code_kept);
        text.cut(fence.map(|(before, after)| (before, facts.code, after)));
    }
    if text.out.len() == text.start {
        text.out.truncate(without_text);
    }
    text.out
}

/// The text that stands ready behind an address that [`location`] made: read back from it, so that it is what the
/// visitor will see, cut where it was cut.
pub fn text_of(location: &str) -> Cow<'_, str> {
    let text = location.split_once("text=").map_or("", |(_, text)| text);
    percent_decode_str(text).decode_utf8_lossy()
}

/// Enough for the common text, so that the `String` is allocated once.
fn capacity(template: &Template) -> usize {
    let pieces = template.pieces.iter().map(|piece| match piece {
        Piece::Text(encoded) => encoded.text.len(),
        Piece::Variable(_) => 48,
    });
    64 + pieces.sum::<usize>().min(LOCATION_MAX_BYTES)
}

/// The `Location` while its text is written.
struct Text {
    out: String,
    /// Where the text begins in `out`.
    start: usize,
    /// Characters of the text so far, before encoding.
    chars: usize,
}

impl Text {
    fn push_literal(&mut self, literal: &Encoded, skip_blank: bool) {
        match literal.text.strip_prefix("%20").filter(|_| skip_blank) {
            Some(rest) => {
                self.out.push_str(rest);
                self.chars += literal.chars - 1;
            }
            None => {
                self.out.push_str(&literal.text);
                self.chars += literal.chars;
            }
        }
    }

    /// `false` if nothing of the value was fit to be shown.
    fn push_value(&mut self, value: &str) -> bool {
        let before = self.chars;
        // Codes, names of one word and most UTM values need no cleaning and no encoding.
        const UNRESERVED: ByteSet = ByteSet::alphanumeric_and(b"-._~");
        if value.len() <= VALUE_MAX_CHARS && UNRESERVED.has_all(value.as_bytes()) {
            self.out.push_str(value);
            self.chars += value.len();
            return !value.is_empty();
        }
        for c in clean(value).take(VALUE_MAX_CHARS) {
            if c.is_ascii_alphanumeric() {
                self.out.push(c);
            } else {
                self.out
                    .extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), RESERVED));
            }
            self.chars += 1;
        }
        self.chars > before
    }

    fn take_back_blank(&mut self) -> bool {
        // A literal "%20" is encoded as "%2520", so these three bytes are always a blank.
        let blank = self.out[self.start..].ends_with("%20");
        if blank {
            self.out.truncate(self.out.len() - 3);
            self.chars -= 1;
        }
        blank
    }

    fn at_line_start(&self) -> bool {
        self.out.len() == self.start || self.out.ends_with("%0A")
    }

    fn is_over(&self) -> bool {
        self.chars > TEXT_MAX_CHARS || self.out.len() > LOCATION_MAX_BYTES
    }

    /// Cuts the text to its limits, with room for the code after it if that is given.
    fn cut(&mut self, code: Option<(&Encoded, &str, &Encoded)>) {
        let mut word = Text {
            out: String::new(),
            start: 0,
            chars: 0,
        };
        if let Some((before, code, after)) = code {
            word.out.push_str("%20");
            word.chars = 1;
            word.push_literal(before, false);
            word.push_value(code);
            word.push_literal(after, false);
        }
        let max_bytes = LOCATION_MAX_BYTES - self.start - word.out.len();
        let end = boundary(&self.out[self.start..], TEXT_MAX_CHARS - word.chars, max_bytes);
        self.out.truncate(self.start + end);
        if !word.out.is_empty() {
            while self.take_back_blank() {}
        }
        self.out.push_str(&word.out);
    }
}

/// The last place at which percent-encoded text can be cut, so that at most so many characters and bytes are left.
fn boundary(encoded: &str, max_chars: usize, max_bytes: usize) -> usize {
    let bytes = encoded.as_bytes();
    let mut end = 0;
    for _ in 0..max_chars {
        let Some(first) = bytes.get(end) else { break };
        // The first byte of a character in UTF-8 tells how many follow; here each takes three bytes.
        let length = match (first, bytes.get(end + 1)) {
            (b'%', Some(b'F')) => 12,
            (b'%', Some(b'E')) => 9,
            (b'%', Some(b'C' | b'D')) => 6,
            (b'%', _) => 3,
            _ => 1,
        };
        if end + length > max_bytes {
            break;
        }
        end += length;
    }
    end
}

/// Text from outside, fit to be shown in one line: without control and invisible formatting characters (which
/// can make a text read differently from what it is), each run of white space as one blank, none at the ends.
pub(crate) fn clean(text: &str) -> impl Iterator<Item = char> + '_ {
    let mut started = false;
    let mut blank_due = false;
    text.chars().flat_map(move |c| {
        let shown = if c.is_whitespace() {
            blank_due = started;
            [None, None]
        } else if is_unshowable(c) {
            [None, None]
        } else {
            started = true;
            [std::mem::take(&mut blank_due).then_some(' '), Some(c)]
        };
        shown.into_iter().flatten()
    })
}

/// Control and bidi characters, and blanks of no width. Joiners stay: emoji, Persian and Hindi need them.
fn is_unshowable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
                | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}
