//! From what a form says to what may be taken in: the token verified, numbers and addresses checked, and a remark for
//! whatever cannot be used. What cannot be used is kept as an answer: somebody typed it, and may be reached by it.

use konektor_core::{
    form::{Answers, Remark},
    identity::{
        code::VisitorCode,
        visitor_token::{FORM_LASTS_MS, VisitorTokens},
    },
    ids::{FormId, LeadId},
    lead::{NAME_MAX_CHARS, NameSource, clean_email, clean_name},
    phone::Phone,
    routing::Workspace,
    time::UnixMs,
};
use konektor_store::model::{Addressed, Consented, Submission};

/// What a post says, ready to be taken in.
pub struct Said {
    /// It.
    pub submission: Submission,
    /// What of it cannot be used.
    pub remarks: Vec<Remark>,
}

/// Reads the answers of a form of this workspace.
pub fn read(
    answers: Answers,
    form: FormId,
    workspace: &Workspace,
    tokens: &VisitorTokens,
    once: [u8; 32],
    now: UnixMs,
) -> Said {
    let mut remarks = Vec::new();
    let mut fields = answers.fields;
    let lead_of = |code: VisitorCode| LeadId {
        workspace: workspace.id,
        number: workspace.code_key.number(code),
    };
    let by_token = |text: &str| tokens.verify(workspace.id, text, FORM_LASTS_MS, now).map(lead_of);
    let visitor = answers.visitor.as_deref();
    let token = visitor.and_then(by_token);
    // Some put the code where the token should be: it is no more than a code there either.
    let code = answers.code.as_deref().and_then(VisitorCode::read);
    let code = code.or_else(|| visitor?.parse().ok());
    if visitor.is_some() && token.is_none() && visitor.and_then(|text| text.parse::<VisitorCode>().ok()).is_none() {
        remarks.push(Remark::TokenUnusable);
    }
    let lead = match (token, code) {
        (Some(lead), _) => Addressed::Visitor(lead),
        (None, Some(code)) => Addressed::Code(lead_of(code)),
        (None, None) => Addressed::Nobody,
    };
    let mut usable = |value: Option<String>, what: &str, remark, parsed: fn(&str, &str) -> Option<String>| {
        let text = value?;
        let parsed = parsed(&text, &workspace.country);
        if parsed.is_none() {
            remarks.push(remark);
            fields.push((what.to_owned(), text));
        }
        parsed
    };
    let phone = usable(answers.phone, "phone", Remark::PhoneUnusable, |text, country| {
        Some(Phone::parse(text, country).ok()?.digits().to_owned())
    });
    let email = usable(answers.email, "email", Remark::EmailUnusable, |text, _| {
        clean_email(text).ok()
    });
    if lead == Addressed::Nobody && phone.is_none() && email.is_none() {
        remarks.push(Remark::NoContact);
    }
    let name = answers
        .name
        .map(|name| name.chars().take(NAME_MAX_CHARS).collect::<String>());
    let submission = Submission {
        lead,
        name: name.and_then(|name| clean_name(&name).ok()),
        phone,
        email,
        fields,
        consent: answers.consent.map(|wording| Consented { wording }),
        source: NameSource::Form,
        by: format!("form:{form}"),
        once: Some(once),
        make: true,
        ..Submission::default()
    };
    Said { submission, remarks }
}
