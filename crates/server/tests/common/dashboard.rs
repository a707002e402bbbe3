//! Somebody who has a dashboard open.

use super::{
    Server,
    http::{Connection, api},
    wait_for,
};
use std::time::Duration;

/// A dashboard that listens.
pub struct Dashboard {
    connection: Connection,
    heard: String,
}

impl Dashboard {
    pub fn open(server: &Server, key: &str) -> Self {
        let mut connection = server.connect();
        let request = api(key, "GET", "/live", None);
        connection.send(&request.bytes()).expect("it is taken");
        let mut dashboard = Self {
            connection,
            heard: String::new(),
        };
        dashboard.hears(": listening");
        dashboard
    }

    /// Waits for this.
    pub fn hears(&mut self, wanted: &str) {
        wait_for(wanted, || {
            let bytes = self.connection.rest(Duration::from_millis(50));
            self.heard.push_str(&String::from_utf8_lossy(&bytes));
            self.heard.contains(wanted).then_some(())
        });
    }
}
