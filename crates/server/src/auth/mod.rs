//! Who may enter: API keys, passwords and sessions. What is stored of each is a hash.

pub mod api_key;
pub mod email;
pub mod password;
pub mod rate;
pub mod sign_in;
pub mod throttle;
pub mod token;
