//! Sets of bytes that are asked by one look-up: what comes with a visit is looked at byte by byte.

/// A set of bytes.
pub struct ByteSet([bool; 256]);

impl ByteSet {
    /// Letters and digits of ASCII, and these.
    pub const fn alphanumeric_and(more: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        Self(set).with(more)
    }

    /// All that can be seen of ASCII, but these.
    pub const fn graphic_without(fewer: &[u8]) -> Self {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            set[byte] = (byte as u8).is_ascii_graphic();
            byte += 1;
        }
        let mut at = 0;
        while at < fewer.len() {
            set[fewer[at] as usize] = false;
            at += 1;
        }
        Self(set)
    }

    /// And these.
    pub const fn with(mut self, more: &[u8]) -> Self {
        let mut at = 0;
        while at < more.len() {
            self.0[more[at] as usize] = true;
            at += 1;
        }
        self
    }

    /// Whether each of these bytes is in it.
    pub fn has_all(&self, bytes: &[u8]) -> bool {
        // Without a way out of the loop: nearly always all of them are.
        bytes.iter().fold(true, |all, byte| all & self.0[usize::from(*byte)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_it_was_made_of() {
        const WORD: ByteSet = ByteSet::alphanumeric_and(b"-_");
        assert!(WORD.has_all(b"aZ09-_") && WORD.has_all(b""));
        assert!(!WORD.has_all(b"a b") && !WORD.has_all("é".as_bytes()));
        const SEEN: ByteSet = ByteSet::graphic_without(b"%").with(b" ");
        assert!(SEEN.has_all(b"a ~!") && !SEEN.has_all(b"a%20") && !SEEN.has_all(b"\t"));
    }
}
