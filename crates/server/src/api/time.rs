//! Times as the API writes them: RFC 3339, UTC, to the millisecond.

use konektor_core::time::UnixMs;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub UnixMs);

impl Time {
    /// Reads RFC 3339, with any offset.
    pub fn parse(text: &str) -> Result<Self, NotATime> {
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| NotATime(text.chars().take(40).collect()))?;
        Ok(Self(UnixMs(timestamp.as_millisecond())))
    }
}

/// A text that says no point in time.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a point in time. Write it as RFC 3339, such as 2026-08-17T09:00:00Z.")]
pub struct NotATime(String);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0.timestamp())
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A point in time: RFC 3339, answered in UTC."))
            .examples(["2026-08-17T02:00:00.000Z"])
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_to_the_millisecond() {
        let time = Time::parse("2026-08-17T09:00:00+07:00").unwrap();
        assert_eq!(time.to_string(), "2026-08-17T02:00:00.000Z");
        assert_eq!(Time::parse(&time.to_string()).unwrap(), time);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "tomorrow", "2026-08-17", "2026-08-17T09:00:00", "1755399600"] {
            assert!(Time::parse(text).is_err(), "{text}");
        }
    }
}
