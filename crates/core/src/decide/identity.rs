//! Who a visitor is.

use super::{LeadState, Loaded, Memory, Visit};
use crate::{
    click::RecognisedBy,
    identity::continuity::{CLICK_ID_WINDOW_MS, ClickIdPrint, ClickIdUse, is_within},
    ids::LeadId,
    routing::Workspace,
    time::UnixMs,
};

/// A visitor as far as they were recognised.
pub(super) struct Identified {
    pub(super) lead: LeadId,
    pub(super) by: RecognisedBy,
    pub(super) shared: bool,
}

/// Known uses of a click ID.
pub(super) struct ClickIdUses {
    print: ClickIdPrint,
    /// Of the click ID itself both that of memory and that of the index, since its first user may be folded while memory still has
    /// another browser's use of it; and this browser's own.
    known: [Option<ClickIdUse>; 3],
}

impl ClickIdUses {
    pub(super) fn of(print: ClickIdPrint, memory: &Memory, loaded: &Loaded) -> Self {
        let folded = loaded.click_ids.get(&print.click_id).copied();
        let find = |key| find_use(memory, loaded, key);
        Self {
            print,
            known: [find(print.click_id), folded, find(print.with_browser)],
        }
    }

    fn by_same_browser(&self) -> impl Iterator<Item = &ClickIdUse> {
        let known = self.known.iter().flatten();
        known.filter(|known| known.with_browser == self.print.with_browser)
    }

    /// Whether it is used, and never by this browser: a shared link.
    pub(super) fn are_all_of_others(&self) -> bool {
        self.known[0].is_some() && self.by_same_browser().next().is_none()
    }
}

/// The latest that is known of a fingerprint.
fn find_use(memory: &Memory, loaded: &Loaded, key: i64) -> Option<ClickIdUse> {
    let folded = || loaded.click_ids.get(&key).copied();
    memory.find_click_id(key).or_else(folded)
}

/// Who pressed the button of this very page before, of late.
pub(super) fn find_press(memory: &Memory, loaded: &Loaded, press: i64, now: UnixMs) -> Option<ClickIdUse> {
    let known = find_use(memory, loaded, press)?;
    (loaded.is_alive(known.lead) && is_within(now, known.at, CLICK_ID_WINDOW_MS)).then_some(known)
}

/// Cookie, the same page, click ID, double tap, new: in this order. `None` is a flood.
pub(super) fn identify(
    whose: &Workspace,
    memory: &mut Memory,
    loaded: &Loaded,
    visit: &Visit,
    tapped: Option<LeadId>,
    pressed: Option<ClickIdUse>,
) -> Option<Identified> {
    let workspace = whose.id;
    if let Some(number) = visit.cookie {
        let lead = LeadId { workspace, number };
        // A lead that is not in the store is made again under its code: an older backup was restored, or the
        // click that made it was taken while the store was away. Only an erased one is never made again.
        if loaded.leads.get(&loaded.standing(lead)) != Some(&LeadState::Erased) {
            return Some(Identified {
                lead,
                by: RecognisedBy::Cookie,
                shared: false,
            });
        }
    }
    if let Some(pressed) = pressed {
        return Some(Identified {
            lead: pressed.lead,
            by: RecognisedBy::DoubleTap,
            shared: false,
        });
    }
    let mut shared = false;
    if let Some(print) = visit.click_id {
        let uses = ClickIdUses::of(print, memory, loaded);
        let recent = uses
            .by_same_browser()
            .find(|known| is_within(visit.at, known.at, CLICK_ID_WINDOW_MS) && loaded.is_alive(known.lead));
        if let Some(known) = recent {
            return Some(Identified {
                lead: known.lead,
                by: RecognisedBy::ClickId,
                shared: false,
            });
        }
        shared = uses.are_all_of_others();
    }
    if let Some(lead) = tapped.filter(|lead| loaded.is_alive(*lead)) {
        return Some(Identified {
            lead,
            by: RecognisedBy::DoubleTap,
            shared: false,
        });
    }
    if !memory.flood.admit(visit.address, visit.click_id.is_some(), visit.at)
        && !whose.taught.has_network_of(visit.address)
    {
        return None;
    }
    let number = memory.next_number(workspace);
    Some(Identified {
        lead: LeadId { workspace, number },
        by: RecognisedBy::New,
        shared,
    })
}
