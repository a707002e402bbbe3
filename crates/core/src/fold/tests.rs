use super::*;
use crate::click::ClickFacts;
use crate::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    event::{Consent, DeliveryState, EventId, GOOGLE_CLICK_WAIT_MS, Mapping, Trigger},
    ids::{DestinationId, VisitorNumber},
    lead::{Status, TrackingStatus},
    routing::DestinationRoute,
    time::UnixMs,
};
use rstest::rstest;

const NOW: UnixMs = UnixMs(1_795_347_000_123);
const DAY_MS: i64 = 24 * 3_600_000;
const LEAD: LeadId = LeadId {
    workspace: WorkspaceId(1),
    number: VisitorNumber(7),
};
const META: DestinationId = DestinationId(11);
const GOOGLE: DestinationId = DestinationId(12);
const SNAPCHAT: DestinationId = DestinationId(13);

fn destination(id: DestinationId, platform: Platform) -> DestinationRoute {
    DestinationRoute {
        id,
        workspace: LEAD.workspace,
        platform,
        mapping: Mapping::default(),
        consent: Consent::Unspecified,
        created_at: NOW,
        active: true,
    }
}

/// A workspace that tells Meta and Google, and Snapchat, which no adapter speaks to.
fn routing() -> Routing {
    Routing::default().with_destinations(vec![
        destination(META, Platform::Meta),
        destination(GOOGLE, Platform::Google),
        destination(SNAPCHAT, Platform::Snapchat),
    ])
}

/// A click `ms` after now, whose id is that number.
pub(super) fn click(ms: i64, query: &str) -> Click {
    Click {
        id: ClickId(ms),
        at: NOW.plus_ms(ms),
        lead: LEAD,
        rotator: RotatorId(1),
        agent: None,
        is_first_use: false,
        first: None,
        print: None,
        facts: ClickFacts {
            touch: Touch::of(query, None, CLICK_ID_PARAMETERS),
            ..crate::click::tests::facts()
        },
    }
}

fn prints() -> Fingerprints {
    Fingerprints::new([9; 16])
}

fn events_of(routing: &Routing, clicks: &[Click]) -> Vec<NewEvent> {
    fold(clicks, &mut Known::default(), routing, &prints(), |_| Day(20_261_122)).events
}

#[test]
fn a_click_that_brings_its_fingerprints_is_folded_like_one_that_was_read_back() {
    let read_back = click(0, "fbclid=F");
    let mut handed_over = read_back.clone();
    let known = Fingerprints::new([9; 16]);
    handed_over.print = known.click_id(
        LEAD.workspace,
        &read_back.facts.touch,
        known.user_agent(&read_back.facts.ua),
        &read_back.facts.lang,
    );
    assert!(handed_over.print.is_some());
    let folded = |click| {
        fold(&[click], &mut Known::default(), &routing(), &prints(), |_| {
            Day(20_261_122)
        })
    };
    let (read_back, handed_over) = (folded(read_back), folded(handed_over));
    assert_eq!(read_back.click_ids.len(), 1);
    assert_eq!(read_back.click_ids, handed_over.click_ids);
    assert_eq!(read_back.events, handed_over.events);
}

#[rstest]
#[case("fbclid=F", &[META])]
#[case("gclid=G", &[GOOGLE])]
#[case("wbraid=G", &[GOOGLE])]
#[case("fbclid=F&gclid=G", &[GOOGLE])] // the primary one's platform only
#[case("ScCid=S", &[])]
#[case("ttclid=T", &[])]
#[case("utm_source=meta", &[])]
#[case("", &[])]
fn a_click_is_told_to_the_platform_of_its_primary_click_id(#[case] query: &str, #[case] told: &[DestinationId]) {
    let events = events_of(&routing(), &[click(0, query)]);
    let destinations: Vec<_> = events.iter().map(|event| event.destination).collect();
    assert_eq!(destinations, told);
}

#[test]
fn a_referrer_without_a_click_id_tells_nothing() {
    let mut from_facebook = click(0, "");
    from_facebook.facts.touch = Touch::of("", Some("https://l.facebook.com/"), CLICK_ID_PARAMETERS);
    assert_eq!(from_facebook.facts.touch.platform, Some(Platform::Meta));
    assert_eq!(events_of(&routing(), &[from_facebook]), []);
}

#[test]
fn a_clicks_event_has_the_clicks_time_and_id() {
    let events = events_of(&routing(), &[click(5, "gclid=G")]);
    let [event] = &events[..] else { panic!("{events:?}") };
    assert_eq!((event.at, event.click, event.lead), (NOW.plus_ms(5), ClickId(5), LEAD));
    assert_eq!(event.id, EventId::of_click(ClickId(5)));
    assert_eq!((event.trigger, event.name.as_str()), (Trigger::Click, "Contact"));
    assert_eq!(event.window.not_before, NOW.plus_ms(5 + GOOGLE_CLICK_WAIT_MS));
    let hasty = routing().with_google_click_wait_ms(0);
    assert_eq!(
        events_of(&hasty, &[click(5, "gclid=G")])[0].window.not_before,
        NOW.plus_ms(5)
    );
}

#[test]
fn a_click_id_is_told_once_for_ever_to_each_destination() {
    let mut routes = routing().destinations(LEAD.workspace).to_vec();
    routes.push(destination(DestinationId(14), Platform::Meta));
    let routing = Routing::default().with_destinations(routes);
    let mut shared = click(2, "fbclid=F");
    (shared.lead.number, shared.facts.ua) = (VisitorNumber(8), "another".into());
    let clicks = [
        click(1, "fbclid=F"),
        shared,
        click(400 * DAY_MS, "fbclid=F"),
        click(400 * DAY_MS + 1, "fbclid=F2"),
    ];
    let events = events_of(&routing, &clicks);
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.click.0, event.destination.0))
        .collect();
    assert_eq!(told, [(1, 11), (1, 14), (400 * DAY_MS + 1, 11), (400 * DAY_MS + 1, 14)]);

    let mut known = Known {
        told: events.iter().map(|event| (event.destination, event.print)).collect(),
        ..Known::default()
    };
    let again = fold(&clicks, &mut known, &routing, &prints(), |_| Day(20_261_122));
    assert_eq!(again.events, [], "what was told before is known");
}

#[test]
fn a_double_tap_and_a_click_before_the_destination_tell_nothing() {
    let mut tap = click(0, "fbclid=F");
    tap.facts.dup = true;
    assert_eq!(events_of(&routing(), &[tap, click(-1, "fbclid=F2")]), []);
}

#[rstest]
#[case("fbclid=F", None, Consent::Unspecified, false)]
#[case("fbclid=F", Some(Consent::Granted), Consent::Granted, false)]
#[case("fbclid=F", Some(Consent::Denied), Consent::Denied, true)]
#[case("gclid=G", Some(Consent::Denied), Consent::Denied, false)] // Google is told with its consent fields
fn a_refusal_is_withheld_from_all_but_google(
    #[case] query: &str,
    #[case] said: Option<Consent>,
    #[case] consent: Consent,
    #[case] withheld: bool,
) {
    let mut click = click(0, query);
    click.facts.consent = said;
    let events = events_of(&routing(), &[click]);
    assert_eq!((events[0].consent, events[0].withheld), (consent, withheld));
}

fn change(status: Status) -> LeadStep {
    LeadStep {
        lead: LEAD,
        trigger: Trigger::Status(status),
        at: NOW.plus_ms(50 * DAY_MS),
    }
}

#[rstest]
#[case(Status::Won, &["Purchase"])]
#[case(Status::Qualified, &["Lead"])]
#[case(Status::Lost, &[])]
fn a_status_makes_the_event_that_the_destination_maps_it_to(#[case] status: Status, #[case] names: &[&str]) {
    let routing = Routing::default().with_destinations(vec![destination(META, Platform::Meta)]);
    let ad = AdClick {
        first: click(1, "fbclid=F"),
        latest: click(2, "fbclid=F"),
    };
    let wanted = Wanted::of_step(&routing, &prints(), change(status));
    let events: Vec<_> = wanted
        .into_iter()
        .filter_map(|wanted| wanted.attributed(change(status), &ad, 0))
        .collect();
    assert_eq!(
        events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(),
        names
    );
    for event in events {
        assert_eq!(event.id, EventId::of_lead(LEAD, names[0]));
        assert_eq!((event.at, event.click), (change(status).at, ClickId(1)));
        assert_eq!(event.trigger, Trigger::Status(status));
    }
}

#[test]
fn two_statuses_that_make_the_same_event_make_it_once() {
    let mapping = serde_json::from_str(r#"{"qualified":"Lead","hot":"Lead","won":"Purchase"}"#).unwrap();
    let route = DestinationRoute {
        mapping,
        ..destination(META, Platform::Meta)
    };
    let routing = Routing::default().with_destinations(vec![route]);
    let print = |status| Wanted::of_step(&routing, &prints(), change(status))[0].print;
    assert_eq!(print(Status::Qualified), print(Status::Hot));
    assert_ne!(print(Status::Qualified), print(Status::Won));
}

#[rstest]
#[case("arrived", Some("1795347000123"), &["arrived"])]
#[case("arrived", None, &[])] // taken back: what was told was told
#[case("status", Some("qualified"), &["arrived", "qualified"])]
#[case("status", Some("lost"), &["lost"])]
#[case("status", Some("new"), &["new"])]
#[case("name", Some("won"), &[])]
fn nobody_comes_further_without_a_chat(#[case] field: &str, #[case] new: Option<&str>, #[case] steps: &[&str]) {
    let found = LeadStep::of(LEAD, NOW, field, new).unwrap();
    let triggers: Vec<_> = found.iter().map(|step| step.trigger.as_str()).collect();
    assert_eq!(triggers, steps);
}

#[test]
fn the_start_of_the_chat_is_told_where_it_is_mapped() {
    let step = LeadStep {
        trigger: Trigger::Arrived,
        ..change(Status::Won)
    };
    assert!(
        Wanted::of_step(&routing(), &prints(), step).is_empty(),
        "by default it is not"
    );
    let route = DestinationRoute {
        mapping: serde_json::from_str(r#"{"arrived":"Contact_arrived"}"#).unwrap(),
        ..destination(META, Platform::Meta)
    };
    let routing = Routing::default().with_destinations(vec![route]);
    let wanted = Wanted::of_step(&routing, &prints(), step).remove(0);
    let ad = AdClick {
        first: click(1, "fbclid=F"),
        latest: click(2, "fbclid=F"),
    };
    let event = wanted.attributed(step, &ad, 0).unwrap();
    assert_eq!(
        (event.name.as_str(), event.trigger),
        ("Contact_arrived", Trigger::Arrived)
    );
    assert_eq!(event.id, EventId::of_lead(LEAD, "Contact_arrived"));
}

#[test]
fn a_status_from_before_the_destination_tells_nothing() {
    let before = LeadStep {
        at: NOW.plus_ms(-1),
        ..change(Status::Won)
    };
    assert!(Wanted::of_step(&routing(), &prints(), before).is_empty());
}

#[test]
fn a_later_refusal_holds_for_a_sale() {
    let mut ad = AdClick {
        first: click(1, "fbclid=F"),
        latest: click(2, "fbclid=F"),
    };
    ad.latest.facts.gpc = true;
    let routing = routing();
    let wanted = Wanted::of_step(&routing, &prints(), change(Status::Won)).remove(0);
    assert_eq!(wanted.destination.id, META);
    assert!(wanted.attributed(change(Status::Won), &ad, 0).unwrap().withheld);
}

/// Clicks by their query at 1, 2, 3, …; the event is attributed to the `first`, and `latest` was the last with its ID.
#[rstest]
#[case(&["fbclid=A"], Some((1, 1)))]
#[case(&["fbclid=A", ""], Some((1, 1)))]
#[case(&["fbclid=A", "fbclid=B"], Some((2, 2)))]
#[case(&["fbclid=A", "fbclid=B", "fbclid=A"], Some((1, 3)))] // an old link again
#[case(&["gclid=G&fbclid=A", "gclid=G"], Some((1, 1)))] // not the primary one
#[case(&["gclid=G", ""], None)]
#[case(&["", "", "", "fbclid=late"], None)] // after the event
#[case(&[], None)]
fn a_lead_came_by_the_first_click_with_its_latest_click_id(
    #[case] queries: &[&str],
    #[case] expected: Option<(i64, i64)>,
) {
    let mut search = AdClickSearch::new(Platform::Meta, NOW.plus_ms(3));
    for (index, query) in queries.iter().enumerate().rev() {
        search.see(click(index as i64 + 1, query));
    }
    let found = search.found().map(|ad| (ad.first.id.0, ad.latest.id.0));
    assert_eq!(found, expected);
}

#[rstest]
#[case((0, 0, 0), false, TrackingStatus::None)]
#[case((1, 0, 0), false, TrackingStatus::Pending)]
#[case((1, 2, 3), false, TrackingStatus::Pending)]
#[case((1, 2, 3), true, TrackingStatus::Held)]
#[case((0, 1, 0), false, TrackingStatus::Synced)]
#[case((0, 1, 1), false, TrackingStatus::Partial)]
#[case((0, 0, 1), false, TrackingStatus::Failed)]
#[case((0, 0, 1), true, TrackingStatus::Failed)] // nothing waits
fn the_tracking_status_follows_from_the_counts(
    #[case] (pending, sent, failed): (i64, i64, i64),
    #[case] held: bool,
    #[case] expected: TrackingStatus,
) {
    let tracking = Tracking { pending, sent, failed };
    assert_eq!(tracking.status(held), expected);
}

#[rstest]
#[case(DeliveryState::Pending, None, TrackingStatus::Pending)]
#[case(DeliveryState::Sent, None, TrackingStatus::Synced)]
#[case(DeliveryState::Confirmed, None, TrackingStatus::Synced)]
#[case(DeliveryState::Expired, Some("too_old"), TrackingStatus::Failed)]
#[case(DeliveryState::Dropped, Some("100"), TrackingStatus::Failed)]
#[case(DeliveryState::Dropped, Some(NO_CONSENT), TrackingStatus::None)]
fn each_delivery_counts_as_what_became_of_it(
    #[case] state: DeliveryState,
    #[case] code: Option<&str>,
    #[case] expected: TrackingStatus,
) {
    assert_eq!(Tracking::of(state, code).status(false), expected);
}

#[test]
fn how_visitors_were_recognised_is_counted_by_browser_host_and_mode() {
    let mut known = click(1, "");
    (known.facts.by, known.facts.new) = (RecognisedBy::Cookie, false);
    known.facts.host = "wa.brand.com".to_owned();
    let mut pressed = click(2, "");
    (pressed.facts.by, pressed.facts.host, pressed.facts.press) =
        (RecognisedBy::New, "wa.brand.com".to_owned(), Some(1));
    let mut tap = click(3, "");
    (tap.facts.by, tap.facts.dup) = (RecognisedBy::DoubleTap, true);
    let clicks = [known, pressed, tap];
    let changes = fold(&clicks, &mut Known::default(), &routing(), &prints(), |_| {
        Day(20_261_122)
    });
    let kinds = |metric: &str| {
        let of_metric = changes.counters.iter().filter(|(key, _)| key.metric == metric);
        let mut kinds: Vec<_> = of_metric.flat_map(|(_, kinds)| kinds.clone()).collect();
        kinds.sort();
        kinds
    };
    let row = |key: &str| (key.to_owned(), 1);
    assert_eq!(
        kinds(RECOGNISED_HOST),
        [row("cookie/wa.brand.com"), row("new/wa.brand.com")]
    );
    assert_eq!(kinds(RECOGNISED_MODE), [row("cookie/redirect"), row("new/page")]);
    assert_eq!(
        kinds(RECOGNISED).iter().map(|(_, n)| n).sum::<u64>(),
        2,
        "a double tap is left out"
    );
}

#[test]
fn clicks_folded_one_after_the_other_are_the_clicks_folded_at_once() {
    let mut clicks = Vec::new();
    for n in 1..=30_i64 {
        let query = ["gclid=Cj0K_a&utm_source=google", "fbclid=IwAR2_b", "", "gclid=Cj0K_c"][n as usize % 4];
        let mut next = click(n * 3_600_000, query);
        next.lead.number = VisitorNumber(n as u64 % 5);
        next.facts.new = n <= 3;
        next.facts.dup = n % 7 == 0;
        next.facts.press = (n % 6 == 0).then_some(100 + n % 12);
        clicks.push(next);
    }
    let fold = |clicks: &[Click], known: &mut Known| fold(clicks, known, &routing(), &prints(), |_| Day(20_261_122));
    let whole = fold(&clicks, &mut Known::default());
    assert!(!whole.links.is_empty() && !whole.events.is_empty());
    for at in 0..=clicks.len() {
        let (earlier, later) = clicks.split_at(at);
        let mut known = Known::default();
        let mut both = fold(earlier, &mut known);
        let more = fold(later, &mut known);
        both.activity.extend(more.activity);
        both.links.extend(more.links);
        both.click_ids.extend(more.click_ids);
        both.events.extend(more.events);
        for (key, kinds) in more.counters {
            let counted = both.counters.entry(key).or_default();
            kinds
                .into_iter()
                .for_each(|(kind, n)| *counted.entry(kind).or_default() += n);
        }
        assert_eq!(both.activity, whole.activity, "after {at}");
        assert_eq!(both.links, whole.links, "after {at}");
        assert_eq!(both.click_ids, whole.click_ids, "after {at}");
        assert_eq!(both.events, whole.events, "after {at}");
        assert_eq!(both.counters, whole.counters, "after {at}");
    }
}
