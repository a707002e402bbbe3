use super::*;
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
#[case::trunk_prefix("081234567890")]
#[case::no_prefix("81234567890")]
#[case::plus("+62 812-3456-7890")]
#[case::country_code_without_plus("6281234567890")]
#[case::double_zero("006281234567890")]
#[case::plus_and_trunk_prefix("+0812 3456 7890")]
#[case::plus_and_double_zero("+00 62 81234567890")]
#[case::indonesian_way_abroad("008 62 81234567890")]
#[case::brackets("(0812) 3456 7890")]
#[case::bracketed_code("(+62) 812 3456 7890")]
#[case::trunk_zero_after_code("+62 (0)812 3456 7890")]
#[case::trunk_zero_after_code_without_plus("62 0812 3456 7890")]
#[case::dots_and_slashes("0812/3456.7890")]
#[case::full_width("\u{FF0B}６２　８１２－３４５６－７８９０")]
#[case::arabic_digits("٠٨١٢٣٤٥٦٧٨٩٠")]
#[case::copied_from_a_contact("\u{202A}+62 812\u{2011}3456\u{2011}7890\u{202C}")]
#[case::no_break_spaces("\u{a0}+62\u{a0}812\u{a0}3456\u{a0}7890\n")]
fn all_spellings_become_one_number(#[case] text: &str) {
    let phone = Phone::parse(text, "ID").unwrap();
    assert_eq!(phone.digits(), "6281234567890");
    assert_eq!(phone.e164(), "+6281234567890");
    assert_eq!(phone.to_string(), "6281234567890");
}

#[rstest]
#[case("ID", "021 5795 1234", "622157951234")]
#[case("id", "0812 3456 7890", "6281234567890")]
#[case("ID", "+65 8123 4567", "6581234567")]
#[case("ID", "0065 8123 4567", "6581234567")]
#[case("SG", "8123 4567", "6581234567")]
#[case("SG", "65 8123 4567", "6581234567")]
#[case("SG", "6512 3456", "6565123456")]
#[case("DE", "01512 3456789", "4915123456789")]
#[case("DE", "4915123456789", "4915123456789")]
#[case("US", "(202) 555-0123", "12025550123")]
#[case("US", "1 202 555 0123", "12025550123")]
#[case("US", "011 62 812 3456 7890", "6281234567890")]
#[case("IT", "02 3661 8300", "390236618300")]
#[case("IT", "391 234 5678", "393912345678")]
#[case("IN", "91987 65432", "919198765432")]
#[case("IN", "91 98765 43210", "919876543210")]
#[case("AR", "011 15-2345-6789", "5491123456789")]
#[case("BR", "(11) 98765-4321", "5511987654321")]
#[case("MX", "55 1234 5678", "525512345678")]
#[case("ID", "+52 1 55 1234 5678", "525512345678")]
#[case("", "+62 812 3456 7890", "6281234567890")]
fn the_workspaces_country_is_the_default(#[case] country: &str, #[case] text: &str, #[case] digits: &str) {
    assert_eq!(Phone::parse(text, country).unwrap().digits(), digits);
}

#[rstest]
#[case("", PhoneError::Empty)]
#[case(" +() ", PhoneError::Empty)]
#[case("0812-CALL-ME", PhoneError::Letters('C'))]
#[case("0812 3456 7890 ext. 12", PhoneError::Letters('e'))]
#[case("0812 3456 7890, 0813", PhoneError::UnexpectedSign(','))]
#[case("0812+3456", PhoneError::UnexpectedSign('+'))]
#[case("0812 345", PhoneError::TooShort { country: "ID (+62)".into(), digits: 6, least: 7 })]
#[case("+62 812", PhoneError::TooShort { country: "ID (+62)".into(), digits: 3, least: 7 })]
#[case("62 812", PhoneError::TooShort { country: "ID (+62)".into(), digits: 3, least: 7 })]
#[case("0812 3456 7890 1234", PhoneError::TooLong { country: "ID (+62)".into(), digits: 15, most: 12 })]
#[case("+1 202 555 01234", PhoneError::TooLong { country: "+1".into(), digits: 11, most: 10 })]
#[case("+999 1234 5678", PhoneError::UnknownCountryCode("99912345678".into()))]
#[case("+000 812 3456", PhoneError::UnknownCountryCode("08123456".into()))]
#[case("0012 3456 7890", PhoneError::TooShort { country: "+1".into(), digits: 9, least: 10 })]
#[case("+1 123 456 7890", PhoneError::NotValid("+1".into()))]
#[case("0012345678901234567890123456789012345678901234567890", PhoneError::TooLong {
    country: "+1".into(), digits: 49, most: 10
})]
#[case("0182 3456 7890", PhoneError::NotValid("ID (+62)".into()))]
fn wrong_numbers_are_refused_with_the_reason(#[case] text: &str, #[case] reason: PhoneError) {
    assert_eq!(Phone::parse(text, "ID"), Err(reason));
}

#[test]
fn a_number_without_country_needs_one() {
    assert_eq!(
        Phone::parse("0812 3456 7890", "XX"),
        Err(PhoneError::UnknownCountry("XX".into()))
    );
}

#[rstest]
#[case("")]
#[case("628123")]
#[case("0812345678")]
#[case("+6281234567890")]
#[case("1234567890123456")]
#[case("６２８１２３４５６７８９０")]
fn what_was_never_stored_is_no_number(#[case] digits: &str) {
    assert_eq!(Phone::from_stored(digits), None);
    assert!(serde_json::from_value::<Phone>(digits.into()).is_err());
}

#[test]
fn json_is_the_digits() {
    let phone = Phone::from_stored("6281234567890").unwrap();
    let json = serde_json::to_string(&phone).unwrap();
    assert_eq!(json, r#""6281234567890""#);
    assert_eq!(serde_json::from_str::<Phone>(&json).unwrap(), phone);
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_accepted_can_be_stored(
        text in "[+0-9０-９ ().-]{0,24}|\\PC{0,16}",
        country in "ID|US|IT|AR|BR|RU|AU|HU|XX",
    ) {
        if let Ok(phone) = Phone::parse(&text, &country) {
            prop_assert_eq!(Phone::from_stored(phone.digits()), Some(phone.clone()));
            prop_assert_eq!(Phone::parse(&phone.e164(), &country), Ok(phone));
        }
    }

    #[test]
    fn indonesian_mobiles_read_the_same_with_every_prefix(rest in "8(1[1-9]|2[12]|5[1-9]|7[78]|9[5-9])[0-9]{8}") {
        let expected = Phone::parse(&format!("+62{rest}"), "US").unwrap();
        for prefix in ["0", "", "62", "0062", "+62", "+620", "620"] {
            prop_assert_eq!(&Phone::parse(&format!("{prefix}{rest}"), "ID").unwrap(), &expected);
        }
    }
}
