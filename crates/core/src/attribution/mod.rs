//! Where from? The touch of a click: its click IDs, UTM values and referrer, and which of them counts.

pub mod query;

pub use query::{CLICK_ID_PARAMETERS, ClickIdParameter, Platform};
use serde::{Deserialize, Serialize};

/// Which kind of evidence a touch rests on, strongest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// An ad platform's click ID.
    ClickId,
    /// UTM parameters.
    Utm,
    /// The page that linked here.
    Referrer,
    /// Nothing: typed, scanned, or hidden by an app.
    #[default]
    Direct,
}

impl Layer {
    /// As stored and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClickId => "click_id",
            Self::Utm => "utm",
            Self::Referrer => "referrer",
            Self::Direct => "direct",
        }
    }
}

/// UTM values, as cleaned by [`query`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utm {
    /// `utm_source`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `utm_medium`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<String>,
    /// `utm_campaign`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// `utm_term`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// `utm_content`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `utm_id`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl Utm {
    /// Whether no value is there.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A click ID as it came, under its parameter's canonical name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickId {
    /// Parameter, such as `gclid`.
    #[serde(rename = "k")]
    pub parameter: std::borrow::Cow<'static, str>,
    /// Value, never altered.
    #[serde(rename = "v")]
    pub value: String,
}

/// Where a click came from. Immutable once stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// The evidence that counts.
    pub layer: Layer,
    /// The platform behind it, by click ID, else by a known referrer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// All click IDs, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub click_ids: Vec<ClickId>,
    /// UTM values.
    #[serde(default, skip_serializing_if = "Utm::is_empty")]
    pub utm: Utm,
    /// Scheme and host of the referring page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Click-ID and UTM parameters that were there but unusable: unexpanded macros, `null`, broken values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<std::borrow::Cow<'static, str>>,
}

impl Touch {
    /// Reads the touch of a request. Total: whatever comes, there is a touch.
    pub fn of(raw_query: &str, referrer: Option<&str>, table: &[ClickIdParameter]) -> Self {
        let found = query::read(raw_query, table);
        let referrer = referrer.and_then(query::scheme_and_host);
        let referred_by = referrer.as_deref().and_then(Platform::of_referrer);
        let mut click_ids = found.click_ids; // in the table's order
        // With several click IDs the referrer's platform breaks the tie, else the table's order does.
        let platform_of = |id: &ClickId| table.iter().find(|p| p.name == id.parameter).and_then(|p| p.platform);
        if click_ids.len() > 1
            && let Some(referred_by) = referred_by
            && let Some(position) = click_ids.iter().position(|id| platform_of(id) == Some(referred_by))
        {
            click_ids[..=position].rotate_right(1);
        }
        let layer = match () {
            () if !click_ids.is_empty() => Layer::ClickId,
            () if !found.utm.is_empty() => Layer::Utm,
            () if referrer.is_some() => Layer::Referrer,
            () => Layer::Direct,
        };
        let platform = match layer {
            Layer::ClickId => click_ids.first().and_then(platform_of),
            Layer::Referrer => referred_by,
            Layer::Utm | Layer::Direct => None,
        };
        Self {
            layer,
            platform,
            click_ids,
            utm: found.utm,
            referrer,
            ignored: found.ignored,
        }
    }

    /// The click ID whose platform gets the event.
    pub fn primary_click_id(&self) -> Option<(&str, &str)> {
        self.click_ids
            .first()
            .map(|id| (id.parameter.as_ref(), id.value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn touch(query: &str, referrer: Option<&str>) -> Touch {
        Touch::of(query, referrer, CLICK_ID_PARAMETERS)
    }

    #[rstest]
    #[case("gclid=Cj0KCQ", Layer::ClickId, Some(Platform::Google))]
    #[case("gbraid=0AAAA", Layer::ClickId, Some(Platform::Google))]
    #[case("wbraid=ClsKCA", Layer::ClickId, Some(Platform::Google))]
    #[case("fbclid=IwAR2F4-dbP0", Layer::ClickId, Some(Platform::Meta))]
    #[case("ttclid=E.C.P.abc", Layer::ClickId, Some(Platform::Tiktok))]
    #[case("li_fat_id=0a1b2c3d-0000", Layer::ClickId, Some(Platform::Linkedin))]
    #[case("msclkid=00ff", Layer::ClickId, Some(Platform::Microsoft))]
    #[case("ScCid=aa&utm_source=x", Layer::ClickId, Some(Platform::Snapchat))]
    #[case("utm_source=bio", Layer::Utm, None)]
    #[case("gclid={gclid}&utm_source=bio", Layer::Utm, None)]
    #[case("gclid=", Layer::Direct, None)]
    #[case("", Layer::Direct, None)]
    fn the_strongest_evidence_is_the_layer(
        #[case] query: &str,
        #[case] layer: Layer,
        #[case] platform: Option<Platform>,
    ) {
        let touch = touch(query, None);
        assert_eq!((touch.layer, touch.platform), (layer, platform));
    }

    #[test]
    fn a_referrer_counts_when_nothing_stronger_is_there() {
        let touch = touch("", Some("https://l.instagram.com/?u=secret&e=x"));
        assert_eq!(touch.layer, Layer::Referrer);
        assert_eq!(
            touch.referrer.as_deref(),
            Some("https://l.instagram.com"),
            "scheme and host are kept, no more"
        );
        assert_eq!(touch.platform, Some(Platform::Meta));
    }

    #[rstest]
    #[case(None, "gclid")]
    #[case(Some("https://l.facebook.com/"), "fbclid")]
    #[case(Some("https://www.tiktok.com/"), "ttclid")]
    #[case(Some("https://example.com/"), "gclid")]
    fn of_several_click_ids_the_referrers_platform_is_primary(#[case] referrer: Option<&str>, #[case] primary: &str) {
        let touch = touch("ttclid=T&fbclid=F&gclid=G", referrer);
        assert_eq!(touch.primary_click_id().map(|(parameter, _)| parameter), Some(primary));
        assert_eq!(touch.click_ids.len(), 3, "all are stored");
    }

    #[test]
    fn utm_is_stored_beside_a_click_id() {
        let touch = touch("utm_campaign=lebaran&gclid=G", None);
        assert_eq!(touch.utm.campaign.as_deref(), Some("lebaran"));
        assert_eq!(touch.layer, Layer::ClickId);
    }

    #[test]
    fn what_is_unusable_is_ignored_and_named() {
        let touch = touch("gclid={gclid}&fbclid=null&utm_source={{site}}&utm_medium=cpc", None);
        assert_eq!(touch.ignored, ["gclid", "fbclid", "utm_source"]);
        assert_eq!(touch.utm.medium.as_deref(), Some("cpc"));
    }
}
