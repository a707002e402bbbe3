//! The visitor code: seven Crockford base-32 characters for a visitor number.
//!
//! A keyed permutation of the 35-bit number space (an unbalanced Feistel network), so codes look random and
//! cannot be guessed from one another, are unique by construction, need no index, and lead straight back to
//! their number. The key belongs to the workspace and is never changed: a new key would rename everybody.

use crate::ids::{NUMBER_BITS, VisitorNumber};
use siphasher::sip::SipHasher24;
use std::{fmt, hash::Hasher, str::FromStr};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code.
pub const CODE_LENGTH: usize = 7;
const HIGH_BITS: u32 = 17;
const LOW_BITS: u32 = NUMBER_BITS - HIGH_BITS;
const HIGH_MASK: u64 = (1 << HIGH_BITS) - 1;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;
/// Four rounds already make a strong pseudo-random permutation (Luby and Rackoff); eight leave a margin for
/// the small halves and cost 100 ns.
const ROUNDS: u8 = 8;

/// The secret of a workspace's codes.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeKey([u8; 16]);

impl CodeKey {
    /// Wraps 16 random bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The code of a visitor number.
    pub fn code(&self, number: VisitorNumber) -> VisitorCode {
        let (hash, (mut high, mut low)) = (self.rounds(), split(number.0));
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                high ^= hash(round, low) & HIGH_MASK;
            } else {
                low ^= hash(round, high) & LOW_MASK;
            }
        }
        VisitorCode(join(high, low))
    }

    /// A code to show where there is no visitor: that of number 0, which nobody gets.
    pub fn example(&self) -> VisitorCode {
        self.code(VisitorNumber(0))
    }

    /// The visitor number behind a code: every code has one, whether given out or not.
    pub fn number(&self, code: VisitorCode) -> VisitorNumber {
        let (hash, (mut high, mut low)) = (self.rounds(), split(code.0));
        for round in (0..ROUNDS).rev() {
            if round % 2 == 0 {
                high ^= hash(round, low) & HIGH_MASK;
            } else {
                low ^= hash(round, high) & LOW_MASK;
            }
        }
        VisitorNumber(join(high, low))
    }

    /// One of the network's rounds. The key is taken in once for all of them.
    fn rounds(&self) -> impl Fn(u8, u64) -> u64 {
        let keyed = SipHasher24::new_with_key(&self.0);
        move |round, half| {
            let mut hasher = keyed;
            hasher.write_u64(half << 8 | u64::from(round));
            hasher.finish()
        }
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(…)")
    }
}

fn split(value: u64) -> (u64, u64) {
    (value >> LOW_BITS & HIGH_MASK, value & LOW_MASK)
}

fn join(high: u64, low: u64) -> u64 {
    high << LOW_BITS | low
}

/// Seven characters that stand for one visitor of one workspace, as CS see them: `ABC1234`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VisitorCode(u64);

impl VisitorCode {
    /// The characters, without an allocation.
    pub fn characters(self) -> [u8; CODE_LENGTH] {
        std::array::from_fn(|i| ALPHABET[(self.0 >> (5 * (CODE_LENGTH - 1 - i)) & 31) as usize])
    }

    /// The code as text, in `room`.
    pub fn text(self, room: &mut [u8; CODE_LENGTH]) -> &str {
        *room = self.characters();
        std::str::from_utf8(room).expect("digits and letters")
    }

    /// Reads a code where one is asked for: the whole text, or what [`VisitorCode::find_in`] finds in it. One code in
    /// fourteen has no digit, so the whole text may be a word too.
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| Self::find_in(text))
    }

    /// Looks for a code in a pasted message: first one in square brackets, as the message has it, else the
    /// only word that could be one.
    pub fn find_in(text: &str) -> Option<Self> {
        let bracketed = text
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split_once(']'))
            .find_map(|(c, _)| c.parse().ok());
        bracketed.or_else(|| {
            let mut words = text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|w| w.bytes().any(|b| b.is_ascii_digit()));
            words.find_map(|word| word.parse().ok())
        })
    }
}

impl FromStr for VisitorCode {
    type Err = NotACode;

    /// Reads tolerantly, as people type: any case, `o` for `0`, `i` and `l` for `1`.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let text = text.trim();
        if text.len() != CODE_LENGTH {
            return Err(NotACode);
        }
        text.bytes()
            .try_fold(0, |value, byte| Some(value << 5 | digit(byte)?))
            .map(Self)
            .ok_or(NotACode)
    }
}

fn digit(byte: u8) -> Option<u64> {
    let upper = match byte.to_ascii_uppercase() {
        b'O' => b'0',
        b'I' | b'L' => b'1',
        other => other,
    };
    ALPHABET.iter().position(|&c| c == upper).map(|i| i as u64)
}

impl fmt::Display for VisitorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; CODE_LENGTH]))
    }
}

impl fmt::Debug for VisitorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A visitor code has seven letters and digits, such as `ABC1234`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a visitor code has seven letters and digits, such as ABC1234")]
pub struct NotACode;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn any_code_leads_back_to_its_number(key: [u8; 16], number in 0..1_u64 << NUMBER_BITS) {
            let key = CodeKey::new(key);
            let code = key.code(VisitorNumber(number));
            prop_assert_eq!(key.number(code), VisitorNumber(number));
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(key.code(key.number(code)), code);
        }

        #[test]
        fn typed_codes_are_read_tolerantly(number in 0..1_u64 << NUMBER_BITS) {
            let code = VisitorCode(number);
            let typed = format!(" {} ", code.to_string().to_lowercase().replace('0', "o").replace('1', "l"));
            prop_assert_eq!(typed.parse(), Ok(code));
        }

        #[test]
        fn reading_never_panics(text: String) {
            let _ = text.parse::<VisitorCode>();
            let _ = VisitorCode::find_in(&text);
        }
    }

    #[test]
    fn neighbours_share_nothing_and_none_collide() {
        let key = CodeKey::new([7; 16]);
        let codes: Vec<_> = (0..100_000).map(|n| key.code(VisitorNumber(n))).collect();
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), codes.len());
        // Neighbours differ in half of their 35 bits on average; a pattern would show here.
        let flipped: u32 = codes.windows(2).map(|w| (w[0].0 ^ w[1].0).count_ones()).sum();
        let mean = f64::from(flipped) / (codes.len() - 1) as f64;
        assert!((17.0..18.0).contains(&mean), "{mean}");
    }

    #[test]
    fn the_ends_of_the_range_are_codes_too() {
        let key = CodeKey::new([0; 16]);
        for number in [0, 1, (1 << NUMBER_BITS) - 1] {
            assert_eq!(key.number(key.code(VisitorNumber(number))), VisitorNumber(number));
        }
    }

    #[test]
    fn a_code_is_found_in_a_pasted_message() {
        let code: VisitorCode = "7QK3M9D".parse().unwrap();
        assert_eq!(
            VisitorCode::find_in("Halo Kak, saya mau order 12 pcs [7QK3M9D] ya"),
            Some(code)
        );
        assert_eq!(VisitorCode::find_in("kode saya 7qk3m9d"), Some(code));
        assert_eq!(VisitorCode::find_in("promosi lebaran"), None);
        assert_eq!(VisitorCode::find_in("sfsrpae"), None, "it may be a word");
        assert_eq!(VisitorCode::read(" sfsrpae "), "SFSRPAE".parse().ok());
        assert_eq!(VisitorCode::read("[7QK3M9D] ya"), Some(code));
    }
}
