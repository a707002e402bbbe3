//! How a rotator's shares are learned: the settings.

use crate::api::checks::Checks;
use konektor_core::rotation::learning::Learning;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use utoipa::ToSchema;

const LEAST_PERCENT: RangeInclusive<i64> = 10..=90;
const WINDOW_DAYS: RangeInclusive<i64> = 14..=365;
const WAIT_DAYS: RangeInclusive<i64> = 1..=60;

/// How shares are learned: they move towards the agents who win more of this rotator's leads. One lead in five goes on by the
/// shares that were set, and nobody gets more than twice their own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Learning)]
pub struct LearningView {
    /// Nobody gets less than this part of the share that was set for them, in percent.
    #[schema(minimum = 10, maximum = 90, example = 50)]
    least_percent: u8,
    /// The leads of so many days count.
    #[schema(minimum = 14, maximum = 365, example = 90)]
    window_days: u16,
    /// A lead counts when it is so many days old, and as won if it was won by then.
    #[schema(minimum = 1, maximum = 60, example = 7)]
    wait_days: u16,
    /// Shares stay as they are.
    frozen: bool,
}

/// How shares are to be learned. What is absent stays, or is as usual where learning begins.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLearning {
    /// Nobody gets less than this part of the share that was set for them, in percent; 50 as usual.
    #[schema(minimum = 10, maximum = 90)]
    least_percent: Option<i64>,
    /// The leads of so many days count; 90 as usual.
    #[schema(minimum = 14, maximum = 365)]
    window_days: Option<i64>,
    /// A lead counts when it is so many days old, and as won if it was won by then; 7 as usual.
    #[schema(minimum = 1, maximum = 60)]
    wait_days: Option<i64>,
    /// Whether shares stay as they are.
    frozen: Option<bool>,
}

impl From<Learning> for LearningView {
    fn from(learning: Learning) -> Self {
        let Learning {
            least_percent,
            window_days,
            wait_days,
            frozen,
        } = learning;
        Self {
            least_percent,
            window_days,
            wait_days,
            frozen,
        }
    }
}

impl NewLearning {
    /// The settings after the change, checked.
    pub fn check(self, before: Option<Learning>, checks: &mut Checks) -> Learning {
        let before = before.unwrap_or_default();
        let mut number = |field: &str, sent: Option<i64>, before: u16, range: RangeInclusive<i64>| match sent {
            None => before,
            Some(sent) if range.contains(&sent) => u16::try_from(sent).unwrap_or(before),
            Some(sent) => {
                let (least, most) = range.into_inner();
                checks.refuse(
                    format!("learning.{field}"),
                    format!("{sent} is not possible. Use {least} to {most}."),
                );
                before
            }
        };
        let least_percent = number(
            "least_percent",
            self.least_percent,
            before.least_percent.into(),
            LEAST_PERCENT,
        );
        Learning {
            least_percent: u8::try_from(least_percent).unwrap_or(before.least_percent),
            window_days: number("window_days", self.window_days, before.window_days, WINDOW_DAYS),
            wait_days: number("wait_days", self.wait_days, before.wait_days, WAIT_DAYS),
            frozen: self.frozen.unwrap_or(before.frozen),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::testing::Server;
    use serde_json::json;

    #[tokio::test]
    async fn it_is_off_until_somebody_wants_it_and_what_is_absent_stays() {
        let server = Server::start().await;
        let ayu = server.add_agent("Ayu").await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[&ayu]).await);
        assert_eq!(server.get(&path).await.json["learning"], json!(null));
        let on = server.patch(&path, json!({ "learning": {} })).await.json["learning"].clone();
        let usual = json!({ "least_percent": 50, "window_days": 90, "wait_days": 7, "frozen": false });
        assert_eq!(on, usual);
        server.patch(&path, json!({ "learning": { "wait_days": 3 } })).await;
        let frozen = server.patch(&path, json!({ "learning": { "frozen": true } })).await;
        let wanted = json!({ "least_percent": 50, "window_days": 90, "wait_days": 3, "frozen": true });
        assert_eq!(frozen.json["learning"], wanted);
        server.patch(&path, json!({ "name": "Promo" })).await;
        assert_eq!(server.get(&path).await.json["learning"], wanted);
        server.patch(&path, json!({ "learning": null })).await;
        assert_eq!(server.get(&path).await.json["learning"], json!(null));

        let new = json!({ "slug": "bio", "learning": { "window_days": 30 } });
        assert_eq!(server.post("/rotators", new).await.json["learning"]["window_days"], 30);
    }

    #[tokio::test]
    async fn what_is_beyond_its_bounds_is_refused_with_them() {
        let server = Server::start().await;
        let path = format!("/rotators/{}", server.add_rotator("promo", &[]).await);
        let wrong = json!({ "learning": { "least_percent": 0, "window_days": 366, "wait_days": -1 } });
        let refused = server.patch(&path, wrong).await.refused();
        let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(
            fields,
            ["learning.least_percent", "learning.window_days", "learning.wait_days"]
        );
        assert_eq!(refused[0].1, "0 is not possible. Use 10 to 90.");
        assert_eq!(server.get(&path).await.json["learning"], json!(null));
    }
}
