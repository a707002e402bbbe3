//! The examples of `docs/webhooks.md` say what a signature is. Each is run where its language is at hand; where it is not,
//! the test says so.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use rstest::rstest;
use sha2::Sha256;
use std::process::Command;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ID: &str = "kn-1S1XK5GZ00000-click";
const BODY: &str = "{\"type\":\"click.recorded\",\"data\":{\"name\":\"Siti é\"}}";

/// The code between the fences of a language.
fn example(language: &str) -> String {
    let document = include_str!("../../../../docs/webhooks.md");
    let (_, rest) = document.split_once(&format!("```{language}\n")).expect("an example");
    rest.split_once("```").expect("its end").0.to_owned()
}

fn signature(timestamp: i64, body: &str) -> String {
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").expect("the prefix"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.expect("base64")).expect("a key");
    mac.update(format!("{ID}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[rstest]
#[case(
    "python",
    "python3",
    "-c",
    "\nimport json, sys\nprint(verify(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode()))\n"
)]
#[case(
    "js",
    "node",
    "--input-type=module",
    "\nconst [secret, headers, body] = process.argv.slice(-3);\nconsole.log(verify(secret, JSON.parse(headers), body));\n"
)]
#[case(
    "php",
    "php",
    "-r",
    "\necho verify($argv[1], json_decode($argv[2], true), $argv[3]) ? 'true' : 'false';\n"
)]
fn an_example_believes_what_is_signed_and_nothing_else(
    #[case] language: &str,
    #[case] program: &str,
    #[case] option: &str,
    #[case] call: &str,
) {
    let code = example(language) + call;
    let at = seconds_now();
    let old = at - 3_600;
    let good = signature(at, BODY);
    for (timestamp, signatures, body, wanted) in [
        (at, good.clone(), BODY, "true"),
        (at, format!("v1,AAAA {good}"), BODY, "true"),
        (at, "v1,AAAA".to_owned(), BODY, "false"),
        (at, good.clone(), "{}", "false"),
        (at + 1, good, BODY, "false"),
        (old, signature(old, BODY), BODY, "false"),
    ] {
        let headers = serde_json::json!({
            "webhook-id": ID, "webhook-timestamp": timestamp.to_string(), "webhook-signature": signatures,
        });
        let mut command = Command::new(program);
        match language {
            "js" => command.args([option, "--eval", &code, "--"]),
            "php" => command.args([option, &code, "--"]),
            _ => command.args([option, &code]),
        };
        let output = match command.args([SECRET, &headers.to_string(), body]).output() {
            Ok(output) => output,
            Err(error) => {
                eprintln!("{program} is not at hand, so its example was not run: {error}");
                return;
            }
        };
        let said = String::from_utf8_lossy(&output.stdout).trim().to_lowercase();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, wanted, "{language} {headers} {err}");
    }
}

/// The receivers' own clock is the system's.
#[expect(
    clippy::disallowed_methods,
    reason = "the examples look at the real clock, so what they are shown has to be of now"
)]
fn seconds_now() -> i64 {
    jiff::Timestamp::now().as_second()
}
