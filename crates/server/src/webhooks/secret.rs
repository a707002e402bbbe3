//! The secret of a webhook and what is signed with it, as the Standard Webhooks specification says.

use crate::{
    app::App,
    seal::{SealError, Sealer},
    secrets,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use konektor_core::{ids::WebhookId, time::UnixMs, webhook::MessageId};
use konektor_store::model::Webhook;
use sha2::Sha256;

/// What a secret begins with, where people see it.
const PREFIX: &str = "whsec_";
/// The specification wants 24 to 64.
const BYTES: usize = 32;

/// A secret. It cannot be printed by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one.
    pub fn make() -> Self {
        Self(secrets::random::<BYTES>().to_vec())
    }

    /// As it is shown once: `whsec_` and base64.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    /// As the database keeps it.
    pub fn seal(&self, sealer: &Sealer, id: WebhookId) -> Vec<u8> {
        sealer.seal(&seal_row(id), &self.0)
    }

    fn open(sealer: &Sealer, id: WebhookId, sealed: &[u8]) -> Result<Self, SealError> {
        sealer.open(&seal_row(id), sealed).map(Self)
    }

    /// The signature of a message: `v1,` and base64.
    fn sign(&self, id: &MessageId, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body.as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// The row for which a webhook's secrets are sealed.
pub fn seal_row(id: WebhookId) -> String {
    format!("webhooks/{id}")
}

/// The secrets of a webhook: the newest, and the one before it until its time is over.
#[derive(Clone)]
pub struct Secrets {
    newest: Secret,
    previous: Option<(Secret, UnixMs)>,
}

impl Secrets {
    /// Opens them. The previous one is not worth an error.
    pub fn open(app: &App, webhook: &Webhook) -> Result<Self, SealError> {
        let fields = &webhook.fields;
        let open = |sealed: &[u8]| Secret::open(&app.sealer, webhook.id, sealed);
        let previous = fields.previous.as_ref();
        Ok(Self {
            newest: open(&fields.secret)?,
            previous: previous.and_then(|previous| Some((open(&previous.sealed).ok()?, previous.until))),
        })
    }

    /// The headers of an attempt at `now`. During a rotation there are two signatures, and receivers take either.
    pub fn headers(&self, id: &MessageId, body: &str, now: UnixMs) -> [(&'static str, String); 3] {
        let timestamp = now.0.div_euclid(1_000);
        let mut signatures = self.newest.sign(id, timestamp, body);
        if let Some((previous, until)) = &self.previous
            && now < *until
        {
            signatures.push(' ');
            signatures += &previous.sign(id, timestamp, body);
        }
        [
            ("webhook-id", id.to_string()),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signatures),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret(BASE64_STANDARD.decode(text.strip_prefix(PREFIX).unwrap()).unwrap())
    }

    #[test]
    fn a_signature_is_the_specifications_example() {
        let secret = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let id = MessageId::stored("msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned());
        assert_eq!(
            secret.sign(&id, 1_614_265_330, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn both_secrets_sign_until_the_old_ones_time_is_over() {
        let (new, old) = (Secret::make(), Secret::make());
        let secrets = Secrets {
            newest: new.clone(),
            previous: Some((old.clone(), UnixMs(10_000))),
        };
        let id = MessageId::of_test(1);
        let [_, (_, timestamp), (_, both)] = secrets.headers(&id, "{}", UnixMs(9_999));
        assert_eq!(timestamp, "9");
        assert_eq!(both, format!("{} {}", new.sign(&id, 9, "{}"), old.sign(&id, 9, "{}")));
        let [_, _, (_, one)] = secrets.headers(&id, "{}", UnixMs(10_000));
        assert_eq!(one, new.sign(&id, 10, "{}"));
    }

    #[test]
    fn a_secret_has_enough_of_chance_and_the_form_that_libraries_want() {
        let text = Secret::make().reveal();
        assert_eq!(secret(&text).0.len(), BYTES);
        assert_ne!(text, Secret::make().reveal());
    }
}
