//! A form names the right lead, whatever tool posts it.

use crate::{
    common::{
        http::get,
        shop::{self, Shop},
    },
    fixtures::{add_form, fixture, form, post, token, visit},
};
use serde_json::{Value, json};

const TOOLS: [(&str, &str); 10] = [
    ("google_forms", form!("google_forms")),
    ("elementor", form!("elementor")),
    ("elementor_advanced", form!("elementor_advanced")),
    ("wpforms", form!("wpforms")),
    ("contact_form_7", form!("contact_form_7")),
    ("typeform", form!("typeform")),
    ("tally", form!("tally")),
    ("jotform", form!("jotform")),
    ("meta_lead_ads", form!("meta_lead_ads")),
    ("html", form!("html")),
];

fn assert_is_siti(lead: &Value, tool: &str) {
    let found = [&lead["name"], &lead["name_source"], &lead["phone"], &lead["email"]];
    let wanted = ["Siti Rahmawati", "form", "6281234567890", "siti@contoh.id"];
    assert_eq!(found, wanted.map(|text| json!(text)).each_ref(), "{tool}: {lead}");
}

#[test]
fn the_fixture_of_each_tool_names_the_lead_of_the_visitor() {
    let shop = Shop::with(1, &[]);
    for (n, (tool, text)) in TOOLS.into_iter().enumerate() {
        // Others are there too, before and after.
        let others = [visit(&shop, 100 + n), visit(&shop, 200 + n)];
        let visitor = visit(&shop, n);
        let form = add_form(&shop, json!({}));
        let answer = shop.server.ask(&fixture(&form.path, text, &token(&shop, &visitor)));
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({ "ok": true })),
            "{tool}: {answer:?}"
        );
        let lead = shop.get(&format!("/leads/{}", visitor.code));
        assert_is_siti(&lead, tool);
        assert_eq!(lead["flags"], json!([]), "{tool}: proved by the token");
        for other in others {
            let other = shop.get(&format!("/leads/{}", other.code));
            assert_eq!(other["name_source"], "auto", "{tool}");
        }
        assert_eq!(shop.leads().len(), 3, "{tool}");
        let seen = &form.submissions(&shop)[0];
        assert_eq!(
            (&seen["state"], &seen["lead_id"]),
            (&json!("done"), &lead["id"]),
            "{tool}"
        );
        let form = shop.get(&format!("/forms/{}", form.id));
        assert_eq!((&form["received"], &form["refused"]), (&json!(1), &json!(0)), "{tool}");
        // The next tool's Siti is to be found by her token, not by a number that is known already.
        for lead in shop.leads() {
            let path = format!("/leads/{}", lead["id"].as_str().unwrap());
            shop.server.api(&shop.key, "DELETE", &path, None);
        }
        for field in ["name", "phone", "email", "visitor"] {
            assert!(form["mapping"][field].is_string(), "{tool}: {}", form["mapping"]);
        }
        assert!(
            !form["sample"].to_string().contains("Rahmawati"),
            "{tool}: {}",
            form["sample"]
        );
    }
}

#[test]
fn without_a_code_the_lead_is_found_by_its_phone_however_it_is_written() {
    let shop = Shop::with(1, &[]);
    let visitor = visit(&shop, 0);
    let path = format!("/leads/{}", visitor.code);
    shop.patch(&path, json!({ "phone": "0812 3456 7890" }));
    let form = add_form(&shop, json!({}));
    let written = [
        "081234567890",
        "+62 812-3456-7890",
        "0062 812 3456 7890",
        "62812.3456.7890",
        "(0812) 3456 7890",
    ];
    for (n, phone) in written.into_iter().enumerate() {
        form.take(
            &shop,
            &json!({ "no_hp": phone, "kota": format!("Kota {n}") }).to_string(),
        );
    }
    form.take(
        &shop,
        &json!({ "no_hp": "081234567890", "nama": "Siti Rahmawati" }).to_string(),
    );
    let leads = shop.leads();
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert_eq!(
        (&leads[0]["code"], &leads[0]["name"]),
        (&json!(visitor.code), &json!("Siti Rahmawati"))
    );
    let submissions = form.submissions(&shop);
    assert_eq!(submissions.len(), 6);
    assert!(submissions.iter().all(|post| post["lead_id"] == leads[0]["id"]));
}

#[test]
fn a_hand_set_name_stays_and_the_rest_is_taken() {
    let shop = Shop::with(1, &[]);
    let visitor = visit(&shop, 0);
    let path = format!("/leads/{}", visitor.code);
    shop.patch(&path, json!({ "name": "Bu Siti" }));
    let form = add_form(&shop, json!({}));
    shop.server
        .ask(&fixture(&form.path, form!("tally"), &token(&shop, &visitor)));
    let lead = shop.get(&path);
    assert_eq!(
        (&lead["name"], &lead["name_source"]),
        (&json!("Bu Siti"), &json!("manual"))
    );
    assert_eq!(
        (&lead["phone"], &lead["email"]),
        (&json!("6281234567890"), &json!("siti@contoh.id"))
    );
}

#[test]
fn who_is_known_by_nothing_is_a_new_lead_and_is_found_again() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    form.take(&shop, r#"{"nama":"Budi","email":"Budi@Contoh.id"}"#);
    form.take(&shop, r#"{"nama":"Budi Santoso","email":"budi@contoh.id"}"#);
    form.take(&shop, r#"{"nama":"Tono","pesan":"tanpa kontak"}"#);
    let leads = shop.leads();
    let names: Vec<_> = leads.iter().map(|lead| lead["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Tono", "Budi Santoso"]);
    assert_eq!(form.submissions(&shop)[0]["remarks"], json!(["no_contact"]));
}

#[test]
fn a_bare_code_fills_what_is_empty_and_renames_and_merges_nobody() {
    let shop = Shop::with(1, &[]);
    let (visitor, named) = (visit(&shop, 0), visit(&shop, 1));
    let form = add_form(&shop, json!({}));
    // Somebody whose number is known already.
    let siti = json!({ "visitor": token(&shop, &named), "nama": "Siti", "hp": "081234567890", "kode pengunjung": "" });
    form.take(&shop, &siti.to_string().replace("\"visitor\"", "\"konektor_visitor\""));
    let with_code =
        |code: &str, name: &str, n: u8| json!({ "kode pengunjung": code, "nama": name, "n": n }).to_string();
    form.take(&shop, &with_code(&named.code, "Penipu", 1));
    form.take(&shop, &with_code(&visitor.code.to_lowercase(), "Budi", 2));
    let stolen = json!({ "kode pengunjung": visitor.code, "hp": "0812 3456 7890" });
    form.take(&shop, &stolen.to_string());
    let lead = |code: &str| shop.get(&format!("/leads/{code}"));
    assert_eq!(lead(&named.code)["name"], "Siti");
    let budi = lead(&visitor.code);
    assert_eq!((&budi["name"], &budi["phone"]), (&json!("Budi"), &Value::Null));
    assert!(
        budi["flags"].as_array().unwrap().contains(&json!("unverified")),
        "{budi}"
    );
    assert_eq!(shop.leads().len(), 2, "nobody is merged");
    form.take(&shop, &with_code("0000000", "Siapa", 3));
    assert_eq!(form.submissions(&shop)[0]["remarks"], json!(["code_unknown"]));
}

#[test]
fn a_forged_or_foreign_token_is_no_token() {
    let shop = Shop::with(1, &[]);
    let (visitor, other) = (visit(&shop, 0), visit(&shop, 1));
    let real = token(&shop, &visitor);
    let cookie = visitor.cookie.split_once('=').unwrap().1;
    let forged = [
        format!("{}x", &real[..real.len() - 1]),
        real.replace(&visitor.code, &other.code),
        cookie.to_owned(),
        format!("kv1.{cookie}"),
        "kv1".to_owned(),
    ];
    let form = add_form(&shop, json!({}));
    for (n, token) in forged.into_iter().enumerate() {
        let body = json!({ "konektor_visitor": token, "nama": "Penipu", "email": format!("p{n}@contoh.id") });
        form.take(&shop, &body.to_string());
        assert_eq!(form.submissions(&shop)[0]["remarks"], json!(["token_unusable"]), "{n}");
    }
    for code in [&visitor.code, &other.code] {
        assert_eq!(shop.get(&format!("/leads/{code}"))["name_source"], "auto");
    }
}

#[test]
fn the_mapping_of_a_person_is_followed_and_a_guess_is_filled_up() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let path = format!("/forms/{}", form.id);
    form.take(&shop, r#"{"nama":"Budi","surel":"budi@contoh.id"}"#);
    assert_eq!(shop.get(&path)["mapping"]["phone"], Value::Null);
    form.take(&shop, r#"{"nama":"Budi","surel":"budi@contoh.id","wa":"081234567890"}"#);
    assert_eq!(shop.get(&path)["mapping"]["phone"], "wa");
    shop.patch(&path, json!({ "mapping": { "name": "a.b + a.c", "email": "surel" } }));
    form.take(
        &shop,
        r#"{"a":{"b":"Siti","c":"Rahmawati"},"nama":"Salah","surel":"siti@contoh.id","wa":"081234567891"}"#,
    );
    let lead = &shop.leads()[0];
    assert_eq!(
        (&lead["name"], &lead["phone"]),
        (&json!("Siti Rahmawati"), &Value::Null)
    );
}

#[test]
fn what_cannot_be_used_is_said_and_kept_as_an_answer() {
    let shop = Shop::with(1, &[]);
    let form = add_form(
        &shop,
        json!({ "mapping": { "phone": "hp", "email": "surel", "name": "nama" } }),
    );
    form.take(
        &shop,
        r#"{"nama":"Budi","hp":"nanti saja","surel":"budi di contoh","pesan":"Halo"}"#,
    );
    let mut remarks = form.submissions(&shop)[0]["remarks"].clone();
    remarks.as_array_mut().unwrap().sort_by_key(Value::to_string);
    assert_eq!(remarks, json!(["email_unusable", "no_contact", "phone_unusable"]));
    let lead = shop.get(&format!("/leads/{}/timeline", shop.leads()[0]["id"].as_str().unwrap()));
    let text = lead.to_string();
    for answer in ["nanti saja", "budi di contoh", "Halo"] {
        assert!(text.contains(answer), "{answer} in {text}");
    }
}

#[test]
fn the_same_post_again_does_nothing_again() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let body = r#"{"nama":"Budi","pesan":"Halo"}"#;
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| form.take(&shop, body));
        }
    });
    assert_eq!(
        shop.leads().len(),
        1,
        "it says nothing to be found by, and is known all the same"
    );
    let states: Vec<_> = form
        .submissions(&shop)
        .iter()
        .map(|post| post["state"].clone())
        .collect();
    assert_eq!(states.iter().filter(|state| **state == "done").count(), 1, "{states:?}");
    assert_eq!(
        states.iter().filter(|state| **state == "repeated").count(),
        19,
        "{states:?}"
    );
    assert_eq!(shop.server.count("SELECT count(*) FROM submissions"), 1);
}

#[test]
fn consent_is_kept_with_its_wording() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    form.take(
        &shop,
        r#"{"nama":"Budi","hp":"081234567890","Saya setuju dihubungi lewat WhatsApp":"on"}"#,
    );
    form.take(
        &shop,
        r#"{"nama":"Tono","hp":"081234567891","Saya setuju dihubungi lewat WhatsApp":"off"}"#,
    );
    let leads = shop.leads();
    let whole = |n: usize| shop.get(&format!("/leads/{}", leads[n]["id"].as_str().unwrap()));
    assert_eq!(whole(1)["consent"]["wording"], "Saya setuju dihubungi lewat WhatsApp");
    assert_eq!(whole(0)["consent"], Value::Null);
}

#[test]
fn a_browser_gets_a_page_or_is_sent_where_the_owner_says() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let browser = |n: u8| {
        post(
            &form.path,
            "application/x-www-form-urlencoded",
            &format!("nama=Budi&n={n}&next=https%3A%2F%2Fevil.example"),
        )
        .header("Accept", "text/html,application/xhtml+xml")
        .header("Sec-Fetch-Mode", "navigate")
    };
    let page = shop.server.ask(&browser(1).header("Accept-Language", "id-ID,id;q=0.9"));
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(page.text().contains("Terima kasih"), "{}", page.text());
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert!(shop.server.ask(&browser(2)).text().contains("Thank you"));
    shop.patch(
        &format!("/forms/{}", form.id),
        json!({ "redirect": "https://www.kopi.id/terima-kasih" }),
    );
    let sent_on = shop.server.ask(&browser(3));
    assert_eq!(
        (sent_on.status, sent_on.header("location")),
        (303, Some("https://www.kopi.id/terima-kasih"))
    );
    let tool = shop
        .server
        .ask(&post(&form.path, "application/json", r#"{"nama":"Budi","n":4}"#));
    assert_eq!(tool.status, 200, "a tool is not sent anywhere");
    let empty = shop
        .server
        .ask(&post(&form.path, "application/x-www-form-urlencoded", "nama=").header("Accept", "text/html"));
    assert_eq!(
        (empty.status, empty.header("content-type")),
        (422, Some("text/html; charset=utf-8"))
    );
}

#[test]
fn scripts_of_other_pages_may_post_too() {
    let shop = Shop::with(1, &[]);
    let form = add_form(&shop, json!({}));
    let asked = shop.server.ask(
        &get(&form.path)
            .method("OPTIONS")
            .header("Origin", "https://www.kopi.id"),
    );
    assert_eq!(
        (asked.status, asked.header("access-control-allow-origin")),
        (204, Some("*"))
    );
    let posted = post(&form.path, "application/json", r#"{"nama":"Budi"}"#).header("Origin", "https://www.kopi.id");
    let posted = shop.server.ask(&posted);
    assert_eq!(
        (posted.status, posted.header("access-control-allow-origin")),
        (200, Some("*"))
    );
    assert_eq!(posted.header("access-control-allow-credentials"), None);
}

#[test]
fn a_form_reaches_its_own_workspace_only() {
    let shop = Shop::with(1, &[]);
    let visitor = visit(&shop, 0);
    let real = token(&shop, &visitor);
    let (_, key) = shop::add_workspace(shop.data(), "Toko Sebelah");
    let form = shop.server.api(&key, "POST", "/forms", Some(&json!({ "name": "x" })));
    let url = form["url"].as_str().unwrap();
    let path = &url[url.find("/hooks/").unwrap()..];
    let body = json!({ "konektor_visitor": real, "kode": visitor.code, "nama": "Penipu", "hp": "081234567890" });
    let answer = shop.server.ask(&post(path, "application/json", &body.to_string()));
    assert_eq!(answer.status, 200);
    assert_eq!(shop.get(&format!("/leads/{}", visitor.code))["name_source"], "auto");
    let theirs = shop.server.api(&key, "GET", "/leads", None);
    assert_eq!(theirs["items"].as_array().unwrap().len(), 1);
}
