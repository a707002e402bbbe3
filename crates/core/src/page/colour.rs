//! Colours that people choose, and the ink that can be read on them.

use std::{fmt, str::FromStr};

/// `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(pub [u8; 3]);

impl Colour {
    /// Black: with anything lighter, some colours would have no ink that can be read on them.
    pub const INK: Self = Self([0, 0, 0]);
    /// White.
    pub const PAPER: Self = Self([0xff, 0xff, 0xff]);

    /// Ink that can be read on it: black or white, whichever stands out more. One of the two always has more than the
    /// 4.5 : 1 that WCAG asks for.
    pub fn ink(self) -> Self {
        match self.contrast(Self::INK) >= self.contrast(Self::PAPER) {
            true => Self::INK,
            false => Self::PAPER,
        }
    }

    /// WCAG's contrast ratio, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// WCAG's relative luminance, from 0 to 1.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            match share <= 0.04045 {
                true => share / 12.92,
                false => ((share + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl FromStr for Colour {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or("Write the colour like #0a7f3c.")?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("#0a7f3c", Some("#0a7f3c"))]
    #[case("#FFFFFF", Some("#ffffff"))]
    #[case("#fff", None)]
    #[case("0a7f3c", None)]
    #[case("#0a7f3g", None)]
    #[case("#+a7f3c", None)]
    #[case("#0a7f3c;}", None)]
    #[case("#éabcd", None)]
    #[case("red", None)]
    #[case("", None)]
    fn a_colour_is_six_hexadecimal_digits(#[case] text: &str, #[case] colour: Option<&str>) {
        let parsed = text.parse::<Colour>().ok().map(|colour| colour.to_string());
        assert_eq!(parsed.as_deref(), colour);
    }

    #[rstest]
    #[case("#ffffff", Colour::INK)]
    #[case("#000000", Colour::PAPER)]
    #[case("#25d366", Colour::INK)]
    #[case("#0a7f3c", Colour::PAPER)]
    #[case("#ffeb3b", Colour::INK)]
    #[case("#1a237e", Colour::PAPER)]
    fn the_ink_is_the_one_that_stands_out(#[case] colour: &str, #[case] ink: Colour) {
        assert_eq!(colour.parse::<Colour>().unwrap().ink(), ink);
    }

    #[test]
    fn black_on_white_is_twenty_one_to_one() {
        let contrast = Colour::INK.contrast(Colour::PAPER);
        assert!((contrast - 21.0).abs() < 1e-9, "{contrast}");
    }

    proptest! {
        #[test]
        fn whatever_colour_is_chosen_can_be_read_on(red: u8, green: u8, blue: u8) {
            let colour = Colour([red, green, blue]);
            prop_assert!(colour.contrast(colour.ink()) > 4.5);
        }
    }
}
