use super::*;
use proptest::prelude::*;
use rstest::rstest;

#[test]
fn words_are_the_same_in_json_and_text() {
    for status in Status::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.as_str().parse(), Ok(status));
    }
    for source in NameSource::ALL {
        assert_eq!(serde_json::to_value(source).unwrap(), source.as_str());
        assert_eq!(source.as_str().parse(), Ok(source));
    }
    for status in TrackingStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert_eq!(status.as_str().parse(), Ok(status));
    }
}

#[test]
fn an_unknown_status_is_refused_with_the_known_ones() {
    assert_eq!(
        "Won".parse::<Status>().unwrap_err().to_string(),
        "The status \"Won\" does not exist. Use one of: new, contacted, responded, qualified, hot, proposal, \
         negotiation, invoice, won, lost."
    );
}

#[rstest]
#[case(NameSource::Auto, [true, false, false, false])]
#[case(NameSource::Form, [true, true, false, false])]
#[case(NameSource::Whatsapp, [true, false, true, false])]
#[case(NameSource::Manual, [true, true, true, true])]
fn a_name_set_by_hand_is_never_overwritten_by_a_form(#[case] new: NameSource, #[case] over_each: [bool; 4]) {
    assert_eq!(NameSource::ALL.map(|current| new.may_replace(current)), over_each);
}

#[rstest]
#[case("  Budi \t Santoso\n", Ok("Budi Santoso"))]
#[case("Bu\u{202E}di\u{0}", Ok("Budi"))]
#[case("نرگس\u{200C}خانم", Ok("نرگس\u{200C}خانم"))]
#[case("", Err(NameError::Empty))]
#[case(" \u{200B}\u{2066}\n", Err(NameError::Empty))]
fn names_are_cleaned(#[case] text: &str, #[case] expected: Result<&str, NameError>) {
    assert_eq!(clean_name(text), expected.map(str::to_owned));
}

#[test]
fn a_name_has_at_most_120_characters() {
    assert_eq!(clean_name(&"é".repeat(120)), Ok("é".repeat(120)));
    assert_eq!(clean_name(&"é".repeat(121)), Err(NameError::TooLong(121)));
}

#[rstest]
#[case("Visitor [ABC1234]", NameSource::Auto, None)]
#[case("Budi Santoso", NameSource::Form, Some("Budi"))]
#[case("Sari, Dewi", NameSource::Manual, Some("Sari"))]
#[case("🌸 Sari", NameSource::Whatsapp, Some("Sari"))]
#[case("+62 812 3456 7890", NameSource::Whatsapp, None)]
#[case("…", NameSource::Whatsapp, None)]
#[case("O'Neill", NameSource::Manual, Some("O'Neill"))]
fn a_first_name_is_a_word_of_a_real_name(
    #[case] name: &str,
    #[case] source: NameSource,
    #[case] expected: Option<&str>,
) {
    assert_eq!(first_name(name, source), expected);
}

#[test]
fn a_lead_that_nobody_named_is_a_visitor() {
    assert_eq!(auto_name("ABC1234"), "Visitor [ABC1234]");
}

#[rstest]
#[case("0", "0")]
#[case("-0.00", "0")]
#[case("150000", "150000")]
#[case("149.50", "149.5")]
#[case("0.1", "0.1")]
#[case("19.999", "19.999")]
#[case("19.9990000", "19.999")]
#[case("007", "7")]
#[case("1000000000000", "1000000000000")]
#[case("999999999999.999", "999999999999.999")]
fn amounts_are_decimal_numbers(#[case] text: &str, #[case] shown: &str) {
    let amount: Amount = text.parse().unwrap();
    assert_eq!(amount.to_string(), shown);
    assert_eq!(serde_json::to_string(&amount).unwrap(), shown);
}

#[rstest]
#[case("", MoneyError::NotANumber("".into()))]
#[case("Rp 150.000,00", MoneyError::NotANumber("Rp 150.000,00".into()))]
#[case("1e6", MoneyError::NotANumber("1e6".into()))]
#[case(".5", MoneyError::NotANumber(".5".into()))]
#[case("5.", MoneyError::NotANumber("5.".into()))]
#[case("--5", MoneyError::NotANumber("--5".into()))]
#[case("+5", MoneyError::NotANumber("+5".into()))]
#[case("NaN", MoneyError::NotANumber("NaN".into()))]
#[case("-0.01", MoneyError::Negative("-0.01".into()))]
#[case("-99999999999999999999", MoneyError::Negative("-99999999999999999999".into()))]
#[case("1000000000000.001", MoneyError::TooLarge("1000000000000.001".into()))]
#[case("99999999999999999999999", MoneyError::TooLarge("99999999999999999999999".into()))]
#[case("0.1234", MoneyError::TooPrecise("0.1234".into()))]
fn wrong_amounts_are_refused_with_the_reason(#[case] text: &str, #[case] reason: MoneyError) {
    assert_eq!(text.parse::<Amount>(), Err(reason));
}

#[rstest]
#[case("150000", Some("150000"))]
#[case("150000.0", Some("150000"))]
#[case("1.5e5", Some("150000"))]
#[case("1e12", Some("1000000000000"))]
#[case("0.30000000000000004", None)]
#[case("\"149.50\"", Some("149.5"))]
#[case("-1", None)]
#[case("1e300", None)]
#[case("null", None)]
#[case("true", None)]
fn amounts_in_json_are_numbers(#[case] json: &str, #[case] expected: Option<&str>) {
    let amount = serde_json::from_str::<Amount>(json)
        .ok()
        .map(|amount| amount.to_string());
    assert_eq!(amount.as_deref(), expected);
}

#[rstest]
#[case("IDR", Ok("IDR"))]
#[case(" usd ", Ok("USD"))]
#[case("Rp", Err(MoneyError::NotACurrency("Rp".into())))]
#[case("US1", Err(MoneyError::NotACurrency("US1".into())))]
#[case("€UR", Err(MoneyError::NotACurrency("€UR".into())))]
fn currencies_are_three_letters(#[case] text: &str, #[case] expected: Result<&str, MoneyError>) {
    assert_eq!(
        text.parse::<Currency>().map(|currency| currency.to_string()),
        expected.map(str::to_owned)
    );
}

#[test]
fn won_takes_a_value_and_currency() {
    let money: Money = serde_json::from_str(r#"{"value":149.5,"currency":"IDR"}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&money).unwrap(),
        r#"{"value":149.5,"currency":"IDR"}"#
    );
    assert_eq!(money.to_string(), "149.5 IDR");
}

proptest! {
    #[test]
    fn amounts_survive_json_exactly(thousandths in 0..=1_000_000_000_000_000_u64) {
        let amount = Amount::from_thousandths(thousandths).unwrap();
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(&json, &amount.to_string());
        prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount);
        prop_assert_eq!(serde_json::from_value::<Amount>(serde_json::to_value(amount).unwrap()).unwrap(), amount);
    }

    #[test]
    fn no_amount_panics(text in "-?[0-9.e]{0,30}|\\PC{0,10}") {
        let _ = text.parse::<Amount>();
    }

    #[test]
    fn a_clean_name_is_clean_already(text in ".{0,150}") {
        if let Ok(name) = clean_name(&text) {
            prop_assert_eq!(clean_name(&name), Ok(name.clone()));
            prop_assert!(!name.chars().any(char::is_control));
        }
    }
}
