//! Lists in pages. A cursor says after which item to go on, not how many to skip: what is added or removed
//! meanwhile neither repeats nor hides anything.

use super::{checks::Checks, error::ApiError};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use konektor_core::time::UnixMs;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    fmt::{self, Display},
    str::FromStr,
};
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

/// Most items of a page.
pub const LIMIT_MAX: usize = 200;
const LIMIT_DEFAULT: usize = 50;

/// A part of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Send it as `cursor` for the page that follows; `null` on the last page.
    pub next_cursor: Option<String>,
}

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items of the page.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Reads `limit`.
pub fn limit(text: Option<&str>, checks: &mut Checks) -> usize {
    let Some(text) = text else { return LIMIT_DEFAULT };
    match text.parse() {
        Ok(limit @ 1..=LIMIT_MAX) => limit,
        _ => {
            checks.refuse("limit", format!("The limit must be a number from 1 to {LIMIT_MAX}."));
            LIMIT_DEFAULT
        }
    }
}

/// Reads `cursor`.
pub fn cursor<K: FromStr>(text: Option<&str>, checks: &mut Checks) -> Option<K> {
    let text = text?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse().ok());
    if key.is_none() {
        checks.refuse(
            "cursor",
            "This is no cursor of this list. Send next_cursor of the page before, unchanged.",
        );
    }
    key
}

/// What a page ends with.
pub fn make_cursor(key: impl Display) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(key.to_string())
}

impl<T> Page<T> {
    /// Of items of which one more than `limit` was asked for, if there are as many.
    pub fn cut(mut items: Vec<T>, limit: usize, key: impl Fn(&T) -> String) -> Self {
        let goes_on = items.len() > limit;
        items.truncate(limit);
        let next_cursor = items.last().filter(|_| goes_on).map(|last| make_cursor(key(last)));
        Self { items, next_cursor }
    }

    /// Of a short list that is at hand as a whole, in the order of `key`.
    pub fn of_all<K: Ord + Display + FromStr>(
        all: Vec<T>,
        query: &PageQuery,
        key: impl Fn(&T) -> K,
    ) -> Result<Self, ApiError> {
        let mut checks = Checks::default();
        let limit = limit(query.limit.as_deref(), &mut checks);
        let after: Option<K> = cursor(query.cursor.as_deref(), &mut checks);
        checks.finish()?;
        let rest = all
            .into_iter()
            .filter(|item| after.as_ref().is_none_or(|after| key(item) > *after));
        Ok(Self::cut(rest.take(limit + 1).collect(), limit, |item| {
            key(item).to_string()
        }))
    }

    /// The same page with each item made into another.
    pub fn map<U>(self, make: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(make).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

/// A place in a list whose ids are random, and so in no order: by when a thing was made, then by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    made_at: i64,
    id: i64,
}

impl Place {
    /// Of a thing that was made then.
    pub fn new(made_at: UnixMs, id: i64) -> Self {
        Self { made_at: made_at.0, id }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.made_at, self.id)
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (made_at, id) = text.split_once('.').ok_or(())?;
        Ok(Self {
            made_at: made_at.parse().map_err(|_| ())?,
            id: id.parse().map_err(|_| ())?,
        })
    }
}

// By hand, because the derived schema of a generic type repeats that of its items in full.
impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(
                "Send it as `cursor` for the page that follows; `null` on the last page.",
            ));
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("A part of a list."))
            .property("items", ArrayBuilder::new().items(Ref::from_schema_name(T::name())))
            .required("items")
            .property("next_cursor", cursor)
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(limit: &str, cursor: Option<String>) -> Result<Page<i64>, ApiError> {
        let query = PageQuery {
            limit: Some(limit.to_owned()),
            cursor,
        };
        Page::of_all(vec![2, 3, 5, 7, 11], &query, |n| *n)
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_repetition() {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = page("2", cursor).unwrap();
            seen.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [2, 3, 5, 7, 11]);
        assert!(
            page("5", None).unwrap().next_cursor.is_none(),
            "nothing follows a list that fits"
        );
    }

    #[test]
    fn what_is_no_limit_or_cursor_is_refused() {
        for limit in ["0", "201", "-1", "all", ""] {
            assert!(page(limit, None).is_err(), "{limit}");
        }
        for cursor in ["", "2", "%%%", "bm8"] {
            assert!(page("5", Some(cursor.to_owned())).is_err(), "{cursor}");
        }
    }
}
