//! A row's cells, checked: what they say, or why they cannot be used.

use super::table::Column;
use crate::api::{days::Moment, leads::view::stored};
use jiff::civil::DateTime;
use konektor_core::{
    identity::code::VisitorCode,
    ids::{AgentId, LeadId},
    lead::{Amount, Currency, NameSource, Status, clean_email, clean_name},
    phone::Phone,
    routing::Workspace,
    time::UnixMs,
};
use konektor_store::model::{Agent, ImportRow, LeadPatch};

const NOTES_MAX_CHARS: usize = 10_000;

/// Reads the rows of a workspace's file.
pub struct Reader<'w> {
    workspace: &'w Workspace,
    agents: &'w [Agent],
    currency: Option<String>,
    now: UnixMs,
}

impl<'w> Reader<'w> {
    /// `currency` is that of values that name none.
    pub fn new(workspace: &'w Workspace, agents: &'w [Agent], currency: Option<String>, now: UnixMs) -> Self {
        Self {
            workspace,
            agents,
            currency,
            now,
        }
    }

    /// What a row says, or everything that is wrong with it.
    pub fn row(&self, columns: &[Option<Column>], cells: &[String]) -> Result<ImportRow, String> {
        let mut row = ImportRow {
            default_currency: self.currency.clone(),
            ..ImportRow::default()
        };
        let mut wrong = Vec::new();
        for (column, cell) in columns.iter().zip(cells) {
            let text = unescaped(cell.trim());
            if let Some(column) = column
                && !text.is_empty()
                && let Err(reason) = self.cell(*column, text, &mut row)
            {
                wrong.push(reason);
            }
        }
        if cells.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
            wrong.push("The row has more cells than there are headings.".to_owned());
        }
        let is_found = row.code.is_some() || row.patch.phone.is_some() || row.patch.email.is_some();
        if wrong.is_empty() && !is_found {
            wrong.push("Give a phone number, an e-mail address or a code: nobody can be found by a name.".to_owned());
        }
        if row.patch.currency.is_some() && row.patch.value.is_none() {
            row.patch.currency = None;
        }
        match wrong.is_empty() {
            true => Ok(row),
            false => Err(wrong.join(" ")),
        }
    }

    fn cell(&self, column: Column, text: &str, row: &mut ImportRow) -> Result<(), String> {
        let patch: &mut LeadPatch = &mut row.patch;
        match column {
            Column::Code => row.code = Some(self.code(text)?),
            // An export names those whom nobody has named.
            Column::Name if is_automatic(text) => {}
            Column::Name => {
                let name = clean_name(text).map_err(|error| error.to_string())?;
                patch.name = Some(Some((name, NameSource::Manual)));
            }
            Column::Phone => patch.phone = Some(Some(self.phone(text)?)),
            Column::Email => patch.email = Some(Some(clean_email(text).map_err(|error| error.to_string())?)),
            Column::Status => patch.status = Some(status(text)?),
            Column::Value => patch.value = Some(Some(stored(amount(text)?))),
            Column::Currency => {
                let currency: Currency = text
                    .parse()
                    .map_err(|error: konektor_core::lead::MoneyError| error.to_string())?;
                patch.currency = Some(Some(String::from(currency)));
            }
            Column::Notes => {
                let chars = text.chars().count();
                if chars > NOTES_MAX_CHARS {
                    return Err(format!(
                        "The notes have {chars} characters; at most {NOTES_MAX_CHARS} are possible."
                    ));
                }
                patch.notes = Some(Some(text.to_owned()));
            }
            Column::Agent => patch.agent = Some(self.agent(text)?),
            Column::Created => row.created_at = Some(self.moment(text)?),
        }
        Ok(())
    }

    fn code(&self, text: &str) -> Result<LeadId, String> {
        let code: VisitorCode = text
            .trim_matches(['[', ']'])
            .parse()
            .map_err(|_| format!("\"{}\" is not a visitor code.", short(text)))?;
        Ok(LeadId {
            workspace: self.workspace.id,
            number: self.workspace.code_key.number(code),
        })
    }

    fn phone(&self, text: &str) -> Result<String, String> {
        let looks_like_a_float = text.contains(['e', 'E']) && text.chars().filter(char::is_ascii_digit).count() > 3;
        if looks_like_a_float && !text.chars().any(|c| c.is_alphabetic() && !matches!(c, 'e' | 'E')) {
            return Err(format!(
                "The spreadsheet has turned the phone number into {}. Format the column as text and type it again.",
                short(text)
            ));
        }
        let phone = Phone::parse(text, &self.workspace.country).map_err(|error| error.to_string())?;
        Ok(String::from(phone))
    }

    /// By name or id.
    fn agent(&self, text: &str) -> Result<AgentId, String> {
        let name = text.to_lowercase();
        let named = self
            .agents
            .iter()
            .filter(|agent| agent.fields.name.to_lowercase() == name);
        match named.collect::<Vec<_>>().as_slice() {
            [only] => return Ok(only.id),
            [] => {}
            _ => return Err(format!("Several agents are called \"{}\". Give the id.", short(text))),
        }
        let by_id = text
            .parse()
            .ok()
            .and_then(|id| self.agents.iter().find(|agent| agent.id == id));
        by_id
            .map(|agent| agent.id)
            .ok_or_else(|| format!("There is no agent \"{}\".", short(text)))
    }

    /// A day or a time, in the workspace's zone where it names none.
    fn moment(&self, text: &str) -> Result<UnixMs, String> {
        let zone = &self.workspace.time_zone;
        let at = match Moment::parse(text) {
            Ok(moment) => moment.start(zone),
            Err(_) => {
                let local = [
                    "%Y-%m-%d %H:%M:%S",
                    "%Y-%m-%d %H:%M",
                    "%d/%m/%Y %H:%M:%S",
                    "%d/%m/%Y %H:%M",
                ];
                let days = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d"];
                let times = local.iter().find_map(|form| DateTime::strptime(form, text).ok());
                let days = || {
                    days.iter()
                        .find_map(|form| jiff::civil::Date::strptime(form, text).ok())
                        .map(|day| day.at(0, 0, 0, 0))
                };
                let time = times.or_else(days);
                let time = time.and_then(|time| time.to_zoned(zone.clone()).ok());
                let time = time.ok_or_else(|| {
                    format!(
                        "\"{}\" is not a day. Write it as 2026-08-17 or 17/08/2026.",
                        short(text)
                    )
                })?;
                UnixMs(time.timestamp().as_millisecond())
            }
        };
        match at > self.now {
            true => Err(format!("The day \"{}\" lies in the future.", short(text))),
            false => Ok(at),
        }
    }
}

/// Without the apostrophe that our export, and others, put before what a spreadsheet could run.
fn unescaped(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest)
            if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
                || rest.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            rest
        }
        _ => cell,
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// `Visitor [7QK3M9D]`, as nobody's name is shown.
fn is_automatic(name: &str) -> bool {
    let code = name.strip_prefix("Visitor [").and_then(|rest| rest.strip_suffix(']'));
    code.is_some_and(|code| code.parse::<VisitorCode>().is_ok())
}

fn status(text: &str) -> Result<Status, String> {
    text.to_lowercase()
        .parse()
        .map_err(|error: konektor_core::lead::UnknownWord| error.to_string())
}

/// An amount as people write it: `150000`, `149.50`, `Rp 1.500.000`, `1,500,000.00`. Where both signs are there, the last is
/// the decimal one; a sign before three digits separates thousands, since no price has three decimals.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = ["Rp.", "Rp", "IDR", "USD", "$", "€"]
        .iter()
        .find_map(|sign| bare.strip_prefix(sign))
        .unwrap_or(&bare);
    let last = bare.rfind(['.', ',']);
    let plain = match last {
        None => bare.to_owned(),
        Some(last) => {
            let (whole, decimals) = (&bare[..last], &bare[last + 1..]);
            let sign = bare.as_bytes()[last] as char;
            let has_other = whole.contains(['.', ',']) && !whole.contains(sign);
            let is_repeated = whole.contains(sign);
            let is_thousands = is_repeated || (decimals.len() == 3 && !has_other && whole != "0");
            let digits: String = whole.chars().filter(|c| !matches!(c, '.' | ',')).collect();
            match (is_thousands, decimals) {
                (true, decimals) => format!("{digits}{decimals}"),
                (false, "-" | "") => digits,
                (false, decimals) => format!("{digits}.{decimals}"),
            }
        }
    };
    plain
        .parse()
        .map_err(|error: konektor_core::lead::MoneyError| error.to_string())
}
