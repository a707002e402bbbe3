//! Settings: defaults from `konektor.default.toml`, then `konektor.toml`, then `KONEKTOR_…` of the environment.

use crate::{
    enrich::{client_address::TrustedProxies, networks::Networks},
    mail::MailSettings,
};
use konektor_core::flood::FloodLimits;
use konektor_platforms::Hosts;
use konektor_store::{Address, StoreError};
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// Documentation and defaults at once: what it says is what is.
pub const DEFAULTS: &str = include_str!("../../../konektor.default.toml");

/// The settings as they are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    listen: SocketAddr,
    metrics_listen: SocketAddr,
    data: PathBuf,
    database: String,
    public_url: String,
    trusted_proxies: String,
    secret_key: String,
    commit_deadline_ms: u32,
    spool_max_mb: u32,
    api_rate: u32,
    form_rate: u32,
    snippet_origins: String,
    flood_address_per_minute: u32,
    flood_address_with_click_id_per_minute: u32,
    flood_network_per_minute: u32,
    fallback_hosts: String,
    meta_url: String,
    google_url: String,
    google_token_url: String,
    tiktok_url: String,
    linkedin_url: String,
    google_click_wait_s: u32,
    delivery_days: u16,
    origin_days: u16,
    click_id_days: u16,
    lead_days: u16,
    webhook_allow_networks: String,
    mail_url: String,
    mail_password: String,
    mail_from: String,
    log: String,
}

/// The settings as they are used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where visitors and the API are answered.
    pub listen: SocketAddr,
    /// Where `/metrics`, `/healthz` and `/readyz` are.
    pub metrics_listen: SocketAddr,
    /// Directory of the database, keys and GeoIP file.
    pub data: PathBuf,
    /// Where the database is.
    pub database: Address,
    /// The server's own address as people type it, such as `https://go.example.com`.
    pub public_url: Option<String>,
    /// Peers whose `X-Forwarded-For` and `-Proto` are believed.
    pub trusted_proxies: TrustedProxies,
    /// The server's secret, if it is set; else a key file in the data directory has it.
    pub secret_key: Option<[u8; 32]>,
    /// How long a visitor waits for the store before they are sent on without it.
    pub commit_deadline: Duration,
    /// Most bytes that the spool may take.
    pub spool_max_bytes: u64,
    /// Requests of the API a minute, for each key and each session; 0 is no limit.
    pub api_rate: u32,
    /// Posts a minute of each form hook; 0 is no limit.
    pub form_rate: u32,
    /// Origins of pages on other sites that may learn of their visitors.
    pub snippet_origins: Vec<String>,
    /// From when on requests are taken for a flood.
    pub flood: FloodLimits,
    /// Hosts that a rotator's fallback address may have.
    pub fallback_hosts: Vec<String>,
    /// Where the ad platforms are.
    pub platform_hosts: Hosts,
    /// How old a click has to be before Google is told of it.
    pub google_click_wait_ms: i64,
    /// Days for which settled deliveries and messages are kept.
    pub delivery_days: u16,
    /// Days for which a click keeps its address and user agent; 0 is for ever.
    pub origin_days: u16,
    /// Days for which a click keeps its click IDs; 0 is for ever.
    pub click_id_days: u16,
    /// Days of silence after which a lead is erased; 0 is never.
    pub lead_days: u16,
    /// Networks that webhooks may reach although they are private.
    pub webhook_allow_networks: Networks,
    /// The mail server; `None`: nothing is sent by e-mail.
    pub mail: Option<MailSettings>,
    /// A `tracing` filter.
    pub log: String,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value has the wrong form, or a name is not known.
    #[error("settings: {0} (all settings are explained in konektor.default.toml)")]
    Form(#[from] config::ConfigError),
    /// A value does not make sense.
    #[error("settings: {name}: {reason}")]
    Value {
        /// Which setting.
        name: &'static str,
        /// What is wrong, and what it should be.
        reason: String,
    },
}

impl Settings {
    /// Reads all sources. `environment` gives the variables, so that a test can have its own.
    pub fn load(environment: impl Iterator<Item = (String, String)>) -> Result<Self, SettingsError> {
        use config::{Config, Environment, File, FileFormat};
        // Only names that are settings: a variable for another version must not keep this one from starting.
        let is_known = |name: &str| {
            DEFAULTS
                .lines()
                .any(|line| line.strip_prefix(name).is_some_and(|l| l.starts_with(" =")))
        };
        let (known, unknown): (Vec<_>, Vec<_>) = environment
            .filter(|(name, value)| name.starts_with("KONEKTOR_") && !value.is_empty())
            .partition(|(name, _)| is_known(&name["KONEKTOR_".len()..].to_lowercase()));
        for (name, _) in unknown {
            eprintln!("konektor: {name} is not a setting of this version and has no effect");
        }
        let variables = known.into_iter().collect();
        let source = Environment::with_prefix("KONEKTOR")
            .prefix_separator("_")
            .source(Some(variables));
        let written: Written = Config::builder()
            .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
            .add_source(File::new("konektor.toml", FileFormat::Toml).required(false))
            .add_source(source)
            .build()?
            .try_deserialize()?;
        Self::from_written(written)
    }

    fn from_written(written: Written) -> Result<Self, SettingsError> {
        let wrong = |name, reason: &str| SettingsError::Value {
            name,
            reason: reason.to_owned(),
        };
        let database = match written.database.as_str() {
            "" => Address::Sqlite(written.data.join("konektor.db")),
            address => address
                .parse()
                .map_err(|e: StoreError| wrong("database", &e.to_string()))?,
        };
        let trusted_proxies = TrustedProxies::parse(&written.trusted_proxies).map_err(|e| SettingsError::Value {
            name: "trusted_proxies",
            reason: e.to_string(),
        })?;
        let webhook_allow_networks = Networks::parse(&written.webhook_allow_networks);
        let webhook_allow_networks = webhook_allow_networks.map_err(|e| SettingsError::Value {
            name: "webhook_allow_networks",
            reason: e.to_string(),
        })?;
        let mail = MailSettings::parse(&written.mail_url, &written.mail_password, &written.mail_from);
        let mail = mail.map_err(|error| {
            let (name, reason) = error.parts();
            wrong(name, reason)
        })?;
        let public_url = written.public_url.trim_end_matches('/');
        if !public_url.is_empty() && host_of(public_url).is_none() {
            return Err(wrong(
                "public_url",
                "write it as https://go.example.com, without a path",
            ));
        }
        let secret_key = match written.secret_key.as_str() {
            "" => None,
            hex => Some(
                crate::secrets::parse(hex)
                    .ok_or_else(|| wrong("secret_key", "it needs 64 hexadecimal digits (openssl rand -hex 32)"))?,
            ),
        };
        if written.commit_deadline_ms == 0 {
            return Err(wrong("commit_deadline_ms", "give the database some time, such as 150"));
        }
        if written.spool_max_mb == 0 {
            return Err(wrong("spool_max_mb", "the spool needs at least 1 MB"));
        }
        let host = |name, url: String| {
            if url.starts_with("https://") || url.starts_with("http://") {
                Ok(url.trim_end_matches('/').to_owned())
            } else {
                Err(wrong(name, "write it as https://host, with or without a path"))
            }
        };
        let platform_hosts = Hosts {
            meta: host("meta_url", written.meta_url)?,
            google: host("google_url", written.google_url)?,
            google_token: host("google_token_url", written.google_token_url)?,
            tiktok: host("tiktok_url", written.tiktok_url)?,
            linkedin: host("linkedin_url", written.linkedin_url)?,
        };
        let list = |text: &str| {
            text.split(',')
                .map(|t| t.trim().to_lowercase())
                .filter(|t| !t.is_empty())
                .collect()
        };
        Ok(Self {
            listen: written.listen,
            metrics_listen: written.metrics_listen,
            data: written.data,
            database,
            public_url: (!public_url.is_empty()).then(|| public_url.to_owned()),
            trusted_proxies,
            secret_key,
            commit_deadline: Duration::from_millis(written.commit_deadline_ms.into()),
            spool_max_bytes: u64::from(written.spool_max_mb) * 1_048_576,
            api_rate: written.api_rate,
            form_rate: written.form_rate,
            snippet_origins: list(&written.snippet_origins),
            flood: FloodLimits {
                address_per_minute: written.flood_address_per_minute,
                address_with_click_id_per_minute: written.flood_address_with_click_id_per_minute,
                network_per_minute: written.flood_network_per_minute,
            },
            fallback_hosts: list(&written.fallback_hosts),
            platform_hosts,
            google_click_wait_ms: i64::from(written.google_click_wait_s) * 1_000,
            delivery_days: written.delivery_days,
            origin_days: written.origin_days,
            click_id_days: written.click_id_days,
            lead_days: written.lead_days,
            webhook_allow_networks,
            mail,
            log: written.log,
        })
    }

    /// The host of the server's own address, lower-case, without a port.
    pub fn public_host(&self) -> Option<String> {
        self.public_url.as_deref().and_then(host_of)
    }

    /// The server's own address: as set, else as it listens.
    pub fn base_url(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// The settings by name, for `konektor config`: secrets are not shown.
    pub fn redacted(&self) -> Vec<(&'static str, String)> {
        vec![
            ("listen", self.listen.to_string()),
            ("metrics_listen", self.metrics_listen.to_string()),
            ("data", self.data.display().to_string()),
            ("database", self.database.to_string()),
            ("public_url", self.public_url.clone().unwrap_or_default()),
            ("trusted_proxies", self.trusted_proxies.to_string()),
            (
                "secret_key",
                if self.secret_key.is_some() {
                    "(set)"
                } else {
                    "(key file in the data directory)"
                }
                .to_owned(),
            ),
            ("commit_deadline_ms", self.commit_deadline.as_millis().to_string()),
            ("spool_max_mb", (self.spool_max_bytes / 1_048_576).to_string()),
            ("api_rate", self.api_rate.to_string()),
            ("form_rate", self.form_rate.to_string()),
            ("snippet_origins", self.snippet_origins.join(", ")),
            ("flood_address_per_minute", self.flood.address_per_minute.to_string()),
            (
                "flood_address_with_click_id_per_minute",
                self.flood.address_with_click_id_per_minute.to_string(),
            ),
            ("flood_network_per_minute", self.flood.network_per_minute.to_string()),
            ("fallback_hosts", self.fallback_hosts.join(", ")),
            ("meta_url", self.platform_hosts.meta.clone()),
            ("google_url", self.platform_hosts.google.clone()),
            ("google_token_url", self.platform_hosts.google_token.clone()),
            ("tiktok_url", self.platform_hosts.tiktok.clone()),
            ("linkedin_url", self.platform_hosts.linkedin.clone()),
            ("google_click_wait_s", (self.google_click_wait_ms / 1_000).to_string()),
            ("delivery_days", self.delivery_days.to_string()),
            ("origin_days", self.origin_days.to_string()),
            ("click_id_days", self.click_id_days.to_string()),
            ("lead_days", self.lead_days.to_string()),
            ("webhook_allow_networks", self.webhook_allow_networks.to_string()),
            (
                "mail_url",
                self.mail.as_ref().map(MailSettings::shown).unwrap_or_default(),
            ),
            (
                "mail_password",
                if self.mail.as_ref().is_some_and(MailSettings::has_password) {
                    "(set)"
                } else {
                    ""
                }
                .to_owned(),
            ),
            (
                "mail_from",
                self.mail.as_ref().map(|mail| mail.from.to_string()).unwrap_or_default(),
            ),
            ("log", self.log.clone()),
        ]
    }
}

fn host_of(url: &str) -> Option<String> {
    let authority = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
        return None;
    }
    Some(crate::click::host::without_port(authority).to_ascii_lowercase())
}
