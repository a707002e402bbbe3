//! Who may enter: API keys and passwords. What is stored of either is a hash.

pub mod api_key;
pub mod password;
