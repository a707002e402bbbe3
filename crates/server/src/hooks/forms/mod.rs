//! `POST /hooks/forms/{token}`: what somebody filled in, from whatever form tool.

pub mod limits;
pub mod receive;
mod said;
