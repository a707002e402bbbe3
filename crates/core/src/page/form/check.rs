//! What was typed into a form, checked: every fault at once, so that a page is shown again only once.

use super::{Field, Form, Kind};
use crate::{
    lead::{NameError, clean_email, clean_name},
    message::clean,
    phone::{Phone, PhoneError},
};

/// What a form says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// A clean name.
    pub name: Option<String>,
    /// Digits of E.164.
    pub phone: Option<String>,
    /// Lower-cased.
    pub email: Option<String>,
    /// The other fields by what they are called in the data, in order, those that were left empty aside.
    pub fields: Vec<(String, String)>,
    /// The wording that was ticked.
    pub consent: Option<String>,
}

/// Something that cannot be kept as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which field, by its place; `None` is the consent.
    pub field: Option<usize>,
    /// What is wrong.
    pub why: Why,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It must be filled in.
    Missing,
    /// The consent was not ticked.
    NoConsent,
    /// More characters than these.
    TooLong(usize),
    /// No phone number, and why.
    NotAPhone(PhoneError),
    /// No e-mail address.
    NotAnEmail,
    /// No number.
    NotANumber,
    /// No day.
    NotADate,
    /// None of the choices.
    NotAChoice,
}

impl Filled {
    /// Whether it says nothing of anybody.
    pub fn is_empty(&self) -> bool {
        let Self {
            name,
            phone,
            email,
            fields,
            consent,
        } = self;
        name.is_none() && phone.is_none() && email.is_none() && fields.is_empty() && consent.is_none()
    }
}

impl Form {
    /// Reads what was typed: `value` gives a field's by its place, `has_consent` whether the tick was set. Numbers
    /// without a country code are of `country`.
    pub fn check<'v>(
        &self,
        value: impl Fn(usize) -> &'v str,
        has_consent: bool,
        country: &str,
    ) -> Result<Filled, Vec<Fault>> {
        let (mut filled, mut faults) = (Filled::default(), Vec::new());
        for (place, field) in self.fields.iter().enumerate() {
            if let Err(why) = field.read(value(place), country, &mut filled) {
                let field = Some(place);
                faults.push(Fault { field, why });
            }
        }
        match &self.consent {
            Some(wording) if has_consent => filled.consent = Some(wording.clone()),
            Some(_) => faults.push(Fault {
                field: None,
                why: Why::NoConsent,
            }),
            None => {}
        }
        if faults.is_empty() { Ok(filled) } else { Err(faults) }
    }
}

impl Field {
    fn read(&self, typed: &str, country: &str, filled: &mut Filled) -> Result<(), Why> {
        let typed = typed.trim();
        if typed.is_empty() {
            return if self.required { Err(Why::Missing) } else { Ok(()) };
        }
        let most = self.kind.max_chars();
        if typed.chars().count() > most {
            return Err(Why::TooLong(most));
        }
        // Of two fields for the same, the first that was filled in is meant; the other is kept as any other.
        let value = match self.kind {
            Kind::Name => match clean_name(typed) {
                Ok(name) => take(&mut filled.name, name),
                Err(NameError::Empty) if self.required => return Err(Why::Missing),
                Err(NameError::Empty) => None,
                Err(NameError::TooLong(_)) => return Err(Why::TooLong(most)),
            },
            Kind::Phone => {
                let phone = Phone::parse(typed, country).map_err(Why::NotAPhone)?;
                take(&mut filled.phone, phone.into())
            }
            Kind::Email => take(&mut filled.email, clean_email(typed).map_err(|_| Why::NotAnEmail)?),
            Kind::Text => Some(line(typed)),
            Kind::LongText => Some(lines(typed)),
            Kind::Number => Some(number(typed).ok_or(Why::NotANumber)?),
            Kind::Date => Some(date(typed).ok_or(Why::NotADate)?),
            Kind::Choice => {
                let known = self.options.iter().find(|option| option.trim() == typed);
                Some(known.ok_or(Why::NotAChoice)?.trim().to_owned())
            }
        };
        match value.filter(|value| !value.is_empty()) {
            Some(value) => filled.fields.push((self.name.clone(), value)),
            // Nothing of what was typed can be seen.
            None if self.required && self.kind == Kind::Text => return Err(Why::Missing),
            None => {}
        }
        Ok(())
    }
}

/// Fills an empty place; gives back what has none.
fn take(place: &mut Option<String>, value: String) -> Option<String> {
    match place {
        Some(_) => Some(value),
        None => {
            *place = Some(value);
            None
        }
    }
}

fn line(text: &str) -> String {
    clean(text).collect()
}

/// Lines stay, each clean; of empty ones between them one.
fn lines(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(line).collect();
    lines.dedup_by(|one, before| one.is_empty() && before.is_empty());
    lines.join("\n").trim().to_owned()
}

/// As it was typed, if it is a number in anybody's way of writing it.
fn number(text: &str) -> Option<String> {
    let is_number = text.bytes().any(|b| b.is_ascii_digit())
        && text
            .strip_prefix(['-', '+'])
            .unwrap_or(text)
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b',' | b' '));
    is_number.then(|| line(text))
}

/// As browsers send it: `2026-08-17`. Where they do not know such fields people type it, as best they can.
fn date(text: &str) -> Option<String> {
    let iso = text.parse::<jiff::civil::Date>().ok();
    let typed = || {
        let mut parts = text.split(['/', '-', '.']).map(|part| part.trim().parse::<i16>());
        let (day, month, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        let is_whole = parts.next().is_none() && year >= 1_000;
        let date = jiff::civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?);
        is_whole.then_some(date.ok()?)
    };
    iso.or_else(typed).map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    fn form(fields: serde_json::Value, consent: Option<&str>) -> Form {
        serde_json::from_value(json!({ "fields": fields, "consent": consent })).unwrap()
    }

    fn one(kind: &str, required: bool) -> Form {
        let field = json!({ "name": "x", "type": kind, "required": required, "options": ["Kecil", "Besar & lebar"] });
        form(json!([field]), None)
    }

    fn typed(form: &Form, value: &str) -> Result<Filled, Why> {
        form.check(|_| value, false, "ID")
            .map_err(|faults| faults[0].why.clone())
    }

    #[test]
    fn a_filled_form_says_who_it_is_and_what_was_agreed_to() {
        let form = form(
            json!([
                { "name": "nama", "required": true }, { "name": "wa", "type": "phone", "required": true },
                { "name": "email" }, { "name": "kota" }, { "name": "catatan" },
            ]),
            Some("Saya setuju dihubungi"),
        );
        let values = [" Budi  Santoso ", "0812 3456-7890", "Budi@Example.COM", "Bandung", " "];
        let filled = form.check(|place| values[place], true, "ID").unwrap();
        let wanted = Filled {
            name: Some("Budi Santoso".to_owned()),
            phone: Some("6281234567890".to_owned()),
            email: Some("budi@example.com".to_owned()),
            fields: vec![("kota".to_owned(), "Bandung".to_owned())],
            consent: Some("Saya setuju dihubungi".to_owned()),
        };
        assert_eq!(filled, wanted);
        assert!(!filled.is_empty());

        let faults = form.check(|_| "", false, "ID").unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(places, [Some(0), Some(1), None], "all at once");
        assert_eq!(faults[2].why, Why::NoConsent);
    }

    #[rstest]
    #[case("name", "\u{200B}", Err(Why::Missing))]
    #[case("text", "\u{202E}", Err(Why::Missing))]
    #[case("email", "budi@", Err(Why::NotAnEmail))]
    #[case("email", "budi@example", Err(Why::NotAnEmail))]
    #[case("email", "a b@example.com", Err(Why::NotAnEmail))]
    #[case("number", "1.500,50", Ok("1.500,50"))]
    #[case("number", "-3", Ok("-3"))]
    #[case("number", "three", Err(Why::NotANumber))]
    #[case("number", "-", Err(Why::NotANumber))]
    #[case("date", "2026-08-17", Ok("2026-08-17"))]
    #[case("date", "17/8/2026", Ok("2026-08-17"))]
    #[case("date", "31-2-2026", Err(Why::NotADate))]
    #[case("date", "besok", Err(Why::NotADate))]
    #[case("choice", "Besar & lebar", Ok("Besar & lebar"))]
    #[case("choice", "Raksasa", Err(Why::NotAChoice))]
    #[case("long_text", "satu\r\n\r\n\r\ndua\u{0007}  tiga", Ok("satu\n\ndua tiga"))]
    #[case("text", "=1+1", Ok("=1+1"))]
    fn each_kind_is_read_in_its_way(#[case] kind: &str, #[case] value: &str, #[case] wanted: Result<&str, Why>) {
        let read = typed(&one(kind, true), value).map(|filled| filled.fields[0].1.clone());
        assert_eq!(read, wanted.map(str::to_owned), "{kind} {value:?}");
    }

    #[test]
    fn a_phone_that_is_none_says_why() {
        let why = typed(&one("phone", false), "12").unwrap_err();
        assert!(matches!(why, Why::NotAPhone(PhoneError::TooShort { .. })), "{why:?}");
        assert!(typed(&one("phone", false), "").unwrap().is_empty());
    }

    #[test]
    fn the_first_of_two_phones_is_the_leads() {
        let form = form(
            json!([{ "name": "a", "type": "phone" }, { "name": "b", "type": "phone" }]),
            None,
        );
        let values = ["081234567890", "+65 8123 4567"];
        let filled = form.check(|place| values[place], false, "ID").unwrap();
        assert_eq!(filled.phone.as_deref(), Some("6281234567890"));
        assert_eq!(filled.fields, [("b".to_owned(), "6581234567".to_owned())]);
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_is_longer_than_it_may_be(value: String, kind in 0..8_usize) {
            let kind = Kind::ALL[kind];
            if let Ok(filled) = typed(&one(kind.as_str(), false), &value) {
                for (_, kept) in &filled.fields {
                    prop_assert!(kept.chars().count() <= kind.max_chars());
                }
            }
        }
    }
}
