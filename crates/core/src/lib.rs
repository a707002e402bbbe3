//! The domain of Konektor, pure: everything that it *knows*.
//!
//! No network, no database, no clock, no randomness of its own: time, chance and data files come in as
//! arguments, so that each rule can be run a million times in a test. Start reading at [`decide`].
//!
//! A click passes through the modules in this order: [`request`] → [`screening`] → [`identity`] →
//! [`attribution`] → [`decide`] (which asks [`rotation`] and [`schedule`]) → [`message`].

pub mod attribution;
pub mod byte_set;
pub mod click;
pub mod decide;
pub mod digest;
pub mod doctor;
pub mod evenness;
pub mod event;
pub mod flood;
pub mod fold;
pub mod form;
pub mod identity;
pub mod ids;
pub mod lead;
pub mod message;
pub mod page;
pub mod phone;
pub mod reminder;
pub mod request;
pub mod rotation;
pub mod routing;
pub mod schedule;
pub mod screening;
pub mod time;
pub mod user_agent;
pub mod webhook;
pub mod whatsapp;
