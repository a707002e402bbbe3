//! Ids and tokens that look like a platform's own, and are the same in each run.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// So many letters and digits, by a number.
pub(crate) fn letters(seed: u64, count: usize) -> String {
    text(seed, count, 62)
}

/// So many upper-case hex digits, by a number.
pub(crate) fn hex(seed: u64, count: usize) -> String {
    text(seed, count, 16)
}

fn text(seed: u64, count: usize, base: u64) -> String {
    let mut state = seed;
    (0..count)
        .map(|_| {
            // SplitMix64: each seed gives another text, and neighbours do not look like neighbours.
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            char::from(DIGITS[((z ^ (z >> 31)) % base) as usize])
        })
        .collect()
}
