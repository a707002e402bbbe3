//! Checking the fields of a request: all of them, so that whoever sent it sees everything at once.

use super::error::{ApiError, FieldError};
use std::fmt::Display;

/// What was found wrong so far.
#[derive(Debug, Default)]
pub struct Checks {
    errors: Vec<FieldError>,
}

impl Checks {
    /// Notes that a field cannot be used.
    pub fn refuse(&mut self, field: impl Into<String>, message: impl Display) {
        self.errors.push(FieldError {
            field: field.into(),
            message: message.to_string(),
            ..FieldError::default()
        });
    }

    /// Notes an error; gives the value if there is one.
    pub fn ok<T, E: Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.refuse(field, error)).ok()
    }

    /// Notes a text that is too long.
    pub fn at_most(&mut self, field: &str, text: &str, most: usize) {
        let chars = text.chars().count();
        if chars > most {
            self.refuse(
                field,
                format!("The text has {chars} characters; at most {most} are possible. Shorten it."),
            );
        }
    }

    /// An error if anything was refused.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self.errors))
        }
    }
}
