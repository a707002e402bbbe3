//! Which click IDs may have been seen: a filter in memory, so that a new one (nearly all are) need not be looked up among
//! ten million.
//!
//! A split block Bloom filter: a fingerprint sets one bit in each of the eight words of one block, so asking costs one
//! cache line. It may say *maybe* of one that was never seen (then it is looked up, and not found) and never *no* of one
//! that was. Thirteen bits a click ID keep the first below one in two hundred. More bits would hardly save a look-up, and of
//! an idle server with ten million leads the filter is the largest thing in memory.

/// Bits of a block: a cache line.
type Block = [u64; 8];

/// Fingerprints a block has room for.
const ROOM_OF_BLOCK: usize = 40;
/// The least room for more: a filter that is outgrown is made anew out of all that is stored, so not every few seconds.
const LEAST_SPARE: usize = 1 << 20;

/// The filter. Its fingerprints are keyed hashes ([`super::continuity::Fingerprints`]), so nobody outside can aim at a bit.
#[derive(Clone)]
pub struct SeenClickIds {
    blocks: Vec<Block>,
    held: usize,
}

impl SeenClickIds {
    /// An empty filter for about this many and a quarter more.
    pub fn with_room_for(count: usize) -> Self {
        let room = count.saturating_add(LEAST_SPARE.max(count / 4));
        Self {
            blocks: vec![Block::default(); room.div_ceil(ROOM_OF_BLOCK)],
            held: 0,
        }
    }

    /// Adds a fingerprint.
    pub fn add(&mut self, print: i64) {
        let (block, bits) = self.place(print);
        for (word, bit) in self.blocks[block].iter_mut().zip(bits) {
            *word |= bit;
        }
        self.held += 1;
    }

    /// `false`: never seen.
    pub fn may_have(&self, print: i64) -> bool {
        let (block, bits) = self.place(print);
        self.blocks[block].iter().zip(bits).all(|(word, bit)| word & bit != 0)
    }

    /// Whether it holds more than it was made for, and says *maybe* ever more often.
    pub fn is_full(&self) -> bool {
        self.held > self.blocks.len() * ROOM_OF_BLOCK
    }

    /// The block by the high half, a bit in each word by the low half times an odd number of the word's own.
    fn place(&self, print: i64) -> (usize, [u64; 8]) {
        const ODD: [u32; 8] = [
            0x47b6_137b,
            0x4497_4d91,
            0x8824_ad5b,
            0xa2b7_289d,
            0x7054_95c7,
            0x2df1_424b,
            0x9efc_4947,
            0x5c6b_fb31,
        ];
        let (high, low) = ((print as u64) >> 32, print as u32);
        let block = (high * self.blocks.len() as u64) >> 32;
        (block as usize, ODD.map(|odd| 1 << (low.wrapping_mul(odd) >> 26)))
    }
}

impl std::fmt::Debug for SeenClickIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SeenClickIds({} in {} blocks)", self.held, self.blocks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fingerprints as a keyed hash makes them.
    fn prints(from: u64, count: u64) -> impl Iterator<Item = i64> {
        use siphasher::sip::SipHasher13;
        use std::hash::Hasher;
        (from..from + count).map(|n| {
            let mut hasher = SipHasher13::new_with_key(&[7; 16]);
            hasher.write_u64(n);
            hasher.finish() as i64
        })
    }

    #[test]
    fn what_was_seen_is_never_denied_and_what_was_not_is_hardly_ever_held_back() {
        let full = 50_000 + LEAST_SPARE as u64;
        let mut seen = SeenClickIds::with_room_for(50_000);
        prints(0, full).for_each(|print| seen.add(print));
        assert!(!seen.is_full());
        assert!(prints(0, full).all(|print| seen.may_have(print)));
        let wrong = prints(full, 100_000).filter(|print| seen.may_have(*print)).count();
        assert!(wrong < 500, "{wrong} of 100,000");
    }

    #[test]
    fn it_says_when_it_has_outgrown_its_room() {
        let mut seen = SeenClickIds::with_room_for(0);
        prints(0, LEAST_SPARE as u64 + 40).for_each(|print| seen.add(print));
        assert!(seen.is_full());
    }
}
