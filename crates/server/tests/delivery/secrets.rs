//! Credentials stay where they are: in no log, no file, no answer, no address, nothing that people are shown.

use crate::{ads::Ads, advertiser::ad, common::run};
use konektor_fake_platforms::{Behaviour, Endpoint, Platform, Reply};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::Path};

/// A part of each credential that is found nowhere else.
const CANARY: &str = "Canary7rQ2";

/// The platforms' credentials, and what has to be kept secret of them.
fn credentials() -> BTreeMap<Platform, Value> {
    let token = |name: &str| format!("{name}-{CANARY}-{name}");
    [
        (Platform::Meta, json!({ "access_token": token("EAAB"), "app_secret": token("app") })),
        (
            Platform::Google,
            json!({ "client_id": "id.apps.example", "client_secret": token("GOCSPX"), "refresh_token": token("1//0g") }),
        ),
        (Platform::Tiktok, json!({ "access_token": token("tiktok") })),
        (Platform::Linkedin, json!({ "access_token": token("AQX") })),
    ]
    .into()
}

/// The one that the platform gets with each request.
fn token_of(platform: Platform) -> String {
    let of_platform = &credentials()[&platform];
    let names = ["access_token", "refresh_token"];
    let token = names.iter().find_map(|name| of_platform[name].as_str());
    token.expect("one of them").to_owned()
}

/// Who gets it.
fn endpoint_of(platform: Platform) -> Endpoint {
    match platform {
        Platform::Google => Endpoint::GoogleToken,
        other => other.into(),
    }
}

/// An error of the platform's own kind whose words repeat the token, as real ones sometimes do.
fn indiscreet(platform: Platform, token: &str) -> Behaviour {
    let message = format!("Malformed access token {token}");
    let (status, body) = match platform {
        Platform::Meta => (
            400,
            json!({ "error": { "message": message, "type": "OAuthException", "code": 190 } }),
        ),
        Platform::Google => (401, json!({ "error": "invalid_client", "error_description": message })),
        Platform::Tiktok => (
            200,
            json!({ "code": 40105, "message": message, "request_id": "1", "data": {} }),
        ),
        Platform::Linkedin => (
            401,
            json!({ "status": 401, "serviceErrorCode": 65600, "message": message, "token": token }),
        ),
    };
    Behaviour::Answer(Reply::json(status, &body))
}

/// Likewise in an error that nobody can read.
fn indiscreet_page(_: Platform, token: &str) -> Behaviour {
    Behaviour::Answer(Reply::html(502, format!("<pre>authorization: Bearer {token}</pre>")))
}

/// All that the API says about destinations and deliveries.
fn all_answers(ads: &Ads) -> Vec<(String, String)> {
    let ask = |path: &str| {
        (
            path.to_owned(),
            format!("{:?} {}", ads.call("GET", path, None).headers, ads.get(path)),
        )
    };
    let mut answers: Vec<_> = ["/destinations", "/deliveries", "/alerts", "/leads"]
        .iter()
        .map(|path| ask(path))
        .collect();
    for list in ["/destinations", "/deliveries", "/leads"] {
        for item in ads.get(list)["items"].as_array().expect("a list") {
            let path = format!("{list}/{}", item["id"].as_str().expect("an id"));
            if list == "/leads" {
                answers.push(ask(&format!("{path}/timeline")));
            }
            answers.push(ask(&path));
        }
    }
    answers
}

/// Files of a directory that have the text in them, however it is cut into lines.
fn files_with(directory: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if fs::read(&path)
            .expect("a file")
            .windows(text.len())
            .any(|part| part == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

/// What must not be seen: the credentials, and the access tokens that Google gave for them.
fn secrets_of(ads: &Ads) -> Vec<String> {
    let answers = ads
        .platforms
        .exchanges(Endpoint::GoogleToken)
        .into_iter()
        .map(|exchange| exchange.answer);
    let tokens = answers.filter_map(|answer| {
        let answer: Value = serde_json::from_str(&answer).ok()?;
        Some(answer["access_token"].as_str()?.to_owned())
    });
    let secrets: Vec<_> = std::iter::once(CANARY.to_owned()).chain(tokens).collect();
    assert!(secrets.len() > 1, "Google gave one at least");
    secrets
}

#[test]
fn credentials_appear_in_no_log_file_answer_or_address() {
    let mut ads = Ads::with(&[("KONEKTOR_LOG", "trace")]);
    let mut destinations = BTreeMap::new();
    for (platform, credentials) in credentials() {
        let destination = ads.connect_with(platform, json!({ "credentials": credentials }));
        destinations.insert(platform, destination);
        ads.click(&ad(platform, 1u8));
    }
    for destination in destinations.values() {
        ads.wait_for_states(destination, &[("sent", 1)]);
    }
    let mut seen = Vec::new();
    for (n, speak) in [indiscreet, indiscreet_page].into_iter().enumerate() {
        for (platform, destination) in &destinations {
            ads.platforms
                .tell(endpoint_of(*platform), speak(*platform, &token_of(*platform)));
            // New credentials make a new sender, which has no access token of Google's yet.
            ads.patch_destination(destination, json!({ "credentials": credentials()[platform] }));
            ads.click(&ad(*platform, 2 + n as u64));
        }
        for (platform, destination) in &destinations {
            ads.wait_for_words(destination, "");
            let path = format!("/destinations/{destination}/test");
            seen.push((path.clone(), ads.call("POST", &path, Some(json!({}))).text()));
            ads.platforms.tell(endpoint_of(*platform), Behaviour::Ok);
        }
        seen.extend(all_answers(&ads));
    }
    for (platform, destination) in &destinations {
        ads.patch_destination(destination, json!({ "credentials": credentials()[platform] }));
        ads.wait_for_states(destination, &[("sent", 3)]);
        // What is refused is not repeated either.
        let token = token_of(*platform);
        let wrong = json!({ "credentials": { "access_token": format!("{token} and more"), "no_such_field": token } });
        let refused = ads.call("PATCH", &format!("/destinations/{destination}"), Some(wrong));
        assert_eq!(refused.status, 422, "{refused:?}");
        seen.push(("PATCH".to_owned(), refused.text()));
    }
    seen.extend(all_answers(&ads));
    seen.push(("config".to_owned(), run(ads.shop.data(), &["config"])));
    let secrets = secrets_of(&ads);
    let assert_none_in = |what: &str, text: &str| {
        let found = secrets.iter().find(|secret| text.contains(*secret));
        assert_eq!(found, None, "{what}: {text}");
    };
    for (path, answer) in &seen {
        assert_none_in(path, answer);
    }
    for exchange in Endpoint::ALL
        .into_iter()
        .flat_map(|endpoint| ads.platforms.exchanges(endpoint))
    {
        assert_none_in("the address", &exchange.line);
    }
    for secret in &secrets {
        // While it runs, what is in the write-ahead log counts too.
        assert_eq!(files_with(ads.shop.data(), secret), [""; 0]);
    }
    ads.shop.server.tell_to_end();
    assert!(ads.shop.server.wait().success());
    for secret in &secrets {
        assert_eq!(files_with(ads.shop.data(), secret), [""; 0]);
    }
    let log = ads.shop.server.log();
    assert!(
        log.contains("a destination is held") && log.contains("TRACE"),
        "the log was kept, all of it"
    );
    log.lines().for_each(|line| assert_none_in("the log", line));
    // The test looks for the right thing: this is what the platforms got.
    let got = |platform: Platform| {
        ads.platforms
            .exchanges(platform)
            .iter()
            .any(|exchange| format!("{:?}{}", exchange.headers, exchange.body).contains(CANARY))
    };
    assert!(
        [Platform::Meta, Platform::Tiktok, Platform::Linkedin]
            .into_iter()
            .all(got)
    );
}

#[test]
fn what_people_are_shown_of_a_request_is_all_but_the_credentials() {
    let stage = crate::stage::Stage::open();
    for (platform, place) in [
        (Platform::Meta, "\"access_token\":\"[struck out]\""),
        (Platform::Google, "authorization: Bearer [struck out]"),
        (Platform::Tiktok, "access-token: [struck out]"),
        (Platform::Linkedin, "authorization: Bearer [struck out]"),
    ] {
        let destination = stage.connect(platform);
        stage.click(&ad(platform, 1u8));
        stage.wait_for_states(&destination, &[("sent", 1)]);
        let delivery = stage.latest_delivery(&destination);
        let request = delivery["request"].as_str().expect("what was sent");
        assert!(request.contains(place), "{platform}: {request}");
        assert!(
            request.contains(&stage.platforms.only(platform).raw),
            "{platform}: {request}"
        );
        assert_eq!(delivery["response"]["status"], 200, "{delivery:#}");
        let body = delivery["response"]["body"].as_str().expect("what was answered");
        assert_eq!(body, stage.platforms.exchanges(platform)[0].answer);
    }
}
