//! Access tokens that are made from credentials (Google's), kept until they end.

use crate::delivery::Delivery;
use konektor_core::time::UnixMs;
use konektor_platforms::{Connection, Finding, Secret, Verdict, wire::STRUCK_OUT};
use std::time::Duration;

/// A token is not used in its last minute: the request with it takes its time.
const SPARE_MS: i64 = 60_000;
const TIMEOUT: Duration = Duration::from_secs(15);

/// The token of one destination. Its sender is the only one that asks for it, so it is never asked for twice.
#[derive(Default)]
pub(super) struct Token {
    kept: Option<(Secret, UnixMs)>,
}

impl Token {
    /// The token, a new one if need be; `None` for a platform whose credentials are one.
    pub(super) async fn get(
        &mut self,
        delivery: &Delivery,
        connection: &Connection,
        now: UnixMs,
    ) -> Result<Option<Secret>, Finding> {
        let Some(request) = connection.token_request(&delivery.hosts, now) else {
            return Ok(None);
        };
        if let Some((token, until)) = &self.kept
            && now < *until
        {
            return Ok(Some(token.clone()));
        }
        let request = request.map_err(|error| {
            let hold = Verdict::Hold(konektor_platforms::Hold::Auth);
            Finding::new(hold, error.to_string())
        })?;
        let response = delivery
            .transport
            .send(&request, TIMEOUT)
            .await
            .map_err(|words| Finding::new(Verdict::Retry, format!("no access token: {words}")))?;
        let (token, lives) = connection.decode_token(&response)?;
        let until = now.plus_ms(i64::try_from(lives.as_millis()).unwrap_or(i64::MAX) - SPARE_MS);
        self.kept = Some((token.clone(), until));
        Ok(Some(token))
    }

    /// The text without the token.
    pub(super) fn strike_out(&self, text: &str) -> String {
        match &self.kept {
            Some((token, _)) => text.replace(token.expose(), STRUCK_OUT),
            None => text.to_owned(),
        }
    }

    /// Whether there was one, which now is forgotten: the platform may have ended it early.
    pub(super) fn forget(&mut self) -> bool {
        self.kept.take().is_some()
    }
}
