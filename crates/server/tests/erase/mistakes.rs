//! Who is meant, and who is not.

use crate::{
    common::{konektor, run},
    persons::{open, person},
};

#[test]
fn nobody_is_erased_by_mistake_and_what_is_held_can_be_listed() {
    let (shop, form, whatsapp) = open(&[]);
    let one = person(&shop, &form, &whatsapp, 1);
    shop.lead_with_clicks(&one.code, 2);
    let erase = |arguments: &[&str]| {
        let mut command = konektor(shop.data());
        let output = command
            .args(["erase", "--workspace", &shop.workspace])
            .args(arguments)
            .output();
        let output = output.expect("it can be started");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    for nobody in [
        &["--code", "ZZZZZZZ"][..],
        &["--phone", "+6281299999999"],
        &["--email", "nobody@contoh.id"],
        &["--lead", "1"],
    ] {
        let (code, said) = erase(nobody);
        assert!(
            code == Some(1) && said.contains("nothing was erased"),
            "{nobody:?}: {said}"
        );
    }
    for wrong in [&[][..], &["--lead", "x"], &["--lead", "1", "--code", "ABC1234"]] {
        assert_eq!(erase(wrong).0, Some(2), "{wrong:?}");
    }
    let (code, said) = erase(&["--phone", "12"]);
    assert!(code == Some(1) && !said.contains("panicked"), "{said}");
    let held = run(
        shop.data(),
        &[
            "held-data",
            "--workspace",
            &shop.workspace,
            "--from",
            "2026-01-01T00:00:00Z",
            "--to",
            "2100-01-01T00:00:00Z",
        ],
    );
    let lines: Vec<_> = held.lines().collect();
    assert_eq!(lines.len(), 2, "{held}");
    for kind in [
        "address",
        "click_ids",
        "clicks",
        "email",
        "form_fields",
        "name",
        "notes",
        "phone",
        "user_agent",
        "whatsapp_id",
    ] {
        assert!(lines[1].split([',', ' ']).any(|word| word == kind), "{kind} in {held}");
    }
    let before = ["--from", "2020-01-01T00:00:00Z", "--to", "2020-02-01T00:00:00Z"];
    let none = run(
        shop.data(),
        &[&["held-data", "--workspace", &shop.workspace][..], &before].concat(),
    );
    assert_eq!(none.lines().count(), 1, "{none}");
    assert_eq!(shop.leads().len(), 1);
}
