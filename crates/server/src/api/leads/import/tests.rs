use super::{
    MAX_BYTES,
    cells::amount,
    table::{Column, Table},
};
use crate::api::testing::{Answer, Server};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use proptest::{collection::vec, prelude::*};
use rstest::rstest;
use serde_json::{Value, json};

async fn send(server: &Server, dry_run: bool, kind: &str, file: impl Into<Body>) -> Answer {
    let request = Request::post(format!("/api/v1/leads/import?dry_run={dry_run}"))
        .header("authorization", format!("Bearer {}", server.key))
        .header("content-type", kind);
    server.send(request.body(file.into()).unwrap()).await
}

async fn import(server: &Server, dry_run: bool, file: &str) -> Value {
    let answer = send(server, dry_run, "text/csv", file.to_owned()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json
}

fn actions(report: &Value) -> Vec<&str> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_shown_beforehand_is_what_then_happens_and_once_more_changes_nothing() {
    let server = Server::start().await;
    let ayu = server.add_agent("Ayu").await;
    let promo = server.add_rotator("promo", &[&ayu]).await;
    let leads = server
        .record((0..3).map(|at| server.visit(&promo, "", at)).collect())
        .await;
    let path = |n: usize| format!("/leads/{}", leads[n].packed());
    let code = server.get(&path(0)).await.json["code"].as_str().unwrap().to_owned();
    server.patch(&path(1), json!({ "phone": "0812 1111 0001" })).await;
    server.patch(&path(2), json!({ "email": "dua@kopi.id" })).await;
    let file = format!(
        "\u{FEFF}Kode;Nama;No. HP;Email;Status;Nilai;Catatan;CS;Tanggal;Ukuran\r\n\
         {code};Rina;;;;;;;;\r\n\
         ;Budi;+62 812-1111-0001;DUA@kopi.id;Won;Rp 1.500.000;\"dua\nbaris\";ayu;;XL\r\n\
         ;Siti;0812 1111 0003;;;;;Ayu;17/08/2025;\r\n\
         ;Siti;62 812 1111 0003;;;;;;;\r\n\
         ;;0812;;;;;;;\r\n\
         ;Tanpa Nomor;;;;;;;;\r\n\
         ZZZZZZZ;X;;;;;;;;\r\n\
         ;;;;;;;;;\r\n"
    );
    let before = server.get("/leads").await.json;
    let rehearsed = import(&server, true, &file).await;
    assert_eq!(server.get("/leads").await.json, before, "a dry run changes nothing");
    let wanted = ["update", "merge", "create", "unchanged", "refuse", "refuse", "refuse"];
    assert_eq!(actions(&rehearsed), wanted, "{rehearsed}");
    let counts = ["created", "updated", "merged", "unchanged", "refused"].map(|key| rehearsed[key].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 1, 1, 3]);
    assert_eq!(
        rehearsed["columns"][2],
        json!({ "heading": "No. HP", "field": "phone" })
    );
    assert_eq!(rehearsed["columns"][9], json!({ "heading": "Ukuran", "field": null }));
    let lines: Vec<_> = rehearsed["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["line"].clone())
        .collect();
    assert_eq!(
        json!(lines),
        json!([2, 3, 5, 6, 7, 8, 9]),
        "a quoted line break is no row"
    );
    assert_eq!(rehearsed["rows"][2]["lead_id"], json!(null), "nobody was made yet");
    assert!(rehearsed["rows"][4]["reason"].as_str().unwrap().contains("too short"));

    let done = import(&server, false, &file).await;
    assert_eq!(actions(&done), wanted);
    for (rehearsed, done) in rehearsed["rows"]
        .as_array()
        .unwrap()
        .iter()
        .zip(done["rows"].as_array().unwrap())
    {
        assert_eq!(
            (&rehearsed["changes"], &rehearsed["reason"]),
            (&done["changes"], &done["reason"])
        );
    }
    let one = server.get(&path(2)).await.json;
    assert_eq!(one["id"], json!(leads[1].packed().to_string()), "the older survives");
    assert_eq!(
        (
            &one["name"],
            &one["phone"],
            &one["status"],
            &one["value"],
            &one["currency"]
        ),
        (
            &json!("Budi"),
            &json!("6281211110001"),
            &json!("won"),
            &json!(1_500_000),
            &json!("IDR")
        )
    );
    assert_eq!(one["notes"], "dua\nbaris");
    assert_eq!(server.get(&path(0)).await.json["name_source"], "manual");
    let siti = done["rows"][2]["lead_id"].as_str().unwrap();
    let siti = server.get(&format!("/leads/{siti}")).await.json;
    assert_eq!(
        (&siti["agent_id"], &siti["first_seen"]),
        (&json!(ayu), &json!("2025-08-16T17:00:00.000Z"))
    );
    assert_eq!(
        (&siti["click_count"], &siti["first_touch"]["layer"]),
        (&json!(0), &json!("direct"))
    );

    let all = server.get("/leads").await.json;
    let again = import(&server, false, &file).await;
    let wanted = [
        "unchanged",
        "unchanged",
        "unchanged",
        "unchanged",
        "refuse",
        "refuse",
        "refuse",
    ];
    assert_eq!(actions(&again), wanted);
    assert_eq!(server.get("/leads").await.json, all);
}

#[tokio::test]
async fn a_number_in_five_writings_is_one_lead() {
    let server = Server::start().await;
    let file = "phone\n0812 3456 7890\n+62 812-3456-7890\n0062 812 3456 7890\n62812 3456 7890\n(0812) 3456.7890\n";
    for dry_run in [true, false] {
        let report = import(&server, dry_run, file).await;
        assert_eq!(
            actions(&report),
            ["create", "unchanged", "unchanged", "unchanged", "unchanged"]
        );
    }
    assert_eq!(server.get("/leads").await.items("phone"), [json!("6281234567890")]);
}

#[tokio::test]
async fn an_export_can_be_imported_and_changes_nothing() {
    let server = Server::start().await;
    let promo = server.add_rotator("promo", &[]).await;
    let leads = server
        .record(vec![server.visit(&promo, "", 0), server.visit(&promo, "", 1)])
        .await;
    let path = format!("/leads/{}", leads[0].packed());
    let edit = json!({ "name": "=1+1", "phone": "0812 3456 7890", "value": 149.5, "currency": "USD", "notes": "-x" });
    server.patch(&path, edit).await;
    let before = server.get("/leads").await.json;
    let export = server.get("/leads.csv").await.text;
    let report = import(&server, false, &export).await;
    assert_eq!(actions(&report), ["unchanged", "unchanged"], "{report}");
    assert_eq!(server.get("/leads").await.json, before);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_refused_with_words_and_nothing_is_stored() {
    let server = Server::start().await;
    let many = format!("phone\n{}", "081234567890\n".repeat(20_001));
    for (file, says) in [
        (&b""[..], "empty"),
        (b"nama,alamat\nBudi,Solo\n", "phone, email or code"),
        (b"nama,hp\nJos\xE9,081234567890\n", "Windows-1252"),
        (b"\xFF\xFEn\0a\0", "UTF-16"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"hp\n0812\0", "not text"),
        (many.as_bytes(), "20000 rows"),
    ] {
        let refused = send(&server, false, "text/csv", file.to_vec()).await.refused();
        assert!(refused[0].1.contains(says), "{}", refused[0].1);
    }
    let large = vec![b'x'; MAX_BYTES + 1];
    let answer = send(&server, false, "text/csv", large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.json["detail"].as_str().unwrap().contains("10 MB"));
    for kind in ["application/json", "multipart/form-data; boundary=x"] {
        let refused = send(&server, false, kind, "phone\n").await.refused();
        assert!(refused[0].1.contains("text/csv"));
    }
    assert_eq!(server.get("/leads").await.json["items"], json!([]));
}

#[rstest]
#[case("phone,name\n1,x", b',')]
#[case("phone;name\n1;x", b';')]
#[case("phone\tname\n1\tx", b'\t')]
#[case("sep=;\nphone;name\n1;x", b';')]
#[case("\"a,b,c\";phone\n;1", b';')]
#[case("phone\n1", b',')]
fn separators_are_guessed(#[case] file: &str, #[case] separator: u8) {
    let table = Table::read(file.as_bytes(), 10).unwrap();
    assert_eq!(table.rows.len(), 1, "{}", separator as char);
    assert!(table.columns.contains(&Some(Column::Phone)));
    assert_eq!(table.rows[0].cells.len(), table.columns.len());
}

#[rstest]
#[case("150000", "150000")]
#[case("149.50", "149.5")]
#[case("149,50", "149.5")]
#[case("1.500.000", "1500000")]
#[case("1,500,000.00", "1500000")]
#[case("Rp 1.500.000,00", "1500000")]
#[case("Rp1.500,-", "1500")]
#[case("1.500", "1500")]
#[case("0.125", "0.125")]
fn amounts_are_read_as_people_write_them(#[case] text: &str, #[case] value: &str) {
    assert_eq!(amount(text).unwrap().to_string(), value);
}

#[test]
fn many_headings_are_read_and_of_two_that_are_the_same_the_first_counts() {
    let unknown = "x,".repeat(40_000);
    let file = format!("{unknown}{}", "phone,".repeat(10_000));
    let table = Table::read(file.as_bytes(), 10).unwrap();
    let phones = table.columns.iter().flatten().count();
    assert_eq!((table.columns.len(), phones), (50_001, 1));
}

proptest! {
    #[test]
    fn any_file_is_refused_or_read_within_its_bounds(
        head in "(\u{feff}|sep=[;,\t|]\r?\n)?(phone|no\\. hp|email|\"kode\r\nunik\"|nilai|x| )([;,\t](name|phone|value|\"a;b\"|)){0,6}",
        rows in vec("([;,\t]|\"|\"\"|\r\n|\n|0812[0-9]{6}|=1\\+1|1\\.500,00|\\PC){0,60}", 0..12),
        noise in prop::option::of((0..300_usize, any::<u8>())),
    ) {
        let mut file = format!("{head}\n{}", rows.join("\n")).into_bytes();
        if let Some((at, byte)) = noise
            && let Some(there) = file.get_mut(at)
        {
            *there = byte;
        }
        let lines = file.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        match Table::read(&file, 8) {
            Ok(table) => {
                prop_assert_eq!(table.columns.len(), table.headings.len());
                prop_assert!(table.rows.len() <= 8);
                let numbers: Vec<_> = table.rows.iter().map(|row| row.line).collect();
                prop_assert!(numbers.is_sorted() && numbers.iter().all(|line| (1..=lines).contains(line)), "{numbers:?} of {lines}");
                for cell in table.rows.iter().flat_map(|row| &row.cells) {
                    let _ = amount(cell);
                }
            }
            Err(reason) => prop_assert!(reason.ends_with('.') && reason.chars().count() < 1_000, "{reason}"),
        }
    }
}
