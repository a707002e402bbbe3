//! What leads are worth together: a sum for each currency, for there is no rate here to add them at.

use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What leads are worth together, in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MoneySum)]
pub struct MoneySum {
    /// ISO 4217.
    #[schema(example = "IDR")]
    currency: String,
    /// How much, in units of the currency.
    #[schema(value_type = f64, example = 4_500_000)]
    value: Sum,
}

/// A sum, in thousandths.
#[derive(Debug)]
struct Sum(i128);

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0 % 1_000, i64::try_from(self.0 / 1_000)) {
            (0, Ok(units)) => serializer.serialize_i64(units),
            _ => serializer.serialize_f64(self.0 as f64 / 1_000.0),
        }
    }
}

/// Sums by currency, in thousandths.
#[derive(Debug, Default)]
pub struct Sums(BTreeMap<String, i128>);

impl Sums {
    /// Adds so many thousandths.
    pub fn add(&mut self, currency: Option<&str>, thousandths: i128) {
        if let Some(currency) = currency {
            *self.0.entry(currency.to_owned()).or_default() += thousandths;
        }
    }

    /// As a report shows them, by currency.
    pub fn shown(self) -> Vec<MoneySum> {
        self.0
            .into_iter()
            .map(|(currency, thousandths)| MoneySum {
                currency,
                value: Sum(thousandths),
            })
            .collect()
    }
}
