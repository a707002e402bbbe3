//! The words that questions are asked with, in English and Indonesian.

use super::payload::Answer;

/// The words of a question: `q4_emailAddress` is `email`, `address`.
pub(super) fn words(label: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in label.chars() {
        let starts = c.is_uppercase() && before.is_lowercase();
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("it is never empty").extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether one of the words is among these.
pub(super) fn has(words: &[String], known: &[&str]) -> bool {
    words.iter().any(|word| known.contains(&word.as_str()))
}

/// E-mail addresses.
pub(super) const EMAIL: &[&str] = &["email", "emails", "mail", "surel", "imel", "gmail"];
/// Phone numbers.
pub(super) const PHONE: &[&str] = &[
    "phone",
    "telephone",
    "telepon",
    "telpon",
    "telfon",
    "telp",
    "tlp",
    "tel",
    "hp",
    "nohp",
    "handphone",
    "hape",
    "whatsapp",
    "wa",
    "nowa",
    "ponsel",
    "mobile",
    "cell",
    "cellphone",
    "seluler",
    "phonenumber",
    "wanumber",
];
/// What may be a phone number.
pub(super) const NUMBER: &[&str] = &["no", "nomor", "nomer", "number", "contact", "kontak"];
/// Numbers that are none.
pub(super) const OTHER_NUMBERS: &[&str] = &[
    "order",
    "pesanan",
    "invoice",
    "faktur",
    "id",
    "ktp",
    "nik",
    "npwp",
    "rekening",
    "account",
    "ip",
    "zip",
    "pos",
    "postal",
    "umur",
    "age",
    "usia",
    "date",
    "tanggal",
    "time",
    "timestamp",
    "resi",
    "qty",
    "jumlah",
    "quantity",
    "budget",
    "anggaran",
    "price",
    "harga",
    "agent",
    "score",
];
/// Names of people.
pub(super) const NAME: &[&str] = &[
    "name",
    "nama",
    "names",
    "fullname",
    "namalengkap",
    "namaanda",
    "yourname",
];
/// The whole name.
pub(super) const FULL: &[&str] = &["full", "lengkap", "fullname", "namalengkap"];
/// Of the person who answers.
pub(super) const YOUR: &[&str] = &[
    "your",
    "anda",
    "kamu",
    "kak",
    "bapak",
    "customer",
    "pelanggan",
    "contact",
    "lead",
];
/// First names.
pub(super) const FIRST: &[&str] = &[
    "first",
    "depan",
    "given",
    "firstname",
    "namadepan",
    "panggilan",
    "nickname",
];
/// Last names.
pub(super) const LAST: &[&str] = &[
    "last",
    "belakang",
    "family",
    "surname",
    "lastname",
    "namabelakang",
    "keluarga",
];
/// Names of other things.
pub(super) const OTHER_NAMES: &[&str] = &[
    "company",
    "perusahaan",
    "usaha",
    "toko",
    "form",
    "user",
    "username",
    "file",
    "domain",
    "product",
    "produk",
    "barang",
    "page",
    "halaman",
    "event",
    "acara",
    "campaign",
    "ad",
    "adset",
    "adgroup",
    "site",
    "website",
    "business",
    "bisnis",
    "brand",
    "host",
    "ibu",
    "mother",
    "ayah",
    "father",
    "school",
    "sekolah",
    "kota",
    "city",
    "kode",
    "code",
    "workspace",
    "survey",
    "course",
    "kelas",
    "package",
    "paket",
    "platform",
    "referrer",
    "pet",
    "anak",
    "child",
];
/// Visitor codes.
pub(super) const CODE: &[&str] = &["code", "kode"];
/// Of a visitor.
pub(super) const VISITOR: &[&str] = &[
    "visitor",
    "pengunjung",
    "konektor",
    "unik",
    "lead",
    "chat",
    "wa",
    "whatsapp",
];
/// Codes of other things.
pub(super) const OTHER_CODES: &[&str] = &[
    "pos", "postal", "zip", "promo", "voucher", "kupon", "coupon", "referral", "referal", "country", "negara", "area",
    "discount", "diskon", "otp", "barang", "product", "produk", "dial", "currency",
];
/// Consent.
pub(super) const CONSENT: &[&str] = &[
    "consent",
    "setuju",
    "persetujuan",
    "menyetujui",
    "disetujui",
    "agree",
    "agreement",
    "gdpr",
    "acceptance",
    "bersedia",
    "izin",
    "mengizinkan",
    "optin",
    "accept",
    "privacy",
    "privasi",
    "terms",
];
/// Answers to a consent that do not give it.
pub(super) const NOT_GIVEN: &[&str] = &[
    "",
    "0",
    "no",
    "false",
    "off",
    "n",
    "none",
    "null",
    "tidak",
    "nggak",
    "gak",
    "belum",
    "unchecked",
    "disagree",
    "tidak setuju",
    "no, i do not agree",
];

/// What tools send along about the form and the request, by the beginning of the path, lower-cased.
const ABOUT_THE_FORM: &[&str] = &[
    "_",
    "form_id",
    "formid",
    "form_name",
    "formname",
    "form_title",
    "formtitle",
    "post_id",
    "page_url",
    "page_title",
    "page_id",
    "referer_title",
    "referrer",
    "queried_id",
    "remote_ip",
    "ip",
    "user_agent",
    "useragent",
    "powered_by",
    "powered by",
    "user agent",
    "page url",
    "remote ip",
    "date",
    "time",
    "submissionid",
    "submission_id",
    "entry_id",
    "entryid",
    "event_id",
    "eventid",
    "event_type",
    "eventtype",
    "webhookurl",
    "username",
    "slug",
    "pretty",
    "rawrequest.slug",
    "rawrequest.jsexecutiontracker",
    "rawrequest.submitsource",
    "rawrequest.builddate",
    "rawrequest.event_id",
    "rawrequest.timetosubmit",
    "rawrequest.path",
    "rawrequest.uploadserverurl",
    "rawrequest.validatednewrequiredfieldids",
    "type",
    "customparams",
    "action",
    "nonce",
    "token",
    "g-recaptcha-response",
    "h-captcha-response",
    "cf-turnstile-response",
    "created_at",
    "createdat",
    "created_time",
    "submitted_at",
    "timestamp",
    "responseid",
    "response_id",
    "formurl",
    "leadgen_id",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "adgroup_id",
    "campaign_id",
    "campaign_name",
    "page_name",
    "is_organic",
    "platform",
    "id",
    "submit",
    "btn",
    "redirect",
];

/// Whether a field is about the form and not from whom filled it in.
pub(super) fn is_about_the_form(answer: &Answer) -> bool {
    let path = answer.path.to_lowercase();
    ABOUT_THE_FORM.contains(&path.as_str())
        || path.starts_with('_')
        || path.starts_with("meta.")
        || path.starts_with("form.")
}
