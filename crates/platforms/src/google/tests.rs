//! What Google is told, and what its answers mean.

mod confirm;
mod decode;
mod encode;
mod keys;
mod token;

use super::*;
use crate::{Header, testing::fields};
use rstest::rstest;
use serde_json::{Value, json};

/// Nowhere to be seen but in a header.
const TOKEN: &str = "ya29.secret-TOKEN_1";
const CLIENT_SECRET: &str = "GOCSPX-secret-client";
const REFRESH_TOKEN: &str = "1//0secret-refresh";

fn settings() -> Value {
    json!({
        "account_id": "123-456-7890",
        "login_account_id": "999-999-9999",
        "conversion_action_id": "customers/1234567890/conversionActions/7723667014",
    })
}

fn key_file() -> Value {
    json!({
        "type": "service_account",
        "project_id": "shop",
        "private_key_id": "0a1b",
        "private_key": keys::PRIVATE,
        "client_email": "konektor@shop.iam.gserviceaccount.com",
        "token_uri": "https://elsewhere.example/token",
    })
}

/// A key that can be read, but whose numbers do not belong together.
fn damaged_key() -> String {
    let line = keys::PRIVATE.lines().nth(5).unwrap();
    keys::PRIVATE.replace(line, &line.chars().rev().collect::<String>())
}

fn person() -> Value {
    json!({"client_id": "1-x.apps.googleusercontent.com", "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN})
}

fn connect(settings: Value, credentials: Value) -> Result<Google, ConfigError> {
    Google::new(&fields(settings), &fields(credentials))
}

fn of_service_account() -> Google {
    connect(settings(), json!({"service_account_json": key_file()})).unwrap()
}

fn of_person() -> Google {
    connect(settings(), person()).unwrap()
}

/// `object` with one field set, or taken away by `null`.
fn with(mut object: Value, field: &str, value: Value) -> Value {
    let map = object.as_object_mut().unwrap();
    match value {
        Value::Null => drop(map.remove(field)),
        value => drop(map.insert(field.to_owned(), value)),
    }
    object
}

#[rstest]
#[case::text("1234567890")]
#[case::dashes(" 123-456-7890 ")]
#[case::number(1_234_567_890_u64)]
fn an_account_is_taken_as_people_paste_it(#[case] account: impl Into<Value>) {
    let google = connect(with(settings(), "account_id", account.into()), person()).unwrap();
    assert_eq!(google.config.account, "1234567890");
}

#[rstest]
#[case::no_account("account_id", Value::Null, "account_id: It is missing.")]
#[case::short_account("account_id", json!("123-456"), "account_id: This is not an account.")]
#[case::name("account_id", json!("My shop 12"), "account_id: This is not an account.")]
#[case::other_digits("account_id", json!("١٢٣٤٥٦٧٨٩٠"), "account_id: This is not an account.")]
#[case::manager("login_account_id", json!("12"), "login_account_id: This is not an account.")]
#[case::no_action("conversion_action_id", Value::Null, "conversion_action_id: It is missing.")]
#[case::named_action("conversion_action_id", json!("Purchase"), "conversion_action_id: This is not the number")]
#[case::other_resource("conversion_action_id", json!("customers/1/campaigns/2"), "conversion_action_id: This is not")]
#[case::typing_mistake("acount_id", json!("1"), "settings.acount_id: There is no such field.")]
fn wrong_settings_are_named(#[case] field: &str, #[case] value: Value, #[case] expected: &str) {
    let error = connect(with(settings(), field, value), person())
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("settings.") && error.contains(expected), "{error}");
}

#[test]
fn a_key_file_is_taken_as_text_or_as_an_object() {
    let as_object = json!({"service_account_json": key_file()});
    let as_text = json!({"service_account_json": key_file().to_string()});
    let shell = with(key_file(), "private_key", json!(keys::PRIVATE.replace('\n', "\\n")));
    for credentials in [as_object, as_text, json!({"service_account_json": shell})] {
        assert!(connect(settings(), credentials).is_ok());
    }
}

#[rstest]
#[case::nothing(json!({}), "service_account_json: It is missing.")]
#[case::no_json(json!({"service_account_json": "konektor@shop"}), "service_account_json: It is not a JSON object.")]
#[case::a_list(json!({"service_account_json": "[1]"}), "service_account_json: It is not a JSON object.")]
#[case::list_value(json!({"service_account_json": [1]}), "service_account_json: Send a text.")]
#[case::oauth_client(json!({"service_account_json": {"installed": {}}}), "another kind of file")]
#[case::no_email(json!({"service_account_json": with(key_file(), "client_email", Value::Null)}), "\"client_email\"")]
#[case::no_key(json!({"service_account_json": with(key_file(), "private_key", Value::Null)}), "no \"private_key\"")]
#[case::number_key(json!({"service_account_json": with(key_file(), "private_key", json!(1))}), "no \"private_key\"")]
#[case::broken_key(
    json!({"service_account_json": with(key_file(), "private_key", json!(&keys::PRIVATE[..900]))}),
    "cannot be read"
)]
#[case::damaged_key(
    json!({"service_account_json": with(key_file(), "private_key", json!(damaged_key()))}),
    "cannot be read"
)]
#[case::public_key(json!({"service_account_json": with(key_file(), "private_key", json!(keys::PUBLIC))}), "cannot be read")]
#[case::no_client(with(person(), "client_id", Value::Null), "client_id: It is missing.")]
#[case::no_secret(with(person(), "client_secret", json!("")), "client_secret: It is missing.")]
#[case::no_refresh_token(with(person(), "refresh_token", Value::Null), "refresh_token: It is missing.")]
#[case::blank(with(person(), "refresh_token", json!(format!("{REFRESH_TOKEN} x"))), "refresh_token: It has a blank")]
#[case::letter(with(person(), "client_secret", json!(format!("{CLIENT_SECRET}…"))), "client_secret: It has a blank")]
#[case::both(with(person(), "service_account_json", key_file()), "not both")]
#[case::typing_mistake(with(person(), "token", json!(REFRESH_TOKEN)), "credentials.token: There is no such field.")]
fn wrong_credentials_are_named_but_never_repeated(#[case] credentials: Value, #[case] expected: &str) {
    let error = connect(settings(), credentials).unwrap_err().to_string();
    assert!(error.starts_with("credentials.") && error.contains(expected), "{error}");
    assert_no_secrets(&error);
}

#[test]
fn debugging_shows_no_credentials() {
    assert_no_secrets(&format!("{:?} {:?}", of_person(), of_service_account()));
}

fn assert_no_secrets(shown: &str) {
    let a_line_of_the_key = keys::PRIVATE.lines().nth(5).unwrap();
    for secret in [TOKEN, CLIENT_SECRET, REFRESH_TOKEN, a_line_of_the_key] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
