//! What is said of a post that was taken, where something of it could not be used: a closed list.

/// Something that whoever set the form up should know of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remark {
    /// Files came along; they are not kept.
    FilesIgnored,
    /// What should be a phone number is none. It is kept as an answer.
    PhoneUnusable,
    /// What should be an e-mail address is none. It is kept as an answer.
    EmailUnusable,
    /// The visitor token is forged, cut or too old, so it named nobody.
    TokenUnusable,
    /// The visitor code belongs to nobody.
    CodeUnknown,
    /// Neither token, code, phone number nor e-mail address: nobody can be found by it again.
    NoContact,
}

impl Remark {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::FilesIgnored,
        Self::PhoneUnusable,
        Self::EmailUnusable,
        Self::TokenUnusable,
        Self::CodeUnknown,
        Self::NoContact,
    ];

    /// As API and database write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FilesIgnored => "files_ignored",
            Self::PhoneUnusable => "phone_unusable",
            Self::EmailUnusable => "email_unusable",
            Self::TokenUnusable => "token_unusable",
            Self::CodeUnknown => "code_unknown",
            Self::NoContact => "no_contact",
        }
    }
}
