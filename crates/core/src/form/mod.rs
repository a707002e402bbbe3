//! What a form tool posts, read into what it says of a person.
//!
//! Every tool has a shape of its own. So a body becomes a [`Payload`] first (its answers, each with a path and the
//! question as people read it), whatever it was written as; a [`Mapping`] then names the paths of name, phone, e-mail and
//! the rest. [`guess`] makes one from the first payload, in English and Indonesian. [`signature`] says whether the body is
//! from whom it says, [`sample`] what of it may be kept to be looked at.
//!
//! Reading bytes, asking the database and answering is the server's; what may then be changed of a lead is
//! [`crate::lead`]'s.

pub mod body;
pub mod guess;
mod labels;
pub mod mapping;
pub mod payload;
pub mod refusal;
pub mod remark;
pub mod sample;
pub mod signature;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use guess::guess;
pub use mapping::{Answers, Mapping};
pub use payload::{Answer, Payload};
pub use refusal::Refusal;
pub use remark::Remark;
