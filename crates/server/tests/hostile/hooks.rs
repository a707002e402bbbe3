//! Broken posts of form tools and of WhatsApp.

use super::{
    request::Parts,
    target::{APP_SECRET, Target},
};
use crate::common::random::Random;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What tools send, from the fixtures of core.
const FORMS: &[&str] = &[
    include_str!("../../../core/tests/fixtures/forms/contact_form_7.http"),
    include_str!("../../../core/tests/fixtures/forms/elementor.http"),
    include_str!("../../../core/tests/fixtures/forms/google_forms.http"),
    include_str!("../../../core/tests/fixtures/forms/html.http"),
    include_str!("../../../core/tests/fixtures/forms/jotform.http"),
    include_str!("../../../core/tests/fixtures/forms/meta_lead_ads.http"),
    include_str!("../../../core/tests/fixtures/forms/tally.http"),
    include_str!("../../../core/tests/fixtures/forms/typeform.http"),
    include_str!("../../../core/tests/fixtures/forms/wpforms.http"),
];
const NOTIFICATIONS: &[&str] = &[
    include_str!("../../../core/tests/fixtures/whatsapp/from_ad.json"),
    include_str!("../../../core/tests/fixtures/whatsapp/media_and_unknown.json"),
    include_str!("../../../core/tests/fixtures/whatsapp/statuses.json"),
    include_str!("../../../core/tests/fixtures/whatsapp/text.json"),
    include_str!("../../../core/tests/fixtures/whatsapp/without_phone.json"),
];

/// A post to a form's hook.
pub fn form(random: &mut Random, target: &Target) -> Parts {
    let (head, body) = random.pick(FORMS).split_once("\n\n").expect("a head and a body");
    let kind = head.strip_prefix("Content-Type: ").expect("a type");
    let body = body.trim_end_matches('\n').replace("@visitor@", &target.visitor_code);
    let body = match kind.starts_with("multipart") {
        true => body.replace('\n', "\r\n") + "\r\n",
        false => body,
    };
    let hook = &target.form_hooks[usize::from(random.below(4) == 0)];
    let parts = Parts::post(hook.as_bytes(), kind, body).with("User-Agent", "FormTool/1.0");
    match random.below(4) {
        0 => parts.with("X-Konektor-Signature", "t=1,v1=00"),
        1 => parts
            .with("Webhook-Id", "m1")
            .with("Webhook-Timestamp", "99999999999")
            .with("Webhook-Signature", "v1,AA=="),
        _ => parts,
    }
}

/// A post to WhatsApp's hook. It is signed once it is broken: who has the secret can sign anything.
pub fn whatsapp(random: &mut Random, target: &Target) -> Parts {
    let body = random.pick(NOTIFICATIONS).replace("@code@", &target.visitor_code);
    Parts::post(target.whatsapp_hook.as_bytes(), "application/json", body)
}

/// Signs what has become of a notification.
pub fn sign(parts: Parts) -> Parts {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key");
    mac.update(&parts.body);
    let tag = mac.finalize().into_bytes();
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    parts.with("X-Hub-Signature-256", format!("sha256={hex}"))
}
