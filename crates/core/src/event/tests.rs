use super::*;
use crate::{
    attribution::Platform,
    ids::{VisitorNumber, WorkspaceId},
};
use proptest::prelude::*;
use rstest::rstest;

const NOW: UnixMs = UnixMs(1_795_347_000_123);
const HOUR_MS: i64 = 3_600_000;

proptest! {
    #[test]
    fn an_event_id_is_never_a_number_and_never_anothers(a in 0..i64::MAX, b in 0..i64::MAX) {
        let [one, other] = [a, b].map(|n| EventId::of_click(ClickId(n)));
        prop_assert!(one.as_str().parse::<f64>().is_err());
        prop_assert_eq!(one == other, a == b);
    }
}

#[test]
fn a_leads_event_id_depends_on_lead_and_event_only() {
    let lead = LeadId {
        workspace: WorkspaceId(3),
        number: VisitorNumber(77),
    };
    assert_eq!(EventId::of_lead(lead, "Purchase").as_str(), "kn-000003000002D-purchase");
    assert_ne!(EventId::of_lead(lead, "Lead"), EventId::of_lead(lead, "Purchase"));
}

#[rstest]
#[case(false, None, Consent::Unspecified, Consent::Unspecified)]
#[case(false, None, Consent::Denied, Consent::Denied)]
#[case(false, Some(Consent::Granted), Consent::Denied, Consent::Granted)]
#[case(false, Some(Consent::Denied), Consent::Granted, Consent::Denied)]
#[case(true, None, Consent::Granted, Consent::Denied)]
#[case(true, Some(Consent::Granted), Consent::Granted, Consent::Denied)]
fn a_refusal_counts_most_then_consent_then_the_default(
    #[case] gpc: bool,
    #[case] said: Option<Consent>,
    #[case] default: Consent,
    #[case] expected: Consent,
) {
    let facts = ClickFacts {
        gpc,
        consent: said,
        ..crate::click::tests::facts()
    };
    assert_eq!(Consent::of(&facts, default), expected);
}

#[rstest]
#[case(Platform::Meta, Trigger::Click, 0, 7 * 24 - 1)]
#[case(Platform::Google, Trigger::Click, 6, 90 * 24 - 1)]
#[case(Platform::Tiktok, Trigger::Click, 0, 7 * 24)]
#[case(Platform::Tiktok, Trigger::Status(Status::Won), 0, 28 * 24)]
#[case(Platform::Linkedin, Trigger::Click, 0, 90 * 24 - 1)]
fn an_event_of_a_fresh_click_is_sent_within(
    #[case] platform: Platform,
    #[case] trigger: Trigger,
    #[case] from_hours: i64,
    #[case] to_hours: i64,
) {
    let window = Window::of(platform, trigger, NOW, NOW, GOOGLE_CLICK_WAIT_MS).unwrap();
    assert_eq!(window.not_before, NOW.plus_ms(from_hours * HOUR_MS));
    assert_eq!(window.expires_at, NOW.plus_ms(to_hours * HOUR_MS));
}

#[test]
fn a_sale_long_after_the_click_need_not_wait_and_counts_from_the_click() {
    let sold = NOW.plus_ms(48 * HOUR_MS);
    let won = Trigger::Status(Status::Won);
    let google = Window::of(Platform::Google, won, sold, NOW, GOOGLE_CLICK_WAIT_MS).unwrap();
    assert_eq!(google.not_before, sold);
    assert_eq!(google.expires_at, NOW.plus_ms((90 * 24 - 1) * HOUR_MS));
    let meta = Window::of(Platform::Meta, won, sold, NOW, GOOGLE_CLICK_WAIT_MS).unwrap();
    assert_eq!(meta.expires_at, sold.plus_ms((7 * 24 - 1) * HOUR_MS));
}

#[test]
fn without_a_mapping_of_its_own_a_destination_hears_of_clicks_leads_and_purchases() {
    let mapping = Mapping::default();
    assert_eq!(mapping.event(Trigger::Click), Some("Contact"));
    assert_eq!(mapping.event(Trigger::Status(Status::Qualified)), Some("Lead"));
    assert_eq!(mapping.event(Trigger::Status(Status::Won)), Some("Purchase"));
    assert_eq!(mapping.event(Trigger::Status(Status::Contacted)), None);
}

#[rstest]
#[case(r#"{"won":"Purchase","click":"Lead"}"#, Ok(()))]
#[case(r#"{}"#, Ok(()))]
#[case(r#"{"sold":"Purchase"}"#, Err("neither"))]
#[case(r#"{"new":"Lead"}"#, Err("map \"click\""))]
#[case(r#"{"won":""}"#, Err("not a name"))]
#[case(r#"{"won":"Pur chase"}"#, Err("not a name"))]
fn a_mapping_is_checked_and_comes_back_as_it_went_in(#[case] json: &str, #[case] expected: Result<(), &str>) {
    match (serde_json::from_str::<Mapping>(json), expected) {
        (Ok(mapping), Ok(())) => {
            let there: serde_json::Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_value(mapping).unwrap(), there);
        }
        (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
        (found, expected) => panic!("{found:?}, expected {expected:?}"),
    }
}
