//! From a decision to an address: the chat with the message ready in it, or the fallback.

use konektor_core::{
    attribution::{Platform, Utm},
    decide::SendTo,
    message::{MessageFacts, location},
    routing::{Fallback, Rotator},
};
use std::borrow::Cow;

/// What the message says of a visitor who came like this; their name and agent are for the caller to add.
pub fn message_facts<'a>(
    rotator: &'a Rotator,
    code: &'a str,
    utm: &'a Utm,
    platform: Option<Platform>,
) -> MessageFacts<'a> {
    MessageFacts {
        code,
        rotator: &rotator.name,
        utm_source: utm.source.as_deref(),
        utm_medium: utm.medium.as_deref(),
        utm_campaign: utm.campaign.as_deref(),
        utm_term: utm.term.as_deref(),
        utm_content: utm.content.as_deref(),
        platform: platform.map(Platform::as_str),
        ..MessageFacts::default()
    }
}

/// Where the visitor goes; `None` is the page that says that it is closed.
pub fn address<'r>(rotator: &'r Rotator, to: &SendTo, message: MessageFacts<'_>) -> Option<Cow<'r, str>> {
    let chat = |phone, facts| Some(Cow::Owned(location(rotator.target, phone, &rotator.message, facts)));
    match (to, &rotator.fallback) {
        (SendTo::Agent(agent), _) => {
            let agent_name = &agent.name;
            chat(
                &agent.phone,
                &MessageFacts {
                    agent: agent_name,
                    ..message
                },
            )
        }
        (SendTo::Fallback, Some(Fallback::Phone(phone))) => chat(phone, &message),
        (SendTo::Fallback, Some(Fallback::Url(url))) => Some(Cow::Borrowed(url)),
        (SendTo::Fallback, None) | (SendTo::Closed, _) => None,
    }
}
