//! What a shop is made of, where a story does not care.

use konektor_core::{
    attribution::Platform,
    event::{Consent, Mapping},
    ids::AgentId,
    routing::{Mode, Share},
    webhook::EventKinds,
};
use konektor_store::model::{AgentFields, DestinationFields, NewWorkspace, RotatorFields, WebhookFields};

pub fn workspace(name: &str) -> NewWorkspace {
    NewWorkspace {
        name: name.to_owned(),
        country: "ID".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        code_key: [7; 16],
    }
}

pub fn agent(name: &str, phone: &str) -> AgentFields {
    AgentFields {
        name: name.to_owned(),
        phone: phone.to_owned(),
        active: true,
        paused_until: None,
        hours: None,
        time_zone: None,
        daily_cap: None,
    }
}

/// A link that redirects, with equal shares.
pub fn rotator(slug: &str, agents: &[AgentId]) -> RotatorFields {
    RotatorFields {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        mode: Mode::Redirect,
        message: "Hi [{code}]".to_owned(),
        target: "wa.me".to_owned(),
        fallback: None,
        page: None,
        agents: agents.iter().map(|&agent| Share { agent, weight: 1 }).collect(),
        learning: None,
    }
}

pub fn destination(platform: Platform) -> DestinationFields {
    DestinationFields {
        platform,
        name: platform.to_string(),
        settings: serde_json::Map::new(),
        sealed: vec![1, 2, 3],
        mapping: Mapping::default(),
        consent: Consent::Unspecified,
        active: true,
    }
}

/// A webhook that is told everything.
pub fn webhook() -> WebhookFields {
    WebhookFields {
        url: "https://example.com/hook".to_owned(),
        events: EventKinds::all(),
        active: true,
        secret: vec![1, 2, 3],
        previous: None,
    }
}
