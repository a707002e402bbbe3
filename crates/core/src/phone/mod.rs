//! Phone numbers: whatever people type, on save, becomes E.164 or a reason why not.
//!
//! The metadata behind [`Phone::parse`] costs megabytes of regular expressions and, when it is asked first, 90 ms, so it is
//! asked when a number is saved and never on the click path, where [`Phone::from_stored`] is enough. A server asks it
//! beforehand: [`load`].

use phonenumber::{
    Type, country,
    metadata::{DATABASE, Metadata},
};
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(test)]
mod tests;

/// A number that WhatsApp can be asked for: the digits of E.164, country calling code first, without `+`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(Box<str>);

/// Why a number was refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was typed.
    #[error("The phone number is empty. Type it like 0812 3456 7890 or +62 812 3456 7890.")]
    Empty,
    /// Letters, as in `0800-FLOWERS` or `ext. 12`.
    #[error("The phone number contains the letter \"{0}\". Use digits only, with + in front of a country code.")]
    Letters(char),
    /// A sign that no phone number has, or a `+` that is not in front.
    #[error(
        "The phone number contains \"{0}\" where it cannot stand. Use digits only, with + in front of a country code, \
         and one number per field."
    )]
    UnexpectedSign(char),
    /// Fewer digits than any number of that country.
    #[error(
        "The phone number is too short for {country}: {digits} digits, numbers there have at least {least}. \
         Check for missing digits, or start with + and the country code."
    )]
    TooShort {
        /// Country and calling code, such as `ID (+62)`.
        country: String,
        /// Digits that were typed, country code and trunk prefix aside.
        digits: usize,
        /// Digits of the shortest number there.
        least: usize,
    },
    /// More digits than any number of that country.
    #[error(
        "The phone number is too long for {country}: {digits} digits, numbers there have at most {most}. \
         Check for doubled digits, or start with + and the country code."
    )]
    TooLong {
        /// Country and calling code, such as `ID (+62)`.
        country: String,
        /// Digits that were typed, country code and trunk prefix aside.
        digits: usize,
        /// Digits of the longest number there.
        most: usize,
    },
    /// `+` and then a calling code that no country has.
    #[error("No country has the calling code that +{0} starts with. Check the digits after the +.")]
    UnknownCountryCode(String),
    /// The right length, but no such area or operator.
    #[error(
        "This is not a valid phone number in {0}. Check the digits; a number of another country needs + and its \
         country code."
    )]
    NotValid(String),
    /// A number without a country code, and a default country that does not exist.
    #[error("The country \"{0}\" is not known, so the number needs + and its country code (like +62) in front.")]
    UnknownCountry(String),
}

/// Loads what [`Phone::parse`] looks into, if nobody has yet: for a thread that nobody waits for.
pub fn load() {
    // The first number loads all of it, whatever it is.
    let _ = Phone::parse("081234567890", "ID");
}

impl Phone {
    /// Reads a number as people write it. Without a country code it is one of `default_country` (ISO 3166-1
    /// alpha-2, any case); a country code counts with `+` or `00` in front, and that of the default country
    /// without either, too.
    pub fn parse(text: &str, default_country: &str) -> Result<Self, PhoneError> {
        let written = Written::read(text)?;
        let home = country_metadata(default_country);
        let readings = written.readings(home);
        if let Some(phone) = readings.iter().find_map(|reading| reading.resolve(home)) {
            return Ok(phone);
        }
        Err(match readings.into_iter().next() {
            Some(Reading::International(digits)) => explain_international(digits),
            Some(Reading::National(digits)) | Some(Reading::HomeWithoutPlus(digits)) => match home {
                Some(home) => explain(&digits, &[home]),
                None => PhoneError::UnknownCountry(default_country.to_owned()),
            },
            None => PhoneError::UnknownCountry(default_country.to_owned()),
        })
    }

    /// A number that [`Phone::parse`] accepted before and a database kept. Checks only that it has the form of
    /// one, which is cheap; `None` for anything else.
    pub fn from_stored(digits: &str) -> Option<Self> {
        // E.164 allows 15 digits; the shortest numbers in use (Niue's, for one) have 7 with their country code.
        let plausible =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        plausible.then(|| Self(digits.into()))
    }

    /// Digits only, as wa.me wants them: `6281234567890`.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// With the plus sign, as people and ad platforms want it: `+6281234567890`.
    pub fn e164(&self) -> String {
        format!("+{}", self.0)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0.into()
    }
}

impl TryFrom<String> for Phone {
    type Error = &'static str;

    fn try_from(digits: String) -> Result<Self, Self::Error> {
        Self::from_stored(&digits).ok_or("not the digits of an E.164 phone number")
    }
}

/// What stands in the field once the ornaments are gone.
struct Written {
    plus: bool,
    digits: String,
}

impl Written {
    fn read(text: &str) -> Result<Self, PhoneError> {
        let mut written = Self {
            plus: false,
            digits: String::with_capacity(16),
        };
        for c in text.chars() {
            if let Some(digit) = digit(c) {
                written.digits.push(digit);
            } else if matches!(c, '+' | '\u{FF0B}') && written.digits.is_empty() {
                written.plus = true;
            } else if c.is_alphabetic() {
                return Err(PhoneError::Letters(c));
            } else if !is_ornament(c) {
                return Err(PhoneError::UnexpectedSign(c));
            }
        }
        if written.digits.is_empty() {
            Err(PhoneError::Empty)
        } else {
            Ok(written)
        }
    }

    /// What the digits may mean, the likeliest first; the first that is a valid number wins.
    fn readings(self, home: Option<&Metadata>) -> Vec<Reading> {
        let Self { plus, digits } = self;
        // `00` is how most of the world dials abroad. Countries that dial `001`, `008` or `0011` instead
        // (Indonesia, Australia) come second: their own reading is tried if this one is no number.
        if let Some(abroad) = digits.strip_prefix("00") {
            let abroad = Reading::International(abroad.to_owned());
            return if plus {
                vec![abroad]
            } else {
                vec![abroad, Reading::National(digits)]
            };
        }
        // No calling code begins with 0: who writes `+0812` means `0812`.
        if plus && !digits.starts_with('0') {
            return vec![Reading::International(digits)];
        }
        let Some(home) = home else {
            return vec![Reading::National(digits)];
        };
        let without_plus = digits
            .strip_prefix(&home.country_code().to_string())
            .filter(|national| !national.is_empty())
            .map(|national| Reading::HomeWithoutPlus(national.to_owned()));
        let national = Reading::National(digits.clone());
        match without_plus {
            // Where national numbers are written with a trunk prefix and this one has none, the country code is
            // the better guess (`4915…` in Germany); where they are not, it is the worse one (`39…` is an
            // Italian mobile).
            Some(without_plus) if home.national_prefix().is_some() => vec![without_plus, national],
            Some(without_plus) => vec![national, without_plus],
            None => vec![national],
        }
    }
}

/// One meaning of typed digits.
enum Reading {
    /// Calling code first.
    International(String),
    /// The rest of a number that began with the default country's calling code, but no `+`.
    HomeWithoutPlus(String),
    /// As dialled within the default country.
    National(String),
}

impl Reading {
    fn resolve(&self, home: Option<&Metadata>) -> Option<Phone> {
        match self {
            Self::International(digits) => valid(None, &format!("+{digits}")).or_else(|| {
                // Mexico dropped the 1 after +52 in 2019; WhatsApp still reports its users with it.
                let rest = digits.strip_prefix("521").filter(|rest| rest.len() == 10)?;
                valid(None, &format!("+52{rest}"))
            }),
            Self::HomeWithoutPlus(national) => valid(None, &format!("+{}{national}", home?.country_code())),
            Self::National(digits) => {
                let home = home?;
                let code = home.country_code().to_string();
                // The parser takes any national number that begins like the calling code for one with it, and
                // loses those of Singapore (`65…`), India (`91…`) and Italy (`39…`). So they go in complete.
                let complete = digits
                    .starts_with(&code)
                    .then(|| valid(None, &format!("+{code}{digits}")));
                complete
                    .flatten()
                    .or_else(|| valid(Some(home.id().parse().ok()?), digits))
            }
        }
    }
}

fn valid(home: Option<country::Id>, text: &str) -> Option<Phone> {
    let number = phonenumber::parse(home, text).ok()?;
    if !number.is_valid() {
        return None;
    }
    let e164 = number.format().mode(phonenumber::Mode::E164).to_string();
    Phone::from_stored(e164.strip_prefix('+')?)
}

fn country_metadata(country: &str) -> Option<&'static Metadata> {
    DATABASE.by_id(&country.trim().to_ascii_uppercase())
}

fn explain_international(digits: String) -> PhoneError {
    // Calling codes have one to three digits, the first is not 0, and none is the beginning of another.
    let splits = (1..=3.min(digits.len()))
        .filter(|_| !digits.starts_with('0'))
        .map(|length| digits.split_at(length));
    for (code, national) in splits {
        if let Some(countries) = code.parse::<u16>().ok().and_then(|code| DATABASE.by_code(&code)) {
            return explain(national, &countries);
        }
    }
    PhoneError::UnknownCountryCode(digits)
}

/// Why `national` is no number of `countries`, which share one calling code.
fn explain(national: &str, countries: &[&Metadata]) -> PhoneError {
    let country = match countries {
        [only] => format!("{} (+{})", only.id(), only.country_code()),
        [first, ..] => format!("+{}", first.country_code()),
        [] => String::new(),
    };
    let lengths = countries.iter().flat_map(|country| {
        let kinds = [Type::FixedLine, Type::Mobile]
            .into_iter()
            .filter_map(|kind| country.descriptors().get(kind));
        kinds
            .flat_map(|kind| kind.possible_length())
            .map(|length| usize::from(*length))
    });
    let Some((least, most)) = lengths
        .map(|length| (length, length))
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    else {
        return PhoneError::NotValid(country);
    };
    // A trunk prefix does not count. Only 0 is nowhere the first digit of a number proper that has one; a 1 or 8
    // may be, unless there is a digit too many.
    let trunk = countries.first().and_then(|country| country.national_prefix());
    let trunk = trunk.filter(|trunk| *trunk == "0" || national.len() > most);
    match trunk
        .and_then(|trunk| national.strip_prefix(trunk))
        .unwrap_or(national)
        .len()
    {
        digits if digits < least => PhoneError::TooShort { country, digits, least },
        digits if digits > most => PhoneError::TooLong { country, digits, most },
        _ => PhoneError::NotValid(country),
    }
}

/// The ASCII digit that `c` stands for in one of the scripts that phones write numbers in.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 11] = [
        0x0030, // ASCII
        0xFF10, // full-width
        0x0660, // Arabic
        0x06F0, // Persian, Urdu
        0x0966, // Devanagari
        0x09E6, // Bengali
        0x0BE6, // Tamil
        0x0E50, // Thai
        0x0ED0, // Lao
        0x1040, // Burmese
        0x17E0, // Khmer
    ];
    let value = ZEROS
        .iter()
        .find_map(|zero| u32::from(c).checked_sub(*zero).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

/// Signs that numbers are grouped with, and the invisible ones that come along when they are copied.
fn is_ornament(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '/' | '(' | ')' | '[' | ']' | '~'
                | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}'..='\u{FF0F}' | '\u{FF08}' | '\u{FF09}'
                | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
                | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}
