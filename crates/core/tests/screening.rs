//! SPEC section 3, "Is this a person?", over real user agents and headers.

use konektor_core::{
    request::RequestFacts,
    screening::{Class, Patterns, screen},
    user_agent::{InApp, UserAgent, parse},
};
use proptest::prelude::*;
use rstest::rstest;
use std::time::Instant;

/// The tab-separated rows of a fixture: `#` starts a comment, `-` is an absent value.
fn rows<const N: usize>(fixture: &'static str) -> Vec<[&'static str; N]> {
    let lines = fixture
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.splitn(N, '\t');
            std::array::from_fn(|_| cells.next().unwrap_or_else(|| panic!("{N} columns in {line}")))
        })
        .collect()
}

fn people() -> Vec<[&'static str; 4]> {
    rows(include_str!("fixtures/people.tsv"))
}

fn not_people() -> Vec<[&'static str; 2]> {
    rows(include_str!("fixtures/not_people.tsv"))
}

/// The npm package's entries, where somebody installed it (`make reference-data`).
fn npm_list() -> Option<Vec<serde_json::Value>> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../reference-data/node_modules/crawler-user-agents/crawler-user-agents.json"
    );
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).expect("the package's JSON"))
}

/// Our own patterns alone, and with the npm list where it is there: every rule has to hold both ways.
fn patterns() -> Vec<(&'static str, Patterns)> {
    let mut all = vec![("own list", Patterns::compile(std::iter::empty()))];
    if let Some(list) = npm_list() {
        let regexes = list.iter().map(|entry| entry["pattern"].as_str().expect("a pattern"));
        all.push(("with the npm list", Patterns::compile(regexes)));
    } else {
        eprintln!("reference-data is not installed: only our own list is tested");
    }
    all
}

fn a_person() -> RequestFacts<'static> {
    RequestFacts {
        user_agent: Some(people()[0][3]),
        ..RequestFacts::default()
    }
}

#[test]
fn in_app_browsers_and_phones_named_like_bots_are_people() {
    let people = people();
    assert!(people.len() >= 75, "only {} rows", people.len());
    for (name, patterns) in patterns() {
        let taken_for_others: Vec<_> = people
            .iter()
            .map(|row| (patterns.classify(row[3]), row[3]))
            .filter(|(class, _)| !class.is_human())
            .collect();
        assert!(taken_for_others.is_empty(), "{name}: {taken_for_others:#?}");
    }
}

#[test]
fn crawlers_previewers_ad_reviewers_and_tools_are_not_people() {
    let not_people = not_people();
    assert!(not_people.len() >= 75, "only {} rows", not_people.len());
    for (name, patterns) in patterns() {
        let wrong: Vec<_> = not_people
            .iter()
            .map(|[expected, user_agent]| (*expected, patterns.classify(user_agent).as_str(), *user_agent))
            .filter(|(expected, class, _)| expected != class)
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

/// Our places and exceptions must not tear holes into the list: of its own examples nearly all are still known.
#[test]
fn the_npm_list_still_knows_its_own_examples() {
    let Some(list) = npm_list() else { return };
    let patterns = Patterns::compile(list.iter().filter_map(|entry| entry["pattern"].as_str()));
    assert_eq!(patterns.skipped(), <[String; 0]>::default());
    let examples: Vec<&str> = list
        .iter()
        .flat_map(|entry| entry["instances"].as_array().unwrap())
        .filter_map(|text| text.as_str())
        .collect();
    let missed: Vec<_> = examples
        .iter()
        .filter(|example| patterns.classify(example).is_human())
        .collect();
    println!(
        "{} of {} examples are people to us: {missed:#?}",
        missed.len(),
        examples.len()
    );
    assert!(missed.len() * 200 < examples.len(), "more than half a percent");
}

/// A number to watch, not a limit: `cargo test --release -p konektor-core --test screening -- --nocapture cheap`.
#[test]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn compiling_is_cheap() {
    let list = npm_list().unwrap_or_default();
    let regexes: Vec<&str> = list.iter().filter_map(|entry| entry["pattern"].as_str()).collect();
    let start = Instant::now();
    let patterns = Patterns::compile(regexes.iter().copied());
    println!("{} patterns compiled in {:?}", patterns.len(), start.elapsed());
    let people = people();
    let start = Instant::now();
    for row in &people {
        std::hint::black_box(patterns.classify(row[3]));
    }
    println!("classify: {:?} each", start.elapsed() / people.len() as u32);
    let start = Instant::now();
    for row in &people {
        std::hint::black_box(parse(row[3]));
    }
    println!("parse: {:?} each", start.elapsed() / people.len() as u32);
}

#[test]
fn a_pattern_that_does_not_compile_is_left_out() {
    let patterns = Patterns::compile(["[unclosed", "Examplecrawl\\/", "(^| )Other\\/", "a{2,1}"].into_iter());
    assert_eq!(patterns.skipped(), ["[unclosed", "a{2,1}"]);
    assert_eq!(patterns.classify("Examplecrawl/1.0"), Class::Bot);
    assert_eq!(patterns.classify("x Other/1.0"), Class::Bot);
    assert_eq!(patterns.classify(people()[0][3]), Class::Human);
}

#[rstest]
#[case::inside_a_word("Mozilla/5.0 (Linux; Android 9; Notslurpy) Mobile", Class::Human)]
#[case::going_on_in_lower_case("Mozilla/5.0 (Linux; Android 9; Slurpee) Mobile", Class::Human)]
#[case::a_word("Mozilla/5.0 (compatible; Slurp/3.0)", Class::Bot)]
#[case::camel_case("SlurpFetcher/1.0", Class::Bot)]
#[case::other_case("Mozilla/5.0 (Linux; Android 9; slurp) Mobile", Class::Human)]
fn patterns_match_on_word_boundaries(#[case] user_agent: &str, #[case] class: Class) {
    assert_eq!(Patterns::compile(["Slurp"].into_iter()).classify(user_agent), class);
}

#[rstest]
#[case("prefetch", true)]
#[case("Prefetch", true)]
#[case("prefetch;prerender", true)]
#[case("prefetch;anonymous-client-ip", true)]
#[case(" PREVIEW", true)]
#[case("preview", true)]
#[case("", false)]
#[case("prerender", false)]
#[case("instant", false)]
#[case("vorschau ü", false)]
#[case("p", false)]
fn a_purpose_that_starts_with_prefetch_or_preview_is_a_prefetch(#[case] purpose: &str, #[case] is_prefetch: bool) {
    for header in 0..4 {
        let mut facts = a_person();
        facts.purposes[header] = Some(purpose);
        let expected = if is_prefetch { Class::Prefetch } else { Class::Human };
        assert_eq!(screen(&facts, Class::Human), expected, "{purpose:?} in header {header}");
    }
}

#[rstest]
#[case(None, None, Class::Human)]
#[case(Some("navigate"), Some("document"), Class::Human)]
#[case(Some("Navigate"), None, Class::Human)]
#[case(None, Some("document"), Class::Human)]
#[case(Some(""), Some(""), Class::Human)]
#[case(Some("no-cors"), Some("image"), Class::Subresource)]
#[case(Some("cors"), Some("empty"), Class::Subresource)]
#[case(Some("navigate"), Some("iframe"), Class::Subresource)]
#[case(Some("navigate"), Some("frame"), Class::Subresource)]
#[case(Some("same-origin"), None, Class::Subresource)]
#[case(Some("websocket"), Some("document"), Class::Subresource)]
fn only_navigations_to_a_document_are_visits(
    #[case] mode: Option<&str>,
    #[case] dest: Option<&str>,
    #[case] expected: Class,
) {
    let facts = RequestFacts {
        sec_fetch_mode: mode,
        sec_fetch_dest: dest,
        ..a_person()
    };
    assert_eq!(screen(&facts, Class::Human), expected);
}

#[rstest]
#[case::head_before_everything(
    RequestFacts { is_head: true, purposes: [Some("prefetch"), None, None, None], ..a_person() }, Class::Preview, Class::Head)]
#[case::prefetch_before_subresource(
    RequestFacts { purposes: [None, Some("prefetch"), None, None], sec_fetch_mode: Some("no-cors"), ..a_person() }, Class::Human, Class::Prefetch)]
#[case::subresource_before_no_user_agent(
    RequestFacts { sec_fetch_dest: Some("image"), user_agent: None, ..a_person() }, Class::Human, Class::Subresource)]
#[case::no_user_agent(RequestFacts { user_agent: None, ..a_person() }, Class::Human, Class::NoUserAgent)]
#[case::blank_user_agent(RequestFacts { user_agent: Some("  "), ..a_person() }, Class::Human, Class::NoUserAgent)]
#[case::then_the_user_agent(a_person(), Class::AdReview, Class::AdReview)]
#[case::a_person(a_person(), Class::Human, Class::Human)]
fn the_first_reason_counts(#[case] facts: RequestFacts<'_>, #[case] by_user_agent: Class, #[case] expected: Class) {
    assert_eq!(screen(&facts, by_user_agent), expected);
}

#[test]
fn classes_and_apps_have_one_name_everywhere() {
    for class in Class::ALL {
        assert_eq!(class.as_str().parse(), Ok(class));
        assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        assert_eq!(class.is_human(), class == Class::Human);
    }
    for app in InApp::ALL {
        assert_eq!(app.as_str().parse(), Ok(app));
        assert_eq!(serde_json::to_value(app).unwrap(), app.as_str());
    }
    assert!("person".parse::<Class>().is_err());
    assert!("orkut".parse::<InApp>().is_err());
}

#[test]
fn people_s_user_agents_tell_app_device_and_browser() {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let wrong: Vec<_> = people()
        .into_iter()
        .map(|[app, device, browser, ua]| {
            let known = parse(ua);
            let told = [
                or_dash(known.in_app.map(|app| app.to_string())),
                or_dash(known.device),
                or_dash(known.browser),
            ];
            ([app, device, browser], told, ua)
        })
        .filter(|(expected, told, _)| expected != told)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[rstest]
#[case("Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36", Some("Android 14"))]
#[case(
    "Mozilla/5.0 (Linux; Android 8.1.0; CPH1901 Build/OPM1) AppleWebKit/537.36",
    Some("Android 8")
)]
#[case::reduced("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36", Some("Android"))]
#[case(
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 Version/17.5",
    Some("iOS 17")
)]
#[case::frozen(
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 Version/26.6.1",
    Some("iOS 26")
)]
#[case(
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 Version/16.6",
    Some("iPadOS 16")
)]
#[case(
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    Some("Windows 10 or 11")
)]
#[case("Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36", Some("Windows 7"))]
#[case(
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
    Some("macOS")
)]
#[case("Mozilla/5.0 (X11; CrOS x86_64 13904.66.0) AppleWebKit/537.36", Some("ChromeOS"))]
#[case("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101", Some("Linux"))]
#[case(
    "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    Some("KaiOS 2")
)]
#[case("Opera/9.80 (J2ME/MIDP; Opera Mini/8.0.35626/19.886; U; ru)", None)]
#[case("", None)]
#[case("(", None)]
fn the_system_is_told_with_its_major_version(#[case] ua: &str, #[case] os: Option<&str>) {
    assert_eq!(parse(ua).os.as_deref(), os);
}

#[test]
fn what_is_not_known_stays_unknown() {
    assert_eq!(parse(""), UserAgent::default());
    assert_eq!(parse("curl/8.5.0"), UserAgent::default());
}

proptest! {
    #[test]
    fn any_text_can_be_read_and_classified(text in "\\PC*", pieces in prop::collection::vec(
        prop::sample::select(vec!["(", ")", ";", "Android ", "iPhone", "OS ", "Version/", "Chrome/", "bot", "CU", "K", "é", "\u{202e}", "FBDV/", "Build/", " "]),
        0..40,
    )) {
        let patterns = Patterns::compile(["Sl.rp", "Yeti"].into_iter());
        for text in [text, pieces.concat()] {
            let known = parse(&text);
            prop_assert!(known.device.is_none_or(|device| device.chars().count() <= 80));
            patterns.classify(&text);
        }
    }
}
