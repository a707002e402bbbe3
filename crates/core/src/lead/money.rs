//! What a won lead was worth. Integers inside, so that sums are exact; decimals outside, because that is what people
//! type and ad platforms take.

use serde::{Deserialize, Serialize, de};
use std::{fmt, str::FromStr};

/// What a sale was worth: the `value` and `currency` of a won lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// How much, in units of the currency (not cents).
    pub value: Amount,
    /// Of what.
    pub currency: Currency,
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.currency)
    }
}

/// A decimal number of at most three decimals, from 0 to 10¹². In JSON it is a number and survives it exactly: up
/// to 15 significant digits are safe in the double that most readers of JSON make of it, which is why there is no
/// fourth decimal. No currency that is spent has one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount {
    thousandths: u64,
}

/// Why an amount or a currency was refused, in words for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a decimal number.
    #[error("The value \"{0}\" is not a number. Write it like 150000 or 149.50, without currency and separators.")]
    NotANumber(String),
    /// Below zero.
    #[error("The value {0} is negative. Use 0 or more.")]
    Negative(String),
    /// Beyond 10¹².
    #[error("The value {0} is too large. At most 1000000000000 is possible.")]
    TooLarge(String),
    /// More than three decimals.
    #[error("The value {0} has more than 3 decimals. Round it.")]
    TooPrecise(String),
    /// Not three letters.
    #[error("The currency \"{0}\" is not a code of ISO 4217. Use three letters, like IDR or USD.")]
    NotACurrency(String),
}

impl Amount {
    const MAX_THOUSANDTHS: u64 = 1_000_000_000_000_000;

    /// From what a database keeps; `None` beyond the range.
    pub fn from_thousandths(thousandths: u64) -> Option<Self> {
        (thousandths <= Self::MAX_THOUSANDTHS).then_some(Self { thousandths })
    }

    /// What a database keeps.
    pub fn thousandths(self) -> u64 {
        self.thousandths
    }
}

impl FromStr for Amount {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let excerpt = || text.chars().take(40).collect::<String>();
        let (unsigned, negative) = match text.strip_prefix('-') {
            Some(unsigned) => (unsigned, true),
            None => (text, false),
        };
        let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) {
            return Err(MoneyError::NotANumber(excerpt()));
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 3 {
            return Err(MoneyError::TooPrecise(excerpt()));
        }
        let thousandths = format!("{whole}{decimals:0<3}").parse::<u64>();
        match thousandths.ok().and_then(Self::from_thousandths) {
            Some(amount) if negative && amount.thousandths > 0 => Err(MoneyError::Negative(excerpt())),
            Some(amount) => Ok(amount),
            None if negative => Err(MoneyError::Negative(excerpt())),
            None => Err(MoneyError::TooLarge(excerpt())),
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.thousandths / 1_000, self.thousandths % 1_000);
        match rest {
            0 => write!(f, "{whole}"),
            _ => write!(f, "{whole}.{}", format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.thousandths % 1_000 {
            0 => serializer.serialize_u64(self.thousandths / 1_000),
            // The double nearest to the decimal, which every writer of JSON prints as that decimal again.
            _ => serializer.serialize_f64(self.thousandths as f64 / 1_000.0),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;

        impl de::Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1000000000000 with at most 3 decimals")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Amount, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Amount, E> {
                self.visit_str(&value.to_string())
            }

            // Prints the shortest decimal that makes this double: the one that stood in the JSON.
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Amount, E> {
                value.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(AmountVisitor)
    }
}

/// A currency by its ISO 4217 code. Only the form is checked: a table would age faster than this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Three upper-case letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Any case, for those who type.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letters: Option<[u8; 3]> = text.trim().to_ascii_uppercase().into_bytes().try_into().ok();
        let letters = letters.filter(|letters| letters.iter().all(u8::is_ascii_uppercase));
        letters
            .map(Self)
            .ok_or_else(|| MoneyError::NotACurrency(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
