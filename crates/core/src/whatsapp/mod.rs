//! What WhatsApp's Cloud API posts: notifications of messages, of which the visitor code, the sender's identity and the ad
//! behind them matter here. Statuses, media and whatever is new are counted and left alone.
//!
//! Shapes: developers.facebook.com/docs/whatsapp/cloud-api/webhooks. Since 2026 a sender may be known by a business-scoped
//! user id alone, without a phone number. Read leniently: a field that is missing or of another type is not there.

use crate::{identity::code::VisitorCode, message::clean, phone::Phone};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// Messages of one notification that are looked at; Meta sends at most 1,000 changes.
const MESSAGES_MAX: usize = 1_000;
/// Longest id.
const ID_MAX_CHARS: usize = 200;
/// Longest text that a code is looked for in, in characters.
const TEXT_MAX_CHARS: usize = 1_024;
/// Longest click ID.
const CLICK_ID_MAX_CHARS: usize = 1_024;

/// What a notification holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// Messages, in their order.
    pub messages: Vec<Message>,
    /// Notices that a message of ours was sent, delivered or read.
    pub statuses: usize,
    /// Changes of other fields, and messages that cannot be read.
    pub others: usize,
}

/// A message that somebody wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// WhatsApp's id of it: the same message again has the same.
    pub id: String,
    /// The number of the business that it was written to.
    pub phone_number_id: String,
    /// Who wrote it.
    pub sender: Sender,
    /// Its text or caption, in one line; empty for others.
    pub text: String,
    /// The ad that it came from.
    pub referral: Option<Referral>,
}

/// Who wrote a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// The business-scoped user id: the same person has another with another business.
    pub user_id: Option<String>,
    /// The WhatsApp id, which is the digits of the phone number.
    pub wa_id: Option<String>,
    /// The name of the profile.
    pub name: Option<String>,
}

/// An ad that opened the chat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referral {
    /// The click ID of an ad that clicks to WhatsApp.
    pub ctwa_clid: Option<String>,
    /// The id of the ad or post.
    pub source_id: Option<String>,
    /// Its address.
    pub source_url: Option<String>,
    /// Its headline.
    pub headline: Option<String>,
}

impl Sender {
    /// What the person is known by: the scoped id, which stays when a number changes, else the WhatsApp id.
    pub fn identity(&self) -> Option<&str> {
        self.user_id.as_deref().or(self.wa_id.as_deref())
    }

    /// The phone number, if it was sent.
    pub fn phone(&self) -> Option<Phone> {
        Phone::from_stored(self.wa_id.as_deref()?)
    }
}

impl Message {
    /// The visitor code in its text.
    pub fn code(&self) -> Option<VisitorCode> {
        VisitorCode::find_in(&self.text)
    }
}

/// Reads a notification; `None` for what is none.
pub fn read(body: &[u8]) -> Option<Notification> {
    let body: Value = serde_json::from_slice(body).ok()?;
    if body.get("object").and_then(Value::as_str) != Some("whatsapp_business_account") {
        return None;
    }
    let mut notification = Notification::default();
    for change in list(&body, "entry").iter().flat_map(|entry| list(entry, "changes")) {
        let value = change.get("value").unwrap_or(&Value::Null);
        if change.get("field").and_then(Value::as_str) != Some("messages") {
            notification.others += 1;
            continue;
        }
        notification.statuses += list(value, "statuses").len();
        for message in list(value, "messages") {
            match read_message(value, message) {
                Some(message) if notification.messages.len() < MESSAGES_MAX => notification.messages.push(message),
                _ => notification.others += 1,
            }
        }
    }
    Some(notification)
}

/// Whether `X-Hub-Signature-256` is of these bytes, under the app's secret. In constant time.
pub fn is_signed(app_secret: &str, header: Option<&str>, body: &[u8]) -> bool {
    let Some(hex) = header.and_then(|header| header.strip_prefix("sha256=")) else {
        return false;
    };
    let Some(tag) = from_hex(hex) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    mac.verify_slice(&tag).is_ok()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut tag = [0; 32];
    for (byte, digits) in tag.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(tag)
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, path: &str, most: usize) -> Option<String> {
    let text = value.pointer(path)?.as_str()?;
    let text: String = clean(text).take(most).collect();
    (!text.is_empty()).then_some(text)
}

fn read_message(value: &Value, message: &Value) -> Option<Message> {
    let id = |path| text(message, path, ID_MAX_CHARS);
    let (user_id, wa_id) = (id("/from_user_id"), id("/from"));
    // The contact of this sender; where there is only one it is.
    let contacts = list(value, "contacts");
    let is_theirs = |contact: &&Value| {
        let has = |path, own: &Option<String>| own.is_some() && text(contact, path, ID_MAX_CHARS) == *own;
        has("/user_id", &user_id) || has("/wa_id", &wa_id)
    };
    let contact = contacts.iter().find(is_theirs).or(match contacts {
        [only] => Some(only),
        _ => None,
    });
    let of_contact = |path, most| contact.and_then(|contact| text(contact, path, most));
    let sender = Sender {
        user_id: user_id.or_else(|| of_contact("/user_id", ID_MAX_CHARS)),
        wa_id: wa_id.or_else(|| of_contact("/wa_id", ID_MAX_CHARS)),
        name: of_contact("/profile/name", crate::lead::NAME_MAX_CHARS),
    };
    sender.identity()?;
    const TEXTS: [&str; 9] = [
        "/text/body",
        "/button/text",
        "/interactive/button_reply/title",
        "/interactive/list_reply/title",
        "/image/caption",
        "/video/caption",
        "/document/caption",
        "/request_welcome/text",
        "/order/text",
    ];
    let said = TEXTS.iter().find_map(|path| text(message, path, TEXT_MAX_CHARS));
    let referral = message.get("referral").filter(|referral| referral.is_object());
    Some(Message {
        id: id("/id")?,
        phone_number_id: text(value, "/metadata/phone_number_id", ID_MAX_CHARS)?,
        sender,
        text: said.unwrap_or_default(),
        referral: referral.map(|referral| Referral {
            ctwa_clid: text(referral, "/ctwa_clid", CLICK_ID_MAX_CHARS),
            source_id: text(referral, "/source_id", ID_MAX_CHARS),
            source_url: text(referral, "/source_url", CLICK_ID_MAX_CHARS),
            headline: text(referral, "/headline", ID_MAX_CHARS),
        }),
    })
}

#[cfg(test)]
mod tests;
