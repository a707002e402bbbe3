//! A batch that is being recorded, between who waits for it and who works on it.
//!
//! A batch that takes too long is given up: its visitors are answered without it. What was not about to be committed then
//! never will be. What was, may be in the store or not, for a commit cannot be called back; so its visitors are told what
//! was decided for them, and each click has an id by which a replay finds out.

use crate::{Result, StoreError};
use konektor_core::decide::{
    Decisions,
    degraded::{Decided, decided},
};
use std::sync::{Mutex, MutexGuard};

/// One batch on its way.
#[derive(Debug, Default)]
pub struct Attempt(Mutex<Stage>);

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Deciding,
    GivenUp,
    Committing(Decisions),
}

impl Attempt {
    /// Says that these decisions are about to be committed; from now on they may be in the store. Fails if the batch was
    /// given up: then the transaction must be rolled back.
    pub fn committing(&self, decisions: Decisions) -> Result<()> {
        let mut stage = self.stage();
        match *stage {
            Stage::GivenUp => Err(StoreError::GivenUp),
            _ => {
                *stage = Stage::Committing(decisions);
                Ok(())
            }
        }
    }

    /// Takes the decisions back after their commit. They have no outcomes if the batch was given up meanwhile.
    pub fn committed(&self) -> Decisions {
        match std::mem::take(&mut *self.stage()) {
            Stage::Committing(decisions) => decisions,
            Stage::Deciding | Stage::GivenUp => Decisions::default(),
        }
    }

    /// Gives the batch up. `None` if it will never be in the store; otherwise what its visitors are to be told.
    pub fn give_up(&self) -> Option<Vec<Decided>> {
        let mut stage = self.stage();
        match &mut *stage {
            Stage::Committing(decisions) => Some(decided(decisions)),
            Stage::Deciding | Stage::GivenUp => {
                *stage = Stage::GivenUp;
                None
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().expect("moving decisions cannot panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use konektor_core::decide::Outcome;

    fn decisions() -> Decisions {
        Decisions {
            outcomes: vec![Outcome::Flood, Outcome::Gone],
            ..Decisions::default()
        }
    }

    #[test]
    fn what_was_given_up_before_its_commit_is_not_committed() {
        let attempt = Attempt::default();
        assert!(attempt.give_up().is_none());
        assert!(matches!(attempt.committing(decisions()), Err(StoreError::GivenUp)));
    }

    #[test]
    fn what_was_given_up_in_its_commit_is_told_once() {
        let attempt = Attempt::default();
        attempt.committing(decisions()).unwrap();
        assert_eq!(attempt.give_up().unwrap().len(), 2);
        assert!(attempt.committed().outcomes.is_empty());
    }

    #[test]
    fn what_was_waited_for_has_its_outcomes() {
        let attempt = Attempt::default();
        attempt.committing(decisions()).unwrap();
        assert_eq!(attempt.committed().outcomes.len(), 2);
    }
}
