//! Clicks on their way from the recorder to the fold.

use crate::{click::Click, ids::ClickId};

/// Clicks that were committed a moment ago, handed to the fold so that it need not read them back. They are all
/// clicks after `after`, without a gap; a fold whose watermark is older reads the log instead.
#[derive(Debug, Default)]
pub struct Fresh {
    /// The click before the first of them.
    after: ClickId,
    /// In order. In parts, since one that grows to thousands would be moved to new memory again and again, as visitors wait.
    parts: Vec<Vec<Click>>,
    count: usize,
    /// More came than may be held; they are in the log.
    overflowed: bool,
}

impl Fresh {
    /// Most clicks held: about 16 MB.
    const MOST: usize = 16_384;
    /// Most clicks of small batches that are put together.
    const PART: usize = 512;

    /// Adds the clicks of a batch; `after` is the click before its first. A gap before them ends the handing over: a batch
    /// whose commit could not be told from a failure may be in the log.
    pub fn add(&mut self, after: ClickId, clicks: Vec<Click>) {
        let last = self.parts.last_mut();
        match last.as_deref().and_then(|part| part.last()) {
            None if !self.overflowed => self.after = after,
            last => self.overflowed |= last.is_some_and(|last| last.id != after),
        }
        self.overflowed |= self.count + clicks.len() > Self::MOST;
        if self.overflowed || clicks.is_empty() {
            return;
        }
        self.count += clicks.len();
        match last {
            Some(part) if part.len() + clicks.len() <= Self::PART => {
                part.reserve(Self::PART - part.len());
                part.extend(clicks);
            }
            _ => self.parts.push(clicks),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// They, in order.
    pub fn clicks(&self) -> impl Iterator<Item = &Click> {
        self.parts.iter().flatten()
    }

    /// Whether half of what may be held is there.
    pub fn is_half_full(&self) -> bool {
        self.count >= Self::MOST / 2
    }

    /// Whether more came than could be held.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// The clicks after `watermark`, in order and in parts, if these are all of them up to the last.
    pub fn after(self, watermark: ClickId) -> Option<Vec<Vec<Click>>> {
        let Self { after, mut parts, .. } = self;
        if parts.is_empty() || after > watermark {
            return None;
        }
        parts.retain(|part| part.last().is_some_and(|last| last.id > watermark));
        if let Some(first) = parts.first_mut() {
            let folded = first.partition_point(|click| click.id <= watermark);
            first.drain(..folded);
        }
        Some(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::tests::click;
    use proptest::prelude::*;

    fn clicks(ids: std::ops::Range<i64>) -> Vec<Click> {
        ids.map(|id| click(id, "")).collect()
    }

    fn ids<'c>(clicks: impl IntoIterator<Item = &'c Click>) -> Vec<i64> {
        clicks.into_iter().map(|click| click.id.0).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// However they come in batches, and however far the fold has come, it is handed all that follow, in order.
        #[test]
        fn all_after_the_watermark_are_handed_over(
            batches in prop::collection::vec(0..300_i64, 0..12),
            watermark in 0..3_000_i64,
            begins_after in 0..40_i64,
        ) {
            let (mut fresh, mut last) = (Fresh::default(), begins_after);
            for batch in batches {
                fresh.add(ClickId(last), clicks(last + 1..last + 1 + batch));
                last += batch;
            }
            let all: Vec<_> = (begins_after + 1..=last).collect();
            prop_assert_eq!(fresh.count(), all.len());
            prop_assert_eq!(ids(fresh.clicks()), all);
            let is_whole = last > begins_after && watermark >= begins_after;
            let rest = is_whole.then(|| (begins_after.max(watermark) + 1..=last).collect::<Vec<_>>());
            let handed_over = fresh.after(ClickId(watermark));
            prop_assert!(handed_over.iter().flatten().all(|part| !part.is_empty()));
            prop_assert_eq!(handed_over.map(|parts| ids(parts.iter().flatten())), rest);
        }
    }

    #[test]
    fn what_follows_a_gap_is_read_from_the_log() {
        let mut fresh = Fresh::default();
        fresh.add(ClickId(0), clicks(1..4));
        fresh.add(ClickId(5), clicks(6..8));
        fresh.add(ClickId(7), clicks(8..9));
        assert!(fresh.overflowed());
        assert_eq!(ids(fresh.clicks()), [1, 2, 3]);
    }

    #[test]
    fn no_more_are_held_than_there_is_room_for() {
        let (mut fresh, most) = (Fresh::default(), Fresh::MOST as i64);
        fresh.add(ClickId(0), clicks(1..most + 1));
        assert!(!fresh.overflowed());
        fresh.add(ClickId(most), clicks(most + 1..most + 2));
        assert!(fresh.overflowed());
        assert_eq!(fresh.count() as i64, most);
    }
}
