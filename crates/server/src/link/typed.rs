//! Sums of money as people type them on a phone: `Rp 1.500.000`, `1,500,000.50`, `1500000`.

use konektor_core::lead::{Amount, MoneyError};

/// A sum. Of two kinds of separator the last one is the decimals'; of one kind, it separates thousands where three digits
/// follow each, and decimals where they do not.
pub fn amount(text: &str) -> Result<Amount, MoneyError> {
    let mut number: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let currency = number.find(|c: char| !c.is_alphabetic()).unwrap_or(0);
    // `Rp.` ends with a dot of its own.
    number = number.split_off(currency).trim_start_matches('.').to_owned();
    let last = number.rfind(['.', ',']);
    let is_decimal = last.is_some_and(|last| {
        let separator = number.as_bytes()[last];
        let has_both = number.contains('.') && number.contains(',');
        let is_once = number.bytes().filter(|b| *b == separator).count() == 1;
        is_once && (has_both || number.len() - last != 4)
    });
    let plain: String = number
        .char_indices()
        .filter_map(|(at, c)| match c {
            '.' | ',' if is_decimal && Some(at) == last => Some('.'),
            '.' | ',' => None,
            other => Some(other),
        })
        .collect();
    plain.parse().map_err(|error| match error {
        // As it was typed.
        MoneyError::NotANumber(_) => MoneyError::NotANumber(text.chars().take(40).collect()),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    #[rstest]
    #[case("150000", Some("150000"))]
    #[case("Rp 1.500.000", Some("1500000"))]
    #[case("Rp. 1.500.000", Some("1500000"))]
    #[case("1.500", Some("1500"))]
    #[case("1,500", Some("1500"))]
    #[case("1.500.000,50", Some("1500000.5"))]
    #[case("1,500,000.50", Some("1500000.5"))]
    #[case("149.50", Some("149.5"))]
    #[case("149,5", Some("149.5"))]
    #[case("USD 20", Some("20"))]
    #[case("0", Some("0"))]
    #[case("", None)]
    #[case("Rp", None)]
    #[case("banyak", None)]
    #[case("-5", None)]
    #[case("1e9", None)]
    fn a_sum_is_read_as_people_type_it(#[case] text: &str, #[case] amount: Option<&str>) {
        let read = super::amount(text).ok().map(|amount| amount.to_string());
        assert_eq!(read.as_deref(), amount, "{text}");
    }
}
