//! A CSV file as people's programs write it: which characters, which separator, which column is what.

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Code,
    Name,
    Phone,
    Email,
    Status,
    Value,
    Currency,
    Notes,
    Agent,
    Created,
}

impl Column {
    /// As the API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Status => "status",
            Self::Value => "value",
            Self::Currency => "currency",
            Self::Notes => "notes",
            Self::Agent => "agent",
            Self::Created => "created",
        }
    }

    /// What a heading means, in English or Indonesian, however it is punctuated.
    fn of(heading: &str) -> Option<Self> {
        let word: String = heading
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let known = HEADINGS.iter().find(|(_, words)| words.contains(&word.as_str()));
        known.map(|(column, _)| *column)
    }
}

const HEADINGS: [(Column, &[&str]); 10] = [
    (
        Column::Code,
        &[
            "code",
            "kode",
            "visitorcode",
            "kodevisitor",
            "kodepengunjung",
            "leadcode",
        ],
    ),
    (
        Column::Name,
        &[
            "name",
            "nama",
            "fullname",
            "namalengkap",
            "customer",
            "customername",
            "pelanggan",
            "namapelanggan",
            "namacustomer",
            "leadname",
            "namalead",
            "contactname",
            "namakontak",
        ],
    ),
    (
        Column::Phone,
        &[
            "phone",
            "phonenumber",
            "telepon",
            "telpon",
            "telp",
            "tel",
            "telephone",
            "notelepon",
            "notelp",
            "nomortelepon",
            "nomortelpon",
            "hp",
            "nohp",
            "nomorhp",
            "handphone",
            "nohandphone",
            "nomorhandphone",
            "ponsel",
            "nomorponsel",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cellphone",
            "whatsapp",
            "whatsappnumber",
            "nowhatsapp",
            "nomorwhatsapp",
            "wa",
            "nowa",
            "nomorwa",
            "nomor",
            "kontak",
        ],
    ),
    (
        Column::Email,
        &["email", "emailaddress", "mail", "surel", "alamatemail", "alamatsurel"],
    ),
    (Column::Status, &["status", "stage", "tahap", "leadstatus"]),
    (
        Column::Value,
        &["value", "nilai", "amount", "dealvalue", "total", "harga", "omzet"],
    ),
    (Column::Currency, &["currency", "matauang"]),
    (
        Column::Notes,
        &[
            "notes",
            "note",
            "catatan",
            "keterangan",
            "comment",
            "comments",
            "remarks",
        ],
    ),
    (
        Column::Agent,
        &[
            "agent",
            "agen",
            "agentname",
            "namaagen",
            "cs",
            "namacs",
            "sales",
            "owner",
            "pic",
        ],
    ),
    (
        Column::Created,
        &[
            "created",
            "createdat",
            "createddate",
            "creationdate",
            "firstseen",
            "date",
            "tanggal",
            "tgl",
            "tanggaldibuat",
            "tanggalmasuk",
            "dibuat",
            "timestamp",
        ],
    ),
];

/// A row.
#[derive(Debug)]
pub struct Row {
    /// Its first line in the file.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// A file that was read.
#[derive(Debug)]
pub struct Table {
    /// The headings.
    pub headings: Vec<String>,
    /// What each column is; of two that are the same, the first counts.
    pub columns: Vec<Option<Column>>,
    /// The rows that have something in them.
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads a file, or says what is wrong with it as a whole.
    pub fn read(bytes: &[u8], most_rows: usize) -> Result<Self, String> {
        let text = decode(bytes)?;
        let whole = text;
        let (separator, text) = separator(text);
        let mut lines = Lines::after(&whole[..whole.len() - text.len()]);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let read = |record: Result<csv::StringRecord, csv::Error>| {
            record.map_err(|error| format!("The file cannot be read as a table: {error}."))
        };
        let Some(head) = records.next().transpose().map_err(|error| error.to_string())? else {
            return Err("The file is empty. Its first row must have the headings.".to_owned());
        };
        let headings: Vec<String> = head.iter().map(|cell| cell.trim().to_owned()).collect();
        let columns = columns(&headings)?;
        let mut rows = Vec::new();
        for record in records {
            let record = read(record)?;
            let line = lines.of(text, record.position().map_or(0, |position| position.byte() as usize));
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() == most_rows {
                return Err(format!(
                    "The file has more than {most_rows} rows. Split it, and import the parts one after the other."
                ));
            }
            rows.push(Row {
                line,
                cells: record.iter().map(str::to_owned).collect(),
            });
        }
        Ok(Self {
            headings,
            columns,
            rows,
        })
    }
}

/// Counts lines as an editor shows them. The reader's own count is one behind where lines end as on Windows.
struct Lines {
    counted: usize,
    line: u64,
}

impl Lines {
    /// Begins after a head that the reader does not see.
    fn after(head: &str) -> Self {
        Self {
            counted: 0,
            line: 1 + head.matches('\n').count() as u64,
        }
    }

    /// The line of the record that begins at `byte`, or behind the line breaks there. Records come in order.
    fn of(&mut self, text: &str, byte: usize) -> u64 {
        let rest = text.get(byte..).unwrap_or_default();
        let begin = byte + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let between = text.get(self.counted..begin).unwrap_or_default();
        self.line += between.matches('\n').count() as u64;
        self.counted = begin;
        self.line
    }
}

fn columns(headings: &[String]) -> Result<Vec<Option<Column>>, String> {
    // Those that were seen, apart: there are a dozen of them, and a file may have a million headings.
    let mut seen: Vec<Column> = Vec::new();
    let columns = headings.iter().map(|heading| {
        let column = Column::of(heading).filter(|column| !seen.contains(column));
        seen.extend(column);
        column
    });
    let columns = columns.collect();
    let finds = [Column::Code, Column::Phone, Column::Email];
    if finds.iter().any(|column| seen.contains(column)) {
        return Ok(columns);
    }
    let known: Vec<String> = headings
        .iter()
        .take(10)
        .map(|heading| heading.chars().take(30).collect())
        .collect();
    Err(format!(
        "No column is known as phone, email or code, and without one nobody can be found again. The first row must have the \
         headings; it has: {}.",
        known.join(", ")
    ))
}

/// The text of a file. What is not UTF-8 is refused rather than guessed: a wrong guess would be in people's names for good.
fn decode(bytes: &[u8]) -> Result<&str, String> {
    const SAVE: &str = "In Excel choose \"CSV UTF-8\" when saving; in Google Sheets download as CSV.";
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(format!("This is a spreadsheet, not a CSV file. {SAVE}"));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(format!("The file is in UTF-16. {SAVE}"));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        format!(
            "The file is not in UTF-8: line {line} has characters of another encoding, probably Windows-1252. {SAVE}"
        )
    })?;
    match text.contains('\0') {
        true => Err(format!("The file is not text. {SAVE}")),
        false => Ok(text),
    }
}

/// The separator: the one that Excel's `sep=` names, else the one that the headings have most of.
fn separator(text: &str) -> (u8, &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let Some(named) = first.trim_end().strip_prefix("sep=")
        && let [separator @ (b',' | b';' | b'\t')] = named.as_bytes()
    {
        return (*separator, rest);
    }
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(separator, _)| *separator == byte)
                .for_each(|(_, n)| *n += 1),
        }
    }
    // The last of those that are equal: the comma, which a file of one column has none of either.
    let most = counts.iter().rev().max_by_key(|(_, n)| *n);
    (most.map_or(b',', |(separator, _)| *separator), text)
}
