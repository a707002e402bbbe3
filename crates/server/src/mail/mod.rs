//! E-mail, to the people who use a workspace and to nobody else: one mail server of the operator's, spoken to by SMTP. What
//! is sent and when is [`crate::notices`]'s; here a letter becomes a message with its plain and its HTML half, and leaves.

mod address;
mod headers;
mod off;
pub mod token;

pub use address::{MailSettings, MailSettingsError};
pub use off::router;

use headers::{AutoSubmitted, ListUnsubscribe, ListUnsubscribePost};
use konektor_core::time::UnixMs;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::Error as SmtpError,
};
use std::time::{Duration, SystemTime};

/// How long a mail server may take for each step of a letter: the connection, each answer. For all of them together, from the
/// connection to its last word, it has twice as long.
const STEP_WITHIN: Duration = Duration::from_secs(15);
/// Most characters of a mail server's words that are kept.
const WORDS_MAX_CHARS: usize = 300;

/// What is sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// To whom: an e-mail address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// Its plain half.
    pub text: String,
    /// Its HTML half.
    pub html: String,
    /// Without angle brackets and host: the same at each attempt, by which a mail server knows a letter again that it had
    /// taken before its answer was lost.
    pub id: String,
    /// Where it is turned off, by one click.
    pub off: String,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct MailError {
    /// In the mail server's words, where it had some.
    pub reason: String,
    /// Another attempt would end the same way: the address is not known, or the letter itself is refused.
    pub is_final: bool,
}

/// The way to the mail server.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// For a whole letter.
    within: Duration,
}

impl Mail {
    /// Nothing is connected before a letter is sent.
    pub fn new(settings: &MailSettings) -> Result<Self, MailSettingsError> {
        Self::with_patience(settings, STEP_WITHIN)
    }

    /// The same, with another patience for each step: tests have less.
    pub fn with_patience(settings: &MailSettings, step_within: Duration) -> Result<Self, MailSettingsError> {
        Ok(Self {
            transport: settings.transport(step_within)?,
            from: settings.from.clone(),
            within: step_within * 2,
        })
    }

    /// From whom letters are, as people see it.
    pub fn sender(&self) -> String {
        self.from.to_string()
    }

    /// Sends a letter, now.
    pub async fn send(&self, letter: Letter, now: UnixMs) -> Result<(), MailError> {
        let message = self.message(letter, now)?;
        match tokio::time::timeout(self.within, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err(MailError {
                reason: format!("The mail server did not answer within {} s.", self.within.as_secs()),
                is_final: false,
            }),
        }
    }

    fn message(&self, letter: Letter, now: UnixMs) -> Result<Message, MailError> {
        let unusable = |what: &str, error: &dyn std::fmt::Display| MailError {
            reason: format!("{what} cannot be used: {error}"),
            is_final: true,
        };
        let to = letter.to.parse::<Mailbox>();
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(now.0.max(0) as u64);
        Message::builder()
            .from(self.from.clone())
            .to(to.map_err(|error| unusable("The address", &error))?)
            .subject(letter.subject)
            .date(date)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .header(ListUnsubscribe(letter.off))
            .header(ListUnsubscribePost)
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
            .map_err(|error| unusable("The letter", &error))
    }
}

/// What a mail server's refusal means. An address that is not known will not be known tomorrow; a server that does not let
/// us in is set up again by somebody, and then has the letter.
fn told(error: &SmtpError) -> MailError {
    const NOT_THE_LETTERS_FAULT: [u16; 5] = [530, 534, 535, 538, 454];
    let code = error.status().map(u16::from);
    let reason: String = words(error).chars().take(WORDS_MAX_CHARS).collect();
    MailError {
        reason,
        is_final: error.is_permanent() && code.is_none_or(|code| !NOT_THE_LETTERS_FAULT.contains(&code)),
    }
}

/// All that is known of an error: its source has the cause.
fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}
