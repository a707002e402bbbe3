//! Where the mail server is: `smtps://…`, or `smtp://…` with STARTTLS.

use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{authentication::Credentials, extension::ClientId},
};
use reqwest::Url;
use std::{fmt, time::Duration};

const URL_FORM: &str = "write it as smtps://user@host or smtp://user@host:587";

/// The mail server and who writes.
#[derive(Clone)]
pub struct MailSettings {
    url: Url,
    credentials: Option<Credentials>,
    /// From whom letters are.
    pub from: Mailbox,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailSettingsError {
    /// Not an address of a mail server.
    #[error("mail_url: {0}")]
    Url(String),
    /// Not an e-mail address.
    #[error("mail_from: {0}")]
    From(String),
}

impl MailSettingsError {
    /// Which setting is at fault, and why.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Url(reason) => ("mail_url", reason),
            Self::From(reason) => ("mail_from", reason),
        }
    }
}

impl MailSettings {
    /// Of the settings as they are written; `None` if there is no mail server.
    pub fn parse(url: &str, password: &str, from: &str) -> Result<Option<Self>, MailSettingsError> {
        if url.is_empty() {
            return Ok(None);
        }
        let wrong = |reason: &str| MailSettingsError::Url(format!("{reason}; {URL_FORM}"));
        let mut url = Url::parse(url).map_err(|error| MailSettingsError::Url(format!("{error}; {URL_FORM}")))?;
        if !matches!(url.scheme(), "smtp" | "smtps") {
            return Err(wrong("it is no SMTP address"));
        }
        let Some(host) = url.host_str().map(str::to_owned) else {
            return Err(wrong("it names no host"));
        };
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let user = decoded(url.username());
        let password = match password {
            "" => url.password().map(decoded).unwrap_or_default(),
            set => set.to_owned(),
        };
        let credentials = (!user.is_empty()).then(|| Credentials::new(user, password));
        // From here on the address is no secret.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        if url.scheme() == "smtp" && !url.query_pairs().any(|(name, _)| name == "tls") {
            // A password goes by TLS or not at all; without one, TLS is taken where it is offered.
            let is_here = ["127.0.0.1", "[::1]", "localhost"].contains(&host.as_str());
            let tls = if credentials.is_some() && !is_here {
                "required"
            } else {
                "opportunistic"
            };
            url.query_pairs_mut().append_pair("tls", tls);
        }
        let from = from
            .parse()
            .map_err(|error| MailSettingsError::From(format!("{error}; write it as Konektor <konektor@brand.com>")))?;
        let settings = Self { url, credentials, from };
        settings.transport(Duration::from_secs(1))?;
        Ok(Some(settings))
    }

    /// What speaks to it, each step within `within`.
    pub(super) fn transport(&self, within: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailSettingsError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(self.url.as_str());
        let transport = transport.map_err(|error| MailSettingsError::Url(format!("{error}; {URL_FORM}")))?;
        let transport = transport
            .hello_name(ClientId::Domain(self.from.email.domain().to_owned()))
            .timeout(Some(within));
        Ok(match &self.credentials {
            Some(credentials) => transport.credentials(credentials.clone()).build(),
            None => transport.build(),
        })
    }

    /// Whether it asks for a password.
    pub fn has_password(&self) -> bool {
        self.credentials.is_some()
    }

    /// The address, without user and password.
    pub fn shown(&self) -> String {
        self.url.to_string()
    }
}

impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("smtps://k:hush@mail.brand.com", "smtps://mail.brand.com")]
    #[case("smtp://k:hush@mail.brand.com:587", "smtp://mail.brand.com:587?tls=required")]
    #[case("smtp://mail.brand.com", "smtp://mail.brand.com?tls=opportunistic")]
    #[case("smtp://k:hush@127.0.0.1:2525", "smtp://127.0.0.1:2525?tls=opportunistic")]
    #[case(
        "smtp://k%40b.com:hu%2Fsh@mail.brand.com?tls=required",
        "smtp://mail.brand.com?tls=required"
    )]
    fn a_password_goes_by_tls_and_is_shown_to_nobody(#[case] url: &str, #[case] shown: &str) {
        let settings = MailSettings::parse(url, "", "Konektor <k@brand.com>").unwrap().unwrap();
        assert_eq!(settings.shown(), shown);
        assert_eq!(format!("{settings:?}"), shown);
    }

    #[rstest]
    #[case("https://mail.brand.com", "k@brand.com", "mail_url")]
    #[case("mail.brand.com", "k@brand.com", "mail_url")]
    #[case("smtp://mail.brand.com?tls=perhaps", "k@brand.com", "mail_url")]
    #[case("smtp://mail.brand.com", "", "mail_from")]
    #[case("smtp://mail.brand.com", "Konektor", "mail_from")]
    fn what_cannot_be_used_is_refused_by_name(#[case] url: &str, #[case] from: &str, #[case] name: &str) {
        let refused = MailSettings::parse(url, "", from).unwrap_err();
        assert!(refused.to_string().starts_with(name), "{refused}");
    }

    #[test]
    fn without_a_mail_server_there_is_none() {
        assert!(MailSettings::parse("", "hush", "").unwrap().is_none());
    }
}
