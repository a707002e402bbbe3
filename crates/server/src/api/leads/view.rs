//! A lead as the API shows it.

use super::TouchView;
use crate::api::{
    page::Page,
    time::Time,
    words::{InAppWord, NameSourceWord, StatusWord, TrackingStatusWord},
};
use konektor_core::{
    identity::code::CodeKey,
    lead::{Amount, NameSource, Status, TrackingStatus, auto_name},
    user_agent::{self, InApp, UserAgent},
};
use konektor_store::model::Lead;
use serde::Serialize;
use utoipa::ToSchema;

/// A person who clicked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lead)]
pub struct LeadView {
    /// Its id.
    #[schema(example = "34359738368")]
    id: String,
    /// Its visitor code, which stands in the WhatsApp text and addresses the lead as well.
    #[schema(example = "7QK3M9D")]
    code: String,
    /// Its name; `Visitor [CODE]` until somebody gives one.
    #[schema(example = "Visitor [7QK3M9D]")]
    name: String,
    /// Who or what named it.
    #[schema(value_type = NameSourceWord)]
    name_source: NameSource,
    /// How far it has come.
    #[schema(value_type = StatusWord)]
    status: Status,
    /// Digits of its number, country code first.
    #[schema(required, example = "6281234567890")]
    phone: Option<String>,
    /// Its e-mail address.
    #[schema(required)]
    email: Option<String>,
    /// The agent whose lead it is.
    #[schema(required, example = "3")]
    agent_id: Option<String>,
    /// The rotator that it first came by; `null` if it never clicked.
    #[schema(required, example = "7")]
    rotator_id: Option<String>,
    /// What it is worth, in `currency`.
    #[schema(required, value_type = Option<f64>, example = 150_000)]
    value: Option<Amount>,
    /// ISO 4217.
    #[schema(required, example = "IDR")]
    currency: Option<String>,
    /// Free text.
    #[schema(required)]
    notes: Option<String>,
    /// When its chat started, as far as that was told: by a CS, by a message that came through WhatsApp's Cloud API, or by a
    /// status beyond `new` other than `lost`.
    #[schema(required)]
    arrived_at: Option<Time>,
    /// Who or what told it: `user:1`, `link:4`, `key:3`, `whatsapp`.
    #[schema(required, example = "user:1")]
    arrived_by: Option<String>,
    /// Its counted clicks.
    click_count: u32,
    /// Where it first came from. Never changes. Of a lead that never clicked the layer is `direct`.
    first_touch: TouchView,
    /// Where it last came from.
    last_touch: TouchView,
    /// Its first click, or when it was made.
    first_seen: Time,
    /// Its latest click, or when it was made.
    last_seen: Time,
    /// Address of the latest click, as all that follows.
    #[schema(required, example = "203.0.113.7")]
    ip: Option<String>,
    /// Country by GeoIP, ISO 3166-1 alpha-2.
    #[schema(required, example = "ID")]
    country: Option<String>,
    /// Region by GeoIP.
    #[schema(required)]
    region: Option<String>,
    /// City by GeoIP.
    #[schema(required)]
    city: Option<String>,
    /// IANA time zone, where it could be told.
    #[schema(required, example = "Asia/Jakarta")]
    time_zone: Option<String>,
    /// Languages as the browser prefers them.
    #[schema(required, example = "id-ID,id;q=0.9")]
    language: Option<String>,
    /// Make and model.
    #[schema(required, example = "Samsung SM-A155F")]
    device: Option<String>,
    /// System and version.
    #[schema(required, example = "Android 13")]
    os: Option<String>,
    /// Browser and version.
    #[schema(required, example = "Chrome 142")]
    browser: Option<String>,
    /// The app whose in-app browser it was.
    #[schema(required, value_type = Option<InAppWord>)]
    in_app: Option<InApp>,
    /// What the ad platforms know of it.
    #[schema(value_type = TrackingStatusWord)]
    tracking_status: TrackingStatus,
    /// `shared_link`: came by a link that another browser had opened before. `pinned`: an agent was chosen by hand.
    /// `unverified`: a form that proved nothing but its code said something of it. `reused_code`: used a code that was bound
    /// to somebody else. `merged`: other leads were merged into it.
    #[schema(example = json!(["shared_link"]))]
    flags: Vec<&'static str>,
}

/// A page of the list.
pub type LeadPage = Page<LeadView>;

impl LeadView {
    /// Shows a lead of the workspace whose code key this is.
    pub fn new(lead: Lead, key: &CodeKey) -> Self {
        let code = key.code(lead.id.number).to_string();
        let (name, name_source) = lead.name.unwrap_or_else(|| (auto_name(&code), NameSource::Auto));
        let last_seen = lead.last.as_ref().map_or(lead.created_at, |last| last.at);
        let rotator = lead.first.as_ref().map(|first| first.rotator);
        let last = lead.last.map(|last| last.facts);
        let UserAgent {
            device,
            os,
            browser,
            in_app,
        } = last
            .as_ref()
            .map(|last| user_agent::parse(&last.ua))
            .unwrap_or_default();
        let flags = [
            (lead.shared_link, "shared_link"),
            (lead.pinned, "pinned"),
            (lead.unverified, "unverified"),
            (lead.reused_code, "reused_code"),
            (lead.merged, "merged"),
        ];
        let place = last.as_ref();
        let (ip, country) = (place.and_then(|last| last.ip), place.and_then(|last| last.cc));
        let (region, city) = (
            place.and_then(|last| last.region.clone()),
            place.and_then(|last| last.city.clone()),
        );
        let time_zone = place.and_then(|last| last.tz.clone());
        let language = place.map(|last| last.lang.clone());
        let first_touch = lead.first.map(|first| first.facts.touch).unwrap_or_default();
        let last_touch = last.map(|last| last.touch).unwrap_or_default();
        Self {
            id: lead.id.packed().to_string(),
            code,
            name,
            name_source,
            status: lead.status,
            phone: lead.phone,
            email: lead.email,
            agent_id: lead.agent.map(|id| id.to_string()),
            rotator_id: rotator.map(|id| id.to_string()),
            value: lead.value.and_then(amount),
            currency: lead.currency,
            notes: lead.notes,
            arrived_at: lead.arrival.as_ref().map(|arrival| Time(arrival.at)),
            arrived_by: lead.arrival.map(|arrival| arrival.by),
            click_count: lead.click_count,
            first_touch: first_touch.into(),
            last_touch: last_touch.into(),
            first_seen: Time(lead.created_at),
            last_seen: Time(last_seen),
            ip: ip.map(|address| address.to_string()),
            country: country.map(String::from),
            region,
            city,
            time_zone: time_zone.map(Into::into),
            language: language.filter(|language| !language.is_empty()),
            device,
            os,
            browser,
            in_app,
            tracking_status: lead.tracking,
            flags: flags
                .into_iter()
                .filter_map(|(is_set, flag)| is_set.then_some(flag))
                .collect(),
        }
    }
}

/// An amount as the store keeps it.
pub fn stored(amount: Amount) -> i64 {
    amount.thousandths() as i64
}

/// The amount that the store kept.
pub fn amount(stored: i64) -> Option<Amount> {
    Amount::from_thousandths(u64::try_from(stored).ok()?)
}
