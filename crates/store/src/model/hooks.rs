//! Form hooks and WhatsApp's Cloud API.

use konektor_core::{
    form::{Mapping, Refusal, Remark, sample::SampleField},
    ids::{FormId, LeadId, WorkspaceId},
    time::UnixMs,
};

/// What a form hook consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFields {
    /// For people.
    pub name: String,
    /// The secret that its posts are signed with, sealed; `None`: they need no signature.
    pub secret: Option<Vec<u8>>,
    /// Which field is what; `None` before the first payload.
    pub mapping: Option<Mapping>,
    /// The mapping was guessed, so further payloads may fill it up.
    pub guessed: bool,
    /// Where a browser is sent that posted the form itself.
    pub redirect: Option<String>,
    /// Switched on.
    pub active: bool,
}

/// A form hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// In the address that the tool posts to.
    pub token: String,
    /// Since when.
    pub created_at: UnixMs,
    /// The last payload, shortened.
    pub sample: Option<Vec<SampleField>>,
    /// Posts that were taken.
    pub received: u64,
    /// Posts that were refused.
    pub refused: u64,
    /// When the last one was taken.
    pub last_received_at: Option<UnixMs>,
    /// The rest.
    pub fields: FormFields,
}

/// What became of a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostOutcome {
    /// It was taken in.
    Done {
        /// Whom it is about.
        lead: LeadId,
        /// What of it could not be used.
        remarks: Vec<Remark>,
    },
    /// The same was posted a moment ago: nothing was done again.
    Repeated {
        /// Whom it is about, if that is known still.
        lead: Option<LeadId>,
    },
    /// It was refused.
    Refused(Refusal),
}

/// A post of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormPost {
    /// Its id.
    pub id: i64,
    /// When.
    pub at: UnixMs,
    /// What became of it.
    pub outcome: PostOutcome,
    /// How many there were: those that are refused for one reason within a minute are one.
    pub count: u32,
}

/// What is learnt of a form's payloads by one that was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learnt {
    /// The payload, shortened.
    pub sample: Vec<SampleField>,
    /// The mapping as it was guessed; kept only where nobody has set one meanwhile.
    pub mapping: Option<Mapping>,
}

/// What a WhatsApp connection consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatsappFields {
    /// The number at WhatsApp that messages are written to, by Meta's id.
    pub phone_number_id: String,
    /// What Meta signs with, sealed.
    pub app_secret: Option<Vec<u8>>,
    /// What Meta repeats when the address is entered there, sealed.
    pub verify_token: Option<Vec<u8>>,
}

/// What came from WhatsApp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhatsappCounts {
    /// Messages of people.
    pub messages: u64,
    /// Notices about messages to people.
    pub statuses: u64,
    /// Other things, and messages to other numbers.
    pub others: u64,
    /// Posts that were refused.
    pub refused: u64,
}

/// A workspace's connection with WhatsApp's Cloud API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whatsapp {
    /// Whose.
    pub workspace: WorkspaceId,
    /// In the address that Meta posts to.
    pub token: String,
    /// Since when.
    pub created_at: UnixMs,
    /// What came so far.
    pub counts: WhatsappCounts,
    /// When something last came.
    pub last_received_at: Option<UnixMs>,
    /// The rest.
    pub fields: WhatsappFields,
}
