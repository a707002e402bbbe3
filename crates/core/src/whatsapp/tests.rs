use super::*;
use proptest::prelude::*;
use rstest::rstest;

const TEXT: &str = include_str!("../../tests/fixtures/whatsapp/text.json");
const WITHOUT_PHONE: &str = include_str!("../../tests/fixtures/whatsapp/without_phone.json");
const FROM_AD: &str = include_str!("../../tests/fixtures/whatsapp/from_ad.json");
const MEDIA: &str = include_str!("../../tests/fixtures/whatsapp/media_and_unknown.json");
const STATUSES: &str = include_str!("../../tests/fixtures/whatsapp/statuses.json");

fn of(fixture: &str) -> Notification {
    read(fixture.replace("@code@", "ABC1234").as_bytes()).unwrap()
}

#[test]
fn a_message_says_who_wrote_it_and_its_code() {
    let notification = of(TEXT);
    let [message] = notification.messages.as_slice() else {
        panic!("one: {notification:?}")
    };
    assert_eq!(message.phone_number_id, "106540352242922");
    assert_eq!(message.id, "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABIYFjNFQjBD");
    assert_eq!(message.code(), "ABC1234".parse().ok());
    assert_eq!(message.sender.identity(), Some("ID.13491208655302741918"));
    assert_eq!(message.sender.phone().unwrap().digits(), "6281234567890");
    assert_eq!(message.sender.name.as_deref(), Some("Siti Rahmawati"));
    assert_eq!(message.referral, None);
}

#[test]
fn the_phone_may_be_missing() {
    let notification = of(WITHOUT_PHONE);
    let sender = &notification.messages[0].sender;
    assert_eq!(
        (sender.identity(), sender.phone()),
        (Some("ID.13491208655302741918"), None)
    );
}

#[test]
fn an_older_notification_knows_the_phone_alone() {
    let sender = of(FROM_AD).messages[0].sender.clone();
    assert_eq!(
        (sender.user_id.as_deref(), sender.identity()),
        (None, Some("6281234567890"))
    );
}

#[test]
fn the_ad_behind_a_message_is_kept() {
    let referral = of(FROM_AD).messages[0].referral.clone().unwrap();
    assert_eq!(referral.ctwa_clid.as_deref(), Some("Aff-n8ZTODiE79d22KtAwQKj9e"));
    assert_eq!(referral.source_id.as_deref(), Some("120226305854810726"));
}

#[test]
fn media_and_what_is_unknown_break_nothing() {
    let notification = of(MEDIA);
    let codes: Vec<_> = notification
        .messages
        .iter()
        .map(|message| message.code().is_some())
        .collect();
    assert_eq!(codes, [true, false, false, false, false, false]);
    assert_eq!(notification.others, 1, "what names nobody");
}

#[test]
fn statuses_and_other_fields_are_counted_and_left_alone() {
    let notification = of(STATUSES);
    assert_eq!(
        (notification.messages.len(), notification.statuses, notification.others),
        (0, 1, 1)
    );
}

#[rstest]
#[case("")]
#[case("[]")]
#[case("{}")]
#[case("{\"object\":\"page\",\"entry\":[]}")]
fn what_is_no_notification_is_none(#[case] body: &str) {
    assert_eq!(read(body.as_bytes()), None);
}

#[test]
fn every_byte_is_signed_by_the_apps_secret() {
    let tag = "sha256=5ab0f0f6c8d5d7a7cbbd3a93fd8af1c0f3a1b1ad0e3c1b2a4d5e6f708192a3b4";
    assert!(!is_signed("secret", Some(tag), b"{}"));
    let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
    mac.update(b"{}");
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let header = format!("sha256={hex}");
    assert!(is_signed("secret", Some(&header), b"{}"));
    assert!(!is_signed("other", Some(&header), b"{}"));
    assert!(!is_signed("secret", Some(&header), b"{} "));
    for header in [
        None,
        Some(""),
        Some("sha256="),
        Some(hex.as_str()),
        Some(&header[..header.len() - 1]),
    ] {
        assert!(!is_signed("secret", header, b"{}"), "{header:?}");
    }
}

proptest! {
    #[test]
    fn any_body_is_safe_to_read(body: Vec<u8>, at in 0..400_usize, byte: u8) {
        let _ = read(&body);
        let mut changed = TEXT.as_bytes().to_vec();
        changed[at] = byte;
        let _ = read(&changed);
    }
}
