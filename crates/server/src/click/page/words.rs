//! What the page says of itself, in the visitor's language. What the brand says comes from its settings.

use konektor_core::{
    page::{
        Language,
        form::{Kind, Why},
    },
    phone::PhoneError,
};

/// Words that every page needs.
pub struct Words {
    /// On the button, unless the settings say something else.
    pub button: &'static str,
    /// Beside fields that may stay empty.
    pub optional: &'static str,
    /// First of the choices.
    pub choose: &'static str,
    /// Above a form that is shown again.
    pub look_again: &'static str,
    /// Before the name of somebody who is known.
    pub known: &'static str,
    /// Opens the form of somebody who is known.
    pub change: &'static str,
}

const INDONESIAN: Words = Words {
    button: "Chat di WhatsApp",
    optional: "(boleh kosong)",
    choose: "Pilih…",
    look_again: "Ada yang perlu diperbaiki. Periksa isian di bawah ini.",
    known: "Data Anda sudah tersimpan",
    change: "Ubah",
};

const ENGLISH: Words = Words {
    button: "Chat on WhatsApp",
    optional: "(optional)",
    choose: "Choose…",
    look_again: "Something needs to be corrected. Please look at the fields below.",
    known: "We have your details",
    change: "Change",
};

/// The words of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::Indonesian => &INDONESIAN,
        Language::English => &ENGLISH,
    }
}

/// What is wrong with a field, and what to do about it.
pub fn fault(language: Language, why: &Why, kind: Option<Kind>) -> String {
    match language {
        Language::Indonesian => in_indonesian(why, kind),
        Language::English => in_english(why, kind),
    }
}

fn in_indonesian(why: &Why, kind: Option<Kind>) -> String {
    let text = match why {
        Why::Missing => match kind {
            Some(Kind::Name) => "Isi nama Anda.",
            Some(Kind::Phone) => "Isi nomor telepon Anda.",
            Some(Kind::Email) => "Isi alamat email Anda.",
            Some(Kind::Choice | Kind::Date) => "Pilih salah satu.",
            _ => "Kolom ini wajib diisi.",
        },
        Why::NoConsent => "Beri tanda centang untuk melanjutkan.",
        Why::TooLong(most) => return format!("Terlalu panjang. Paling banyak {most} huruf."),
        Why::NotAPhone(PhoneError::Letters(_) | PhoneError::UnexpectedSign(_)) => {
            "Tulis satu nomor telepon dengan angka saja, misalnya 0812 3456 7890."
        }
        Why::NotAPhone(PhoneError::TooShort { .. }) => {
            "Nomor ini terlalu pendek. Periksa apakah ada angka yang kurang."
        }
        Why::NotAPhone(PhoneError::TooLong { .. }) => {
            "Nomor ini terlalu panjang. Periksa apakah ada angka yang berlebih."
        }
        Why::NotAPhone(_) => "Nomor ini tidak benar. Tulis seperti 0812 3456 7890, atau dengan + dan kode negara.",
        Why::NotAnEmail => "Alamat email ini tidak benar. Tulis seperti rina@contoh.com.",
        Why::NotANumber => "Tulis dengan angka.",
        Why::NotADate => "Tulis tanggal seperti 17/8/2026.",
        Why::NotAChoice => "Pilih salah satu.",
    };
    text.to_owned()
}

fn in_english(why: &Why, kind: Option<Kind>) -> String {
    let text = match why {
        Why::Missing => match kind {
            Some(Kind::Name) => "Please write your name.",
            Some(Kind::Phone) => "Please write your phone number.",
            Some(Kind::Email) => "Please write your e-mail address.",
            Some(Kind::Choice | Kind::Date) => "Please choose one.",
            _ => "Please fill this in.",
        },
        Why::NoConsent => "Please tick this to go on.",
        Why::TooLong(most) => return format!("This is too long. At most {most} characters are possible."),
        Why::NotAPhone(PhoneError::Letters(_) | PhoneError::UnexpectedSign(_)) => {
            "Write one phone number with digits only, such as 0812 3456 7890."
        }
        Why::NotAPhone(PhoneError::TooShort { .. }) => "This number is too short. Check for missing digits.",
        Why::NotAPhone(PhoneError::TooLong { .. }) => "This number is too long. Check for doubled digits.",
        Why::NotAPhone(_) => {
            "This is not a phone number. Write it like 0812 3456 7890, or with + and the country code."
        }
        Why::NotAnEmail => "This is not an e-mail address. Write it like rina@example.com.",
        Why::NotANumber => "Please write digits.",
        Why::NotADate => "Please write the day like 17/8/2026.",
        Why::NotAChoice => "Please choose one.",
    };
    text.to_owned()
}
