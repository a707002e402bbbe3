//! `konektor health`: asks the server of these settings how it is, for containers without a shell.

use super::{Context, Error};
use serde_json::json;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

/// Longest wait: the server itself waits for its database for a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// Prints `ready` or `degraded`, which still serves visitors; fails if nobody answers.
pub(super) async fn run(context: Context) -> Result<(), Error> {
    let address = reachable(context.settings.metrics_listen);
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let asked = client.get(format!("http://{address}/readyz")).send().await;
    let answer = asked.map_err(|error| format!("no server answers on {address}: {}", innermost(&error)))?;
    if !answer.status().is_success() {
        return Err(format!("what answers on {address} says {}", answer.status()).into());
    }
    let state = answer.text().await?;
    let state = state.trim();
    context.print(state, json!({ "state": state }));
    Ok(())
}

/// Where a listener is reached from its own machine.
fn reachable(listener: SocketAddr) -> SocketAddr {
    let ip = match listener.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listener.port())
}

/// What the system said: the errors around it only say that something was asked.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0.0.0.0:9090", "127.0.0.1:9090")]
    #[case("[::]:9090", "[::1]:9090")]
    #[case("10.0.0.7:9090", "10.0.0.7:9090")]
    fn a_listener_on_all_addresses_is_asked_on_this_machine(#[case] listener: SocketAddr, #[case] asked: SocketAddr) {
        assert_eq!(reachable(listener), asked);
    }
}
