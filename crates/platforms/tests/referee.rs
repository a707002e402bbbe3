//! The platforms' own Python clients as referees: they read what we say, and we read what they say. They know their
//! field names and enums better than any document.
//!
//! They are installed from the package index, in fixed versions, into a folder of the build; that takes half a minute
//! once. Where there is no Python, no index or no such version, the test says so and passes, since nothing of ours is
//! wrong then. With `KONEKTOR_REFEREE=must` it fails instead.

use konektor_core::{
    attribution::ClickId as AdClickId,
    event::{Consent, Event, EventClick, EventId, EventVisitor, PixelCookies, Trigger},
    ids::ClickId,
    lead::{Money, Status},
    time::UnixMs,
};
use konektor_platforms::{
    Adapter, Confirmation, Fields, Hosts, HttpResponse, Mode, Verdict, google::Google, meta::Meta,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

const REQUIREMENTS: &str = include_str!("referee/requirements.txt");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/referee/referee.py");
const INSTALLATION_LIMIT: Duration = Duration::from_secs(300);
const GAME_LIMIT: Duration = Duration::from_secs(60);

#[test]
fn the_platforms_own_clients_agree_with_us() {
    let python = match installed() {
        Ok(python) => python,
        Err(why) if std::env::var("KONEKTOR_REFEREE").is_ok_and(|word| word == "must") => panic!("{why}"),
        Err(why) => return eprintln!("skipped: the platforms' own clients cannot be installed here: {why}"),
    };
    let (google, meta) = (google(), meta());
    let bodies = google_bodies(&google);
    let cases = meta_cases(&meta);
    let asked = json!({"google": bodies, "meta": cases}).to_string();
    let answer = run(Command::new(python).arg(SCRIPT), &asked, GAME_LIMIT).expect("the clients take all that we say");
    let answer: Value = serde_json::from_str(&answer).expect("the script writes JSON");

    google_reads_what_we_say(&bodies, &answer["google_read_back"]);
    we_read_what_google_says(&google, &answer["google_says"]);
    meta_says_the_same(&cases, &answer["meta"]);
}

// -- what is played

fn fields(object: Value) -> Fields {
    object.as_object().expect("an object").clone()
}

fn google() -> Google {
    let settings = json!({"account_id": "1234567890", "login_account_id": "9999999999", "conversion_action_id": "77"});
    let credentials = json!({"client_id": "a", "client_secret": "b", "refresh_token": "c"});
    Google::new(&fields(settings), &fields(credentials)).unwrap()
}

fn meta() -> Meta {
    let settings = fields(json!({"dataset_id": "1234567890123456"}));
    Meta::new(&settings, &fields(json!({"access_token": "a"}))).unwrap()
}

/// A sale with all that can be known of it, but for contact data.
fn sale() -> Event {
    let id = |parameter: &'static str, value: &str| AdClickId {
        parameter: parameter.into(),
        value: value.into(),
    };
    Event {
        id: EventId::of_click(ClickId(77)),
        trigger: Trigger::Status(Status::Won),
        name: "Purchase".into(),
        at: UnixMs(1_795_433_400_999),
        money: Some(Money {
            value: "149.5".parse().unwrap(),
            currency: "USD".parse().unwrap(),
        }),
        consent: Consent::Granted,
        click: EventClick {
            at: UnixMs(1_795_347_000_123),
            ids: vec![id("fbclid", "IwAR2F4-dbP0_x"), id("gclid", "Cj0KCQ_wcB")],
            url: "https://konektor.example/wa/promo".into(),
            slug: "promo".into(),
            referrer: Some("https://l.facebook.com".into()),
            cookies: PixelCookies {
                fbp: Some("fb.1.1795347000001.1098115397".into()),
                ..PixelCookies::default()
            },
        },
        visitor: EventVisitor {
            code: "ABC1234".into(),
            ip: Some("2001:db8::9".parse().unwrap()),
            user_agent: "Mozilla/5.0 \"x\" é".into(),
            language: "id-ID".into(),
            phone: None,
            email: None,
        },
    }
}

/// The sale with contact data as people type it.
fn contacts() -> Vec<Event> {
    let contacts = [
        (Some(" Joe@Example.COM "), Some("+62 812-3456-7890")),
        (Some("Joe.Doe+x@gmail.com"), Some("6281234567890")),
        (Some("ÄRGER@example.de"), None),
        (None, Some("1 (650) 555-0100")),
        (None, None),
    ];
    let with = |(email, phone): (Option<&str>, Option<&str>)| {
        let mut event = sale();
        event.visitor.email = email.map(str::to_owned);
        event.visitor.phone = phone.map(str::to_owned);
        event
    };
    contacts.map(with).into()
}

/// A click of which nothing is known.
fn bare() -> Event {
    let mut event = sale();
    event.trigger = Trigger::Click;
    event.money = None;
    event.consent = Consent::Unspecified;
    event.click.ids.clear();
    event.visitor = EventVisitor::default();
    event
}

// -- Google

fn google_bodies(google: &Google) -> Vec<String> {
    let mut braid = sale();
    braid.click.ids[1].parameter = "wbraid".into();
    braid.name = "4711".into();
    let refused = Event {
        consent: Consent::Denied,
        ..sale()
    };
    let several = [braid, refused, bare(), sale()];
    let body = |events: &[Event], mode| google.encode(&Hosts::default(), None, events, mode).request.body;
    vec![
        body(&contacts(), Mode::Live),
        body(&several, Mode::Live),
        body(&[bare()], Mode::Test(None)),
    ]
}

/// Read into Google's own message and written again, it is the same: nothing was misnamed, misplaced or lost.
fn google_reads_what_we_say(bodies: &[String], read_back: &Value) {
    for (n, body) in bodies.iter().enumerate() {
        let mut said: Value = serde_json::from_str(body).unwrap();
        if said["validateOnly"] == false {
            said.as_object_mut().unwrap().remove("validateOnly"); // what is false is not written
        }
        assert_eq!(read_back[n], said);
    }
}

/// Those of Google's reasons that we know as something else than a bad event.
const NOT_AN_EVENT: [&str; 19] = [
    "CONVERSION_ACTION_TOO_RECENTLY_CREATED",
    "DEADLINE_EXCEEDED",
    "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS",
    "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
    "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
    "DESTINATION_ACCOUNT_TYPE_MISMATCH",
    "EU_POLITICAL_ADVERTISING_DECLARATION_REQUIRED",
    "EVENT_SOURCE_AND_DESTINATION_MISMATCH",
    "INTERNAL_ERROR",
    "INVALID_CONVERSION_ACTION_ID",
    "INVALID_CONVERSION_ACTION_TYPE",
    "INVALID_DESTINATION",
    "MISMATCHED_ACCOUNT_TYPE",
    "NOT_ALLOWLISTED",
    "NOT_FOUND",
    "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "TERMS_AND_CONDITIONS_NOT_SIGNED",
];
/// The other reasons that a request may fail for later, with an explanation of ours.
const EXPLAINED_FAILURES: usize = 14;

fn we_read_what_google_says(google: &Google, says: &Value) {
    let answer = google.decode(&response(200, &says["accepted"]), 2);
    assert!(
        answer
            .findings
            .iter()
            .all(|finding| finding.verdict == Verdict::Accepted)
    );
    assert_eq!(answer.trace.as_deref(), Some("request-1"));
    assert!(answer.findings[1].message.ends_with("Odd."));

    let reasons = says["error_reasons"].as_array().unwrap().iter();
    let is_event = |reason: &Value| {
        let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason});
        let error = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT", "details": [info]}});
        google.decode(&response(400, &error), 1).findings[0].verdict == Verdict::Drop
    };
    let not_an_event: BTreeSet<_> = reasons
        .filter(|reason| !is_event(reason))
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(not_an_event, BTreeSet::from(NOT_AN_EVENT));

    let confirmation = |body: &Value| google.decode_confirmation(&response(200, body));
    let status = |name: &str| confirmation(&says["statuses"][name]);
    assert_eq!(status("SUCCESS"), Confirmation::Confirmed);
    assert_eq!(status("PROCESSING"), Confirmation::Pending);
    assert_eq!(status("REQUEST_STATUS_UNKNOWN"), Confirmation::Pending);
    assert!(matches!(status("FAILED"), Confirmation::Refused(_)));
    assert!(matches!(status("PARTIAL_SUCCESS"), Confirmation::Partly(_)));

    let mut explained = 0;
    for (reason, body) in says["failures"].as_object().unwrap() {
        let short = reason
            .trim_start_matches("PROCESSING_ERROR_")
            .trim_start_matches("REASON_");
        match (short, confirmation(body)) {
            ("DUPLICATE_GCLID" | "DUPLICATE_TRANSACTION_ID", Confirmation::Confirmed) => {}
            ("TOO_RECENT_CLICK" | "INTERNAL_ERROR", Confirmation::Resend(..)) => {}
            (_, Confirmation::Refused(words)) => {
                assert!(words.contains(&format!("2 × {short}")), "{words}");
                explained += usize::from(words.contains(&format!("{short} (")));
            }
            (_, other) => panic!("{reason}: {other:?}"),
        }
    }
    assert_eq!(explained, EXPLAINED_FAILURES);
}

fn response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse {
        status,
        retry_after: None,
        body: body.to_string(),
    }
}

// -- Meta

/// What we say of each event, beside its contact data as people typed them.
fn meta_cases(meta: &Meta) -> Vec<Value> {
    let mut events = contacts();
    events.push(bare());
    let parts = meta.encode(&Hosts::default(), None, &events, Mode::Live).parts;
    let cases = events.iter().zip(&parts).map(|(event, part)| {
        let told: Value = serde_json::from_str(part).unwrap();
        json!({"told": told, "email": event.visitor.email, "phone": event.visitor.phone})
    });
    cases.collect()
}

fn meta_says_the_same(cases: &[Value], normalised: &Value) {
    for (n, case) in cases.iter().enumerate() {
        let mut said = case["told"].clone();
        if let Some(currency) = said["custom_data"]["currency"].as_str() {
            said["custom_data"]["currency"] = currency.to_lowercase().into(); // the client's habit; Meta takes either
        }
        assert_eq!(normalised[n], said);
    }
}

// -- Python

/// The interpreter that has the clients, or why there is none.
fn installed() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("referee");
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    // Written last, so it is the stamp of a finished installation.
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    let requirements = folder.with_extension("txt");
    let of_files = |error: std::io::Error| error.to_string();
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).map_err(of_files)?;
    fs::write(&requirements, REQUIREMENTS).map_err(of_files)?;
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv", "--clear"]).arg(&folder);
    run(&mut environment, "", INSTALLATION_LIMIT)?;
    // Wheels only: nothing of theirs has to run while being installed.
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ]);
    pip.args([
        "--only-binary",
        ":all:",
        "--retries",
        "1",
        "--timeout",
        "15",
        "--requirement",
    ]);
    run(pip.arg(&requirements), "", INSTALLATION_LIMIT)?;
    fs::write(&stamp, REQUIREMENTS).map_err(of_files)?;
    Ok(python)
}

/// Runs a command to its end, or to the limit's. Its output, or what it complained of.
fn run(command: &mut Command, input: &str, limit: Duration) -> Result<String, String> {
    let name = format!("{:?}", command.get_program());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
    let [output, complaints] = [
        read_on(child.stdout.take().expect("piped")),
        read_on(child.stderr.take().expect("piped")),
    ];
    let written = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let Ok(output) = output.recv_timeout(limit) else {
        // Gone already is as good as ended.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("{name} took longer than {} s", limit.as_secs()));
    };
    let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
    let complaints = complaints.recv().unwrap_or_default();
    match (status.success(), written) {
        (true, Ok(())) => Ok(output),
        (true, Err(error)) => Err(format!("{name}: {error}")),
        (false, _) => Err(format!("{name} ended with {status}: {complaints}")),
    }
}

/// Reads to the end on a thread of its own, so that a full pipe stops nobody and a silent one can be given up.
fn read_on(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if pipe.read_to_end(&mut bytes).is_ok() {
            // The other side may have given up.
            let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
        }
    });
    receiver
}
