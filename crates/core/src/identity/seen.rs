//! Which click IDs may have been seen: a filter in memory, so that a new one (nearly all are) need not be looked up among
//! ten million.
//!
//! A split block Bloom filter: a fingerprint sets one bit in each of the eight words of one block, so asking costs one
//! cache line. It may say *maybe* of one that was never seen (then it is looked up, and not found) and never *no* of one
//! that was. Thirteen bits a click ID keep the first below one in three hundred. Of an idle server with ten million leads the filter
//! is the largest thing in memory.
//!
//! A filter that is full cannot grow, for it does not know what it holds. So another is put on it, a third as large as all before:
//! each answers for its own. Every one of them may be wrong, so those that were put on have twenty-one bits a click ID: wrong once in
//! five thousand, all together hardly more often than the first.

/// Bits of a block: a cache line.
type Block = [u64; 8];

/// Fingerprints that a block of the first filter has room for.
const ROOM_OF_BLOCK: usize = 40;
/// And of one that was put on it.
const ROOM_OF_LATER_BLOCK: usize = 24;
/// The least room for more: there are to be few filters, each asked for a new click ID.
const LEAST_SPARE: usize = 1 << 20;

/// The filters. Fingerprints are keyed hashes ([`super::continuity::Fingerprints`]), so nobody outside can aim at a bit.
#[derive(Clone)]
pub struct SeenClickIds {
    /// All but the last are full.
    filters: Vec<Filter>,
}

impl SeenClickIds {
    /// Empty, with room for about this many and some more.
    pub fn with_room_for(count: usize) -> Self {
        Self {
            filters: vec![Filter::new(count.saturating_add(LEAST_SPARE), ROOM_OF_BLOCK)],
        }
    }

    /// Adds a fingerprint.
    pub fn add(&mut self, print: i64) {
        match self.filters.last_mut() {
            Some(last) if last.has_room() => last.add(print),
            _ => {
                let mut next = Filter::new(LEAST_SPARE.max(self.held() / 3), ROOM_OF_LATER_BLOCK);
                next.add(print);
                self.filters.push(next);
            }
        }
    }

    /// `false`: never seen.
    pub fn may_have(&self, print: i64) -> bool {
        self.filters.iter().any(|filter| filter.may_have(print))
    }

    fn held(&self) -> usize {
        self.filters.iter().map(|filter| filter.held).sum()
    }

    /// The memory that it takes.
    pub fn bytes(&self) -> usize {
        let blocks: usize = self.filters.iter().map(|filter| filter.blocks.len()).sum();
        blocks * size_of::<Block>()
    }
}

#[derive(Clone)]
struct Filter {
    blocks: Vec<Block>,
    held: usize,
    room: usize,
}

impl Filter {
    fn new(room: usize, room_of_block: usize) -> Self {
        Self {
            blocks: vec![Block::default(); room.div_ceil(room_of_block)],
            held: 0,
            room,
        }
    }

    fn has_room(&self) -> bool {
        self.held < self.room
    }

    fn add(&mut self, print: i64) {
        let (block, bits) = self.place(print);
        for (word, bit) in self.blocks[block].iter_mut().zip(bits) {
            *word |= bit;
        }
        self.held += 1;
    }

    fn may_have(&self, print: i64) -> bool {
        let (block, bits) = self.place(print);
        self.blocks[block].iter().zip(bits).all(|(word, bit)| word & bit != 0)
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
        write!(f, "SeenClickIds({} in {} bytes)", self.held(), self.bytes())
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

    /// How many of 100,000 that were never added are held back.
    fn wrong(seen: &SeenClickIds, after: u64) -> usize {
        let never = prints(after, 100_000);
        never.filter(|print| seen.may_have(*print)).count()
    }

    #[test]
    fn what_was_seen_is_never_denied_and_what_was_not_is_hardly_ever_held_back() {
        let full = 50_000 + LEAST_SPARE as u64;
        let mut seen = SeenClickIds::with_room_for(50_000);
        prints(0, full).for_each(|print| seen.add(print));
        assert_eq!(seen.filters.len(), 1);
        assert!(prints(0, full).all(|print| seen.may_have(print)));
        let wrong = wrong(&seen, full);
        assert!(wrong < 500, "{wrong} of 100,000");
    }

    #[test]
    fn it_grows_with_what_it_holds() {
        let mut seen = SeenClickIds::with_room_for(0);
        let many = 6 * LEAST_SPARE as u64;
        prints(0, many).for_each(|print| seen.add(print));
        assert!((4..=6).contains(&seen.filters.len()), "{} filters", seen.filters.len());
        assert!(prints(0, many).step_by(7).all(|print| seen.may_have(print)));
        let wrong = wrong(&seen, many);
        assert!(wrong < 500, "{wrong} of 100,000");
        let bits = seen.bytes() as f64 * 8.0 / many as f64;
        assert!((12.8..32.0).contains(&bits), "{bits} bits a click ID");
    }
}
