use super::*;
use proptest::prelude::*;
use rstest::rstest;

const CODE: &str = "ABC1234";

fn phone() -> Phone {
    Phone::from_stored("6281234567890").unwrap()
}

fn facts() -> MessageFacts<'static> {
    MessageFacts {
        code: CODE,
        agent: "Sari",
        rotator: "Promo",
        ..MessageFacts::default()
    }
}

/// The text that WhatsApp will show; empty where there is none.
fn shown(location: &str) -> String {
    let (_, text) = location.split_once("text=").unwrap_or((location, ""));
    let shown = percent_decode_str(text).decode_utf8().expect("valid UTF-8");
    assert_eq!(text_of(location), shown);
    shown.into_owned()
}

fn text(template: &str, facts: &MessageFacts<'_>) -> String {
    shown(&location(
        Target::WaMe,
        &phone(),
        &Template::parse(template).unwrap(),
        facts,
    ))
}

#[rstest]
#[case(
    Target::WaMe,
    "https://wa.me/6281234567890?text=Hi%20Sari%2C%20I%27m%20interested.%20%5BABC1234%5D"
)]
#[case(
    Target::Api,
    "https://api.whatsapp.com/send?phone=6281234567890&text=Hi%20Sari%2C%20I%27m%20interested.%20%5BABC1234%5D"
)]
fn the_default_text_names_agent_and_code(#[case] target: Target, #[case] expected: &str) {
    let template = Template::parse(Template::default_text()).unwrap();
    assert!(template.mentions_code());
    assert_eq!(location(target, &phone(), &template, &facts()), expected);
}

#[rstest]
#[case("a b\nc\r\nd", "a%20b%0Ac%0Ad")]
#[case("50% + 1 = ?&#/", "50%25%20%2B%201%20%3D%20%3F%26%23%2F")]
#[case("-._~ Az09", "-._~%20Az09")]
#[case("Halo 👋 é", "Halo%20%F0%9F%91%8B%20%C3%A9")]
#[case("{{code}} {{ }}", "%7Bcode%7D%20%7B%20%7D")]
#[case("{{{code}}}", "%7BABC1234%7D")]
#[case("%20{code}", "%2520ABC1234")]
fn everything_but_the_unreserved_is_percent_encoded(#[case] template: &str, #[case] expected: &str) {
    let template = Template::parse(template).unwrap();
    let expected = format!("https://wa.me/6281234567890?text={expected}");
    assert_eq!(location(Target::WaMe, &phone(), &template, &facts()), expected);
}

#[rstest]
#[case(Target::WaMe, "https://wa.me/6281234567890")]
#[case(Target::Api, "https://api.whatsapp.com/send?phone=6281234567890")]
fn an_empty_text_is_no_parameter(#[case] target: Target, #[case] expected: &str) {
    for template in ["", "{first_name}", "{utm_source}{platform}"] {
        let template = Template::parse(template).unwrap();
        assert!(!template.mentions_code());
        assert_eq!(location(target, &phone(), &template, &facts()), expected);
    }
}

#[test]
fn every_variable_has_its_value() {
    let facts = MessageFacts {
        code: CODE,
        agent: "Sari",
        rotator: "Promo",
        first_name: Some("Budi"),
        utm_source: Some("s"),
        utm_medium: Some("m"),
        utm_campaign: Some("c"),
        utm_term: Some("t"),
        utm_content: Some("n"),
        platform: Some("Meta"),
    };
    let template = Variable::ALL
        .map(|variable| format!("{{{}}}", variable.name()))
        .join("|");
    assert_eq!(text(&template, &facts), "ABC1234|Sari|Promo|Budi|s|m|c|t|n|Meta");
    assert!(Variable::ALL.iter().all(|variable| !variable.meaning().is_empty()));
}

#[rstest]
#[case("Hi {first_name}, hello", "Hi, hello")]
#[case("{first_name} hello", "hello")]
#[case("Hi\n{first_name} {utm_term} hello", "Hi\nhello")]
#[case("from {utm_source} to {code}", "from to ABC1234")]
#[case("Source: {utm_source}\nCode: {code}", "Source:\nCode: ABC1234")]
#[case("[{utm_source}]", "[]")]
fn a_variable_without_value_takes_a_blank_along(#[case] template: &str, #[case] expected: &str) {
    assert_eq!(text(template, &facts()), expected);
}

#[rstest]
#[case("promo  {code}\t&text=x", "promo {code} &text=x")]
#[case(" \u{202E}evil\u{0}\r\nline\u{200B} ", "evil line")]
#[case("👨\u{200D}👩\u{200D}👧 keluarga", "👨\u{200D}👩\u{200D}👧 keluarga")]
fn values_are_cleaned_and_never_more_than_text(#[case] value: &str, #[case] expected: &str) {
    assert_eq!(
        text(
            "{utm_source}",
            &MessageFacts {
                utm_source: Some(value),
                ..facts()
            }
        ),
        expected
    );
}

#[test]
fn values_are_limited_to_64_characters() {
    let long = "é".repeat(100);
    let shown = text(
        "<{utm_campaign}>",
        &MessageFacts {
            utm_campaign: Some(&long),
            ..facts()
        },
    );
    assert_eq!(shown, format!("<{}>", "é".repeat(64)));
}

#[rstest]
#[case::late_code(format!("{} [{{code}}]", "a".repeat(990)), format!("{} [ABC1234]", "a".repeat(990)))]
#[case::code_would_be_cut_by_characters(
    format!("{} #{{code}} {{agent}}", "a".repeat(980)), format!("{} #ABC1234 Sari", "a".repeat(980))
)]
#[case::code_is_lost_by_characters(
    format!("{}{}#{{code}} end", "{rotator}".repeat(10), "a".repeat(380)),
    format!("{}{} #ABC1234", "r".repeat(640), "a".repeat(351)),
)]
#[case::code_is_lost_by_bytes(format!("{} (*{{code}}*) end", "é".repeat(900)), format!("{} (*ABC1234*)", "é".repeat(324)))]
#[case::cut_behind_the_code(format!("{{code}} {}", "é".repeat(900)), format!("ABC1234 {}", "é".repeat(326)))]
#[case::cut_without_code("👋".repeat(900), "👋".repeat(163))]
fn a_long_text_is_cut_between_characters_and_keeps_the_code(#[case] template: String, #[case] expected: String) {
    let rotator = "r".repeat(64);
    let shown = text(
        &template,
        &MessageFacts {
            rotator: &rotator,
            ..facts()
        },
    );
    assert!(shown.chars().count() <= TEXT_MAX_CHARS);
    assert_eq!(shown, expected);
}

#[rstest]
#[case(
    "{name}",
    "The message mentions {name}, which does not exist. Known are: {code}, {agent}, {rotator}, \
    {first_name}, {utm_source}, {utm_medium}, {utm_campaign}, {utm_term}, {utm_content}, {platform}."
)]
#[case("Hi { agent }", "The message mentions { agent }, which")]
#[case("{}", "The message mentions {}, which")]
#[case(
    "Hi {agent, hello",
    "The message opens a { that is never closed, before \"agent, hello\""
)]
#[case(
    "Hi {agent {code}",
    "The message opens a { that is never closed, before \"agent {code}\""
)]
#[case("Hi {agent\n}", "The message opens a { that is never closed")]
#[case(
    "Hi agent} 👋",
    "The message closes a } that was never opened, after \"Hi agent\". Write }} for"
)]
#[case("a\tb", "The message contains the control character U+0009")]
#[case("a\rb", "The message contains the control character U+000D")]
fn wrong_templates_are_refused_with_the_reason(#[case] template: &str, #[case] reason: &str) {
    let error = Template::parse(template).unwrap_err().to_string();
    assert!(error.starts_with(reason), "{error}");
}

#[test]
fn a_template_has_at_most_1000_characters() {
    assert!(Template::parse(&"é".repeat(1_000)).is_ok());
    assert_eq!(Template::parse(&"é".repeat(1_001)), Err(TemplateError::TooLong(1_001)));
}

#[test]
fn the_source_is_kept_as_written() {
    let source = "Hi {{agent}} {agent}\n[{code}]";
    assert_eq!(Template::parse(source).unwrap().source(), source);
}

#[rstest]
#[case(Target::WaMe, "wa.me")]
#[case(Target::Api, "api")]
fn targets_have_one_name_everywhere(#[case] target: Target, #[case] name: &str) {
    assert_eq!(serde_json::to_value(target).unwrap(), name);
    assert_eq!(name.parse(), Ok(target));
    assert_eq!(target.as_str(), name);
}

/// Templates that parse: literal text of all kinds, and variables.
fn templates() -> impl Strategy<Value = String> {
    let literal = "[a-z \\n%+&]{0,40}|[éñ👋🇮🇩न]{0,200}|(\\{\\{|\\}\\}|\\[|\\]|#){0,4}|\\PC{0,30}";
    let literal = literal.prop_map(|text: String| match text.starts_with(['{', '}']) {
        true => text,
        false => text.replace(['{', '}'], ""),
    });
    let variable = prop::sample::select(Variable::ALL.to_vec()).prop_map(|v| format!("{{{}}}", v.name()));
    let pieces = prop::collection::vec(prop_oneof![literal, variable], 0..40);
    pieces
        .prop_map(|pieces| pieces.concat())
        .prop_filter("parses", |text| Template::parse(text).is_ok())
}

proptest! {
    #[test]
    fn every_location_is_sound(
        template in templates(),
        digits in "[1-9][0-9]{6,14}",
        code in "[0-9A-HJKMNP-TV-Z]{7}",
        agent in "\\PC{0,80}",
        name in prop::option::of(".{0,20}"),
        utm in prop::option::of("[👋é]{0,300}|.{0,80}"),
        api: bool,
    ) {
        let facts = MessageFacts {
            code: &code,
            agent: &agent,
            rotator: "Promo",
            first_name: name.as_deref(),
            utm_source: utm.as_deref(),
            utm_medium: utm.as_deref(),
            utm_campaign: utm.as_deref(),
            utm_term: None,
            utm_content: utm.as_deref(),
            platform: Some("Meta"),
        };
        let target = if api { Target::Api } else { Target::WaMe };
        let template = Template::parse(&template).unwrap();
        let location = location(target, &Phone::from_stored(&digits).unwrap(), &template, &facts);

        let (start, parameter) = match target {
            Target::WaMe => (format!("https://wa.me/{digits}"), "?text="),
            Target::Api => (format!("https://api.whatsapp.com/send?phone={digits}"), "&text="),
        };
        let rest = location.strip_prefix(&start);
        prop_assert!(rest.is_some(), "{location}");
        let encoded = match rest.unwrap_or_default() {
            "" => "",
            rest => {
                let text = rest.strip_prefix(parameter).unwrap_or_default();
                prop_assert!(!text.is_empty(), "{location}");
                text
            }
        };
        prop_assert!(location.len() <= LOCATION_MAX_BYTES);
        let mut bytes = encoded.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'%' => prop_assert!((0..2).all(|_| bytes.next().is_some_and(|b| b.is_ascii_hexdigit()))),
                _ => prop_assert!(byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)),
            }
        }
        let text = shown(&location);
        prop_assert!(text.chars().count() <= TEXT_MAX_CHARS);
        prop_assert!(!template.mentions_code() || text.contains(&code), "{text}");
    }

    #[test]
    fn no_template_panics(text in "([{}]|\\{code\\}|.|\\n){0,60}") {
        if let Ok(template) = Template::parse(&text) {
            prop_assert!(location(Target::WaMe, &phone(), &template, &facts()).is_ascii());
        }
    }
}
