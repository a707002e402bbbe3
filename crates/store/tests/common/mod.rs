//! What the stories of the store share.
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod databases;
pub mod shop;

use konektor_core::{
    attribution::{CLICK_ID_PARAMETERS, Touch},
    decide::{Place, Visit},
    identity::continuity::Fingerprints,
    ids::{RotatorId, WorkspaceId},
    time::UnixMs,
};
use std::net::IpAddr;

/// A visit of somebody without a cookie, always from the same address.
pub fn visit(
    prints: &Fingerprints,
    (workspace, rotator): (WorkspaceId, RotatorId),
    at: UnixMs,
    query: &str,
    browser: &str,
) -> Visit {
    let touch = Touch::of(query, None, CLICK_ID_PARAMETERS);
    let address = IpAddr::from([203, 0, 113, 9]);
    let browser_print = prints.user_agent(browser);
    Visit {
        at,
        rotator,
        cookie: None,
        address,
        request_print: prints.request(address, browser_print, "", "", query),
        click_id: prints.click_id(workspace, &touch, browser_print, "id"),
        touch,
        host: "wa.toko.example".to_owned(),
        ua: browser.into(),
        lang: "id".to_owned(),
        place: Place {
            country: Some("ID".parse().unwrap()),
            ..Place::default()
        },
        gpc: false,
        consent: None,
        pixel: None,
        press: None,
        is_discreet: false,
    }
}
