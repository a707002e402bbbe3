//! What the page says, in the language of the CS.

use konektor_core::{lead::Status, page::Language};

/// Everything on the page.
pub struct Words {
    pub title: &'static str,
    pub for_agent: &'static str,
    pub name: &'static str,
    pub status: &'static str,
    pub value: &'static str,
    pub value_help: &'static str,
    pub currency: &'static str,
    pub save: &'static str,
    pub saved: &'static str,
    pub chat: &'static str,
    pub no_phone: &'static str,
    pub until: &'static str,
    pub arrived: &'static str,
    pub has_arrived: &'static str,
    pub look_again: &'static str,
    pub name_empty: &'static str,
    pub name_long: &'static str,
    pub unknown_status: &'static str,
    pub only_won: &'static str,
    pub not_a_sum: &'static str,
    pub not_a_currency: &'static str,
    pub closed: &'static str,
    pub closed_text: &'static str,
    pub too_many: &'static str,
    pub too_many_text: &'static str,
    pub failed: &'static str,
    pub failed_text: &'static str,
    pub foreign: &'static str,
    pub foreign_text: &'static str,
    statuses: [&'static str; 10],
}

const INDONESIAN: Words = Words {
    title: "Lead",
    for_agent: "Untuk",
    name: "Nama",
    status: "Status",
    value: "Nilai",
    value_help: "Bila sudah berhasil, misalnya 1.500.000",
    currency: "Mata uang",
    save: "Simpan",
    saved: "Tersimpan.",
    chat: "Buka chat",
    no_phone: "Nomornya belum ada. Cari kode ini di WhatsApp Anda:",
    until: "Tautan ini berlaku sampai",
    arrived: "Chat sudah masuk, dicatat",
    has_arrived: "Chat sudah masuk",
    look_again: "Belum tersimpan. Periksa isian di bawah ini.",
    name_empty: "Tulis namanya.",
    name_long: "Nama ini terlalu panjang. Paling banyak 120 huruf.",
    unknown_status: "Pilih salah satu status.",
    only_won: "Nilai hanya untuk status Berhasil. Pilih Berhasil, atau kosongkan nilainya.",
    not_a_sum: "Tulis nilainya dengan angka, misalnya 1.500.000.",
    not_a_currency: "Tulis mata uangnya dengan tiga huruf, misalnya IDR.",
    closed: "Tautan ini tidak berlaku",
    closed_text: "Masa berlakunya habis, atau lead ini sudah dipegang orang lain. Minta tautan baru.",
    too_many: "Terlalu banyak permintaan",
    too_many_text: "Tunggu sebentar, lalu coba lagi.",
    failed: "Belum tersimpan",
    failed_text: "Ada gangguan di server. Kembali, lalu coba lagi.",
    foreign: "Tidak diizinkan",
    foreign_text: "Permintaan ini datang dari situs lain. Buka tautannya langsung.",
    statuses: [
        "Baru",
        "Dihubungi",
        "Membalas",
        "Memenuhi syarat",
        "Panas",
        "Penawaran",
        "Negosiasi",
        "Invoice",
        "Berhasil",
        "Gagal",
    ],
};

const ENGLISH: Words = Words {
    title: "Lead",
    for_agent: "For",
    name: "Name",
    status: "Status",
    value: "Value",
    value_help: "Once it is won, such as 1,500,000",
    currency: "Currency",
    save: "Save",
    saved: "Saved.",
    chat: "Open the chat",
    no_phone: "There is no number yet. Search your WhatsApp for this code:",
    until: "This link works until",
    arrived: "The chat has started, noted",
    has_arrived: "The chat has started",
    look_again: "Not saved yet. Please look at the fields below.",
    name_empty: "Write a name.",
    name_long: "This name is too long. At most 120 characters are possible.",
    unknown_status: "Choose one of the statuses.",
    only_won: "A value is for the status Won only. Choose Won, or leave the value empty.",
    not_a_sum: "Write the value in digits, such as 1,500,000.",
    not_a_currency: "Write the currency with three letters, such as IDR.",
    closed: "This link does not work",
    closed_text: "It has expired, or the lead is somebody else's by now. Ask for a new link.",
    too_many: "Too many requests",
    too_many_text: "Wait for a moment, then try again.",
    failed: "Not saved",
    failed_text: "Something is wrong with the server. Go back and try again.",
    foreign: "Not allowed",
    foreign_text: "This was asked for by another site. Open the link itself.",
    statuses: [
        "New",
        "Contacted",
        "Responded",
        "Qualified",
        "Hot",
        "Proposal",
        "Negotiation",
        "Invoice",
        "Won",
        "Lost",
    ],
};

impl Words {
    /// Of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::Indonesian => &INDONESIAN,
            Language::English => &ENGLISH,
        }
    }

    /// The statuses, in the order of a sale.
    pub fn statuses(&self) -> impl Iterator<Item = (Status, &'static str)> {
        Status::ALL.into_iter().zip(self.statuses)
    }
}
