//! Whom a lead's id and a submission mean.

use crate::model::{Addressed, Submission};
use konektor_core::{
    ids::{LeadId, WorkspaceId},
    lead::submission::Proof,
};

/// What became of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// There never was one with this id.
    Never,
    /// It was removed or erased.
    Gone,
    /// This lead stands for it: itself, or the one that it was merged into.
    Stands(LeadId),
}

impl Found {
    /// The lead that stands for it, if there is one.
    pub(crate) fn standing(self) -> Option<LeadId> {
        match self {
            Self::Stands(lead) => Some(lead),
            Self::Never | Self::Gone => None,
        }
    }
}

/// Whom a submission names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) proof: Proof,
    /// The lead that it names, merged or not.
    pub(crate) lead: Option<LeadId>,
    /// The one that stands for it.
    pub(crate) root: Option<LeadId>,
}

impl Named {
    /// Nobody.
    pub(crate) const NOBODY: Self = Self {
        proof: Proof::Nobody,
        lead: None,
        root: None,
    };

    /// The lead that a submission names, and by what. A lead of another workspace is none.
    pub(crate) fn asked(submission: &Submission, workspace: WorkspaceId) -> Option<(Proof, LeadId)> {
        let named = match submission.lead {
            Addressed::Visitor(lead) => (Proof::Visitor, lead),
            Addressed::Code(lead) => (Proof::Code, lead),
            Addressed::Nobody => return None,
        };
        (named.1.workspace == workspace).then_some(named)
    }

    /// Whom it names, by what became of that lead. One that was removed or erased is nobody.
    pub(crate) fn of((proof, lead): (Proof, LeadId), found: Found) -> Self {
        let root = match (found, proof) {
            (Found::Stands(root), _) => Some(root),
            // A signed token whose click is not here yet: the lead is made under its number, unless others are found.
            (Found::Never, Proof::Visitor) => None,
            (Found::Never | Found::Gone, _) => return Self::NOBODY,
        };
        Self {
            proof,
            lead: Some(lead),
            root,
        }
    }
}
