//! Which kinds of personal data a click holds.

use konektor_core::click::Click;
use std::collections::BTreeSet;

pub(super) fn kinds_of_click(click: &Click, kinds: &mut BTreeSet<&'static str>) {
    let facts = &click.facts;
    let has = [
        ("clicks", true),
        ("address", facts.ip.is_some()),
        ("user_agent", !facts.ua.is_empty()),
        ("click_ids", !facts.touch.click_ids.is_empty()),
        ("pixel_cookies", facts.pixel.is_some()),
        ("place", facts.region.is_some() || facts.city.is_some()),
    ];
    kinds.extend(has.into_iter().filter_map(|(kind, is_there)| is_there.then_some(kind)));
}
