//! What form tools post, from bytes to what it says of a person.

use super::{Answers, Mapping, Payload, body, guess, sample::sample};
use crate::phone::Phone;
use proptest::prelude::*;
use rstest::rstest;

/// A fixture's content type and body, as the tool would send them.
fn post(fixture: &str) -> (String, Vec<u8>) {
    let (head, body) = fixture.split_once("\n\n").unwrap();
    let kind = head.strip_prefix("Content-Type: ").unwrap();
    let body = body.strip_suffix('\n').unwrap_or(body).replace("@visitor@", TOKEN);
    let body = if kind.starts_with("multipart") {
        body.replace('\n', "\r\n") + "\r\n"
    } else {
        body
    };
    (kind.to_owned(), body.into_bytes())
}

const TOKEN: &str = "kv1.ABC1234.29782200.1.yM9nFlOa5_kq0aZ1xYbC2A";

fn read(fixture: &str) -> (Payload, Mapping, Answers) {
    let (kind, body) = post(fixture);
    let payload = body::read(Some(&kind), &body).unwrap().payload;
    let mapping = guess(&payload);
    let answers = mapping.read(&payload);
    (payload, mapping, answers)
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../tests/fixtures/forms/", $name, ".http"))
    };
}

#[rstest]
#[case::google_forms(fixture!("google_forms"), Some("Saya setuju dihubungi lewat WhatsApp"), &[("Pilih kelas", "Latte art, Seduh manual")])]
#[case::elementor(fixture!("elementor"), Some("Saya setuju dengan kebijakan privasi"), &[("Pesan", "Mau tanya harga grosir")])]
#[case::elementor_advanced(fixture!("elementor_advanced"), None, &[("Pesan", "Mau tanya harga grosir")])]
#[case::wpforms(fixture!("wpforms"), Some("Saya setuju data saya disimpan"), &[("company_name", "PT Kopi Nusantara"), ("message", "Mau tanya harga grosir")])]
#[case::contact_form_7(fixture!("contact_form_7"), Some("acceptance-1"), &[("your-subject", "Harga grosir")])]
#[case::typeform(fixture!("typeform"), Some("Kami boleh menghubungi kamu, setuju?"), &[("utm_source", "ig"), ("Kelas mana yang kamu minati?", "Latte art, Seduh manual"), ("Berapa cangkir sehari?", "3")])]
#[case::tally(fixture!("tally"), Some("Saya setuju dihubungi lewat WhatsApp"), &[("Kelas", "Latte art"), ("Kebijakan (Saya setuju dihubungi lewat WhatsApp)", "true"), ("Bukti transfer", "https://storage.example/bukti.png")])]
#[case::jotform(fixture!("jotform"), Some("Saya setuju dihubungi lewat WhatsApp"), &[("q6_kelas", "Latte art, Seduh manual")])]
#[case::meta_lead_ads(fixture!("meta_lead_ads"), None, &[("kota_tinggal?", "Bandung")])]
#[case::html(fixture!("html"), Some("setuju"), &[("kota", "Bandung")])]
fn the_fixture_of_each_tool_is_understood_without_a_mapping(
    #[case] fixture: &str,
    #[case] consent: Option<&str>,
    #[case] fields: &[(&str, &str)],
) {
    let (_, mapping, answers) = read(fixture);
    assert_eq!(answers.name.as_deref(), Some("Siti Rahmawati"), "{mapping:?}");
    assert_eq!(answers.email.as_deref(), Some("siti@contoh.id"), "{mapping:?}");
    let phone = Phone::parse(answers.phone.as_deref().unwrap(), "ID").unwrap();
    assert_eq!(phone.digits(), "6281234567890", "{mapping:?}");
    assert_eq!(answers.visitor.as_deref(), Some(TOKEN), "{mapping:?}");
    assert_eq!(answers.code, None, "{mapping:?}");
    // Google's answer has words of its own, but too few to stand alone.
    let google = Some("Ya, saya setuju");
    assert!(
        answers.consent.as_deref() == consent || answers.consent.as_deref() == google,
        "{mapping:?} {answers:?}"
    );
    let found: Vec<_> = answers
        .fields
        .iter()
        .map(|(label, value)| (label.as_str(), value.as_str()))
        .collect();
    assert_eq!(found, fields);
}

#[rstest]
#[case::english("Full name=Budi&Phone number=0812 3456 7890&Email address=b@x.id", ["Full name", "Phone number", "Email address"])]
#[case::indonesian("Nama lengkap Anda=Budi&No. HP / WA=081234567890&Surel=b@x.id", ["Nama lengkap Anda", "No. HP / WA", "Surel"])]
#[case::camel("yourName=Budi&waNumber=+6281234567890&emailAddress=b@x.id", ["yourName", "waNumber", "emailAddress"])]
#[case::company_first("company_name=PT A&nama_toko=B&nama=Budi&order no=12345678&hp=081234567890&email=b@x.id", ["nama", "hp", "email"])]
#[case::by_what_it_looks_like("name=Budi&field_2=+62 812 3456 7890&field_3=b@x.id", ["name", "field_2", "field_3"])]
#[case::in_two_parts("first_name=Budi&last_name=Santoso&mobile=081234567890&e-mail=b@x.id", ["first_name + last_name", "mobile", "e-mail"])]
#[case::not_answered("nama=&telepon=&email=&pesan=Halo", ["nama", "telepon", "email"])]
fn questions_are_understood_in_english_and_indonesian(#[case] form: &str, #[case] expected: [&str; 3]) {
    let pairs = form.split('&').map(|pair| pair.split_once('=').unwrap());
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let payload = Payload::of_pairs(pairs.collect()).unwrap();
    let mapping = guess(&payload);
    let found = [mapping.name, mapping.phone, mapping.email].map(Option::unwrap_or_default);
    assert_eq!(found, expected);
}

#[rstest]
#[case("Kode=ABC1234", Some("Kode"))]
#[case("kode_pengunjung=", Some("kode_pengunjung"))]
#[case("Visitor code=[7qk3m9d]", Some("Visitor code"))]
// One in fourteen has no digit.
#[case("visitor_code=TQKWMHD", Some("visitor_code"))]
#[case("Kode=JAKARTA", None)]
#[case("kode pos=4013412", None)]
#[case("Kode promo=LEBARAN", None)]
#[case("kode=halo", None)]
#[case("pesan=ABC1234", None)]
fn a_visitor_code_is_told_from_other_codes(#[case] pair: &str, #[case] expected: Option<&str>) {
    let (name, value) = pair.split_once('=').unwrap();
    let pairs = vec![(name.to_owned(), value.to_owned()), ("x".to_owned(), "y".to_owned())];
    assert_eq!(guess(&Payload::of_pairs(pairs).unwrap()).code.as_deref(), expected);
}

#[rstest]
#[case("on", Some("Setuju"))]
#[case("true", Some("Setuju"))]
#[case("Ya", Some("Setuju"))]
#[case("Saya setuju dihubungi", Some("Saya setuju dihubungi"))]
#[case("false", None)]
#[case("0", None)]
#[case("Tidak", None)]
#[case("", None)]
fn consent_is_a_tick_with_its_wording(#[case] value: &str, #[case] expected: Option<&str>) {
    let pairs = [("Setuju", value), ("nama", "Budi")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let payload = Payload::of_pairs(pairs.to_vec()).unwrap();
    assert_eq!(guess(&payload).read(&payload).consent.as_deref(), expected);
}

#[rstest]
#[case("data.fields.Nama", Some("Budi"))]
#[case("data.fields.0.value", None)]
#[case("data.fields.0", Some("Budi"))]
#[case("data.other.a.b", Some("1"))]
#[case("data.list", Some("x, y"))]
#[case("data.fields.Nama + data.other.a.b", Some("Budi 1"))]
#[case("data.nothing", None)]
fn a_path_goes_through_objects_lists_and_labels(#[case] path: &str, #[case] expected: Option<&str>) {
    let json = r#"{"data":{"fields":[{"label":"Nama","value":"Budi"}],"other":{"a":{"b":1}},"list":["x","y"]}}"#;
    let payload = Payload::of_json(json).unwrap();
    let mapping = Mapping {
        name: Some(path.to_owned()),
        ..Mapping::default()
    };
    assert_eq!(mapping.read(&payload).name.as_deref(), expected);
}

#[test]
fn a_mapping_by_hand_is_followed_and_holes_are_filled_only_by_what_is_free() {
    let payload = Payload::of_json(r#"{"a":"Budi","b":"081234567890","email":"b@x.id"}"#).unwrap();
    let by_hand = Mapping {
        name: Some("a".to_owned()),
        code: Some("email".to_owned()),
        ..Mapping::default()
    };
    let filled = by_hand.clone().filled_by(guess(&payload));
    assert_eq!(filled.name.as_deref(), Some("a"));
    assert_eq!(filled.phone.as_deref(), Some("b"));
    assert_eq!(filled.email, None, "it is the code's already");
}

#[test]
fn a_sample_of_each_fixture_holds_no_whole_person() {
    for fixture in [
        fixture!("typeform"),
        fixture!("jotform"),
        fixture!("html"),
        fixture!("meta_lead_ads"),
    ] {
        let (payload, ..) = read(fixture);
        let text = format!("{:?}", sample(&payload));
        for private in ["Rahmawati", "siti@", "34567890", "3456 7890", TOKEN] {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }
}

proptest! {
    #[test]
    fn guessing_never_panics_and_uses_no_field_twice(
        fields in proptest::collection::vec(("(nama|name|hp|phone|email|kode|code|setuju|\\PC{0,6}| ){1,4}", "\\PC{0,20}|08[0-9]{9}|[a-z]@b\\.id"), 1..12),
    ) {
        let Ok(payload) = Payload::of_pairs(fields) else { return Ok(()) };
        let mapping = guess(&payload);
        let _ = (mapping.read(&payload), sample(&payload));
        let six = [mapping.name, mapping.phone, mapping.email, mapping.visitor, mapping.code, mapping.consent];
        let used: Vec<_> = six.into_iter().flatten().collect();
        let mut distinct = used.clone();
        distinct.sort();
        distinct.dedup();
        prop_assert_eq!(used.len(), distinct.len());
    }

    #[test]
    fn any_json_is_safe_to_read(json in "[\\[\\]{}\",:a-z0-9 \\\\]{0,80}") {
        let _ = Payload::of_json(&json).map(|payload| guess(&payload).read(&payload));
    }
}
