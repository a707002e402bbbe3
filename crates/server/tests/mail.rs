//! From the dashboard's button to a mailbox: the real binary, a mail server beside it, and a reader of e-mails that has nothing
//! to do with their writer.

mod common;
#[path = "common/smtp.rs"]
mod smtp;

use common::{http, konektor, shop::Shop};
use serde_json::{Value, json};
use smtp::{Manner, Smtp};
use std::{
    io::Write,
    process::{Command, Stdio},
};

const PASSWORD: &str = "benar kuda baterai";

/// What Python's reader of e-mails makes of a letter: its headers and its two halves.
const READER: &str = r#"
import email, email.policy, json, sys
letter = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
half = lambda kind: letter.get_body(preferencelist=(kind,)).get_content()
print(json.dumps({
    "headers": {name.lower(): str(value) for name, value in letter.items()},
    "parts": [part.get_content_type() for part in letter.iter_parts()],
    "plain": half("plain"), "html": half("html"), "defects": [str(defect) for defect in letter.defects],
}))
"#;

fn read_by_python(data: &[u8]) -> Option<Value> {
    let reader = Command::new("python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut reader) = reader else {
        eprintln!("python3 is not at hand, so a letter was not read by it");
        return None;
    };
    reader.stdin.take().expect("piped").write_all(data).expect("it reads");
    let output = reader.wait_with_output().expect("it ends");
    assert!(output.status.success());
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

/// Signs an owner in; the cookie.
fn sign_in(shop: &Shop) -> String {
    let mut adding = konektor(shop.data())
        .args([
            "user",
            "add",
            "--workspace",
            &shop.workspace,
            "--email",
            "rina@kopi.id",
            "--role",
            "owner",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it can be started");
    let password = adding.stdin.take().expect("piped");
    (&password).write_all(PASSWORD.as_bytes()).expect("it reads");
    drop(password);
    assert!(adding.wait().expect("it ends").success());
    let answer = shop.server.ask(&from_dashboard(
        "/session",
        json!({ "email": "rina@kopi.id", "password": PASSWORD }),
    ));
    assert_eq!(answer.status, 200, "{answer:?}");
    let cookie = answer.header("set-cookie").expect("a session");
    cookie.split(';').next().expect("a value").to_owned()
}

fn from_dashboard(path: &str, body: Value) -> http::Request {
    let mut request = http::get(&format!("/api/v1{path}")).method("POST");
    request.body = body.to_string();
    request
        .header("Content-Type", "application/json")
        .header("Sec-Fetch-Site", "same-origin")
}

#[test]
fn a_digest_is_read_by_another_reader_than_its_writer_and_ends_with_one_post() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let smtp = runtime.block_on(Smtp::start(Manner::Accept));
    let url = smtp.url();
    let settings = [
        ("KONEKTOR_MAIL_URL", url.as_str()),
        ("KONEKTOR_MAIL_FROM", "Konektor Ümläut <konektor@brand.com>"),
    ];
    let shop = Shop::with(2, &settings);
    for n in 0..5 {
        shop.server
            .ask(&http::get(&format!("/wa/promo?utm_source=ig&utm_content={n}")));
    }
    let cookie = sign_in(&shop);
    shop.patch("/digest", json!({ "frequency": "daily", "recipients": ["1"] }));
    let sent = shop
        .server
        .ask(&from_dashboard("/digest/test", json!({})).cookie(&cookie));
    assert_eq!(sent.status, 200, "{sent:?}");
    let [letter] = smtp.received().try_into().expect("one letter");
    if let Ok(directory) = std::env::var("KONEKTOR_LETTERS") {
        std::fs::write(format!("{directory}/digest.eml"), &letter.data).expect("it can be written");
    }
    let ours = mail_parser::MessageParser::default()
        .parse(&letter.data)
        .expect("it is a letter");
    let (plain, html) = (ours.body_text(0).expect("plain"), ours.body_html(0).expect("HTML"));
    assert!(
        plain.contains("Agen 1: 3") && plain.contains("Ini percobaan."),
        "{plain}"
    );
    assert!(html.contains("Agen 1") && html.contains("Ringkasan harian"));
    let off = ours
        .header_raw("List-Unsubscribe")
        .expect("it can be turned off")
        .trim();
    let off = off.trim_matches(['<', '>']).to_owned();
    if let Some(theirs) = read_by_python(&letter.data) {
        assert_eq!(theirs["parts"], json!(["text/plain", "text/html"]));
        assert_eq!(theirs["defects"], json!([]));
        let text = |half: &str| theirs[half].as_str().expect("a half").replace("\r\n", "\n");
        assert_eq!(text("plain").trim_end(), plain.replace("\r\n", "\n").trim_end());
        assert_eq!(text("html").trim_end(), html.replace("\r\n", "\n").trim_end());
        let headers = &theirs["headers"];
        assert_eq!(headers["from"], "Konektor Ümläut <konektor@brand.com>");
        assert_eq!(headers["to"], "rina@kopi.id");
        assert_eq!(headers["list-unsubscribe"], format!("<{off}>"));
        assert_eq!(headers["auto-submitted"], "auto-generated");
        assert!(
            headers["subject"]
                .as_str()
                .expect("a subject")
                .starts_with("Ringkasan harian: Toko Kopi · ")
        );
    }
    let path = off.split_once("/mail/").expect("ours").1;
    let mut post = http::get(&format!("/mail/{path}")).method("POST");
    post.body = "List-Unsubscribe=One-Click".to_owned();
    let post = post.header("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(shop.server.ask(&post).status, 200);
    let recipients = shop.get("/digest")["recipients"].clone();
    assert_eq!(
        (&recipients[0]["chosen"], &recipients[0]["off"]),
        (&json!(true), &json!(true))
    );
}
