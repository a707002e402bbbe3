//! The apps whose in-app browsers we know, and the marks that they leave in a user agent.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Apps with an in-app browser. Most of them keep no cookies for long, which is why they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InApp {
    /// Facebook.
    Facebook,
    /// Facebook Messenger.
    Messenger,
    /// Instagram.
    Instagram,
    /// Threads.
    Threads,
    /// TikTok and TikTok Lite.
    Tiktok,
    /// LinkedIn.
    Linkedin,
    /// LINE.
    Line,
    /// Snapchat.
    Snapchat,
    /// Pinterest.
    Pinterest,
    /// Telegram (on Android; on iOS it does not say so).
    Telegram,
    /// WhatsApp's own browser.
    Whatsapp,
    /// X, formerly Twitter.
    X,
    /// WeChat.
    Wechat,
    /// KakaoTalk.
    Kakaotalk,
    /// Viber.
    Viber,
    /// Zalo.
    Zalo,
    /// The Google app (GSA).
    Google,
    /// A web view in an app that does not say its name.
    Other,
}

/// What an app leaves in the user agent of its in-app browser. The first that is found counts: Instagram and
/// Messenger come before Facebook, whose marks they carry too.
const MARKS: &[(&str, InApp)] = &[
    ("Instagram", InApp::Instagram),
    ("Barcelona", InApp::Threads),
    ("FBAN/Messenger", InApp::Messenger),
    ("FB_IAB/MESSENGER", InApp::Messenger),
    ("FB_IAB/Orca", InApp::Messenger),
    ("MetaIAB Messenger", InApp::Messenger),
    ("FBAN/", InApp::Facebook),
    ("FBAV/", InApp::Facebook),
    ("FB_IAB/", InApp::Facebook),
    ("MetaIAB Facebook", InApp::Facebook),
    ("musical_ly", InApp::Tiktok),
    ("BytedanceWebview", InApp::Tiktok),
    ("trill_", InApp::Tiktok),
    ("TikTok", InApp::Tiktok),
    ("AppName/ultralite", InApp::Tiktok),
    ("LinkedInApp", InApp::Linkedin),
    (" Line/", InApp::Line),
    ("Snapchat", InApp::Snapchat),
    ("[Pinterest/", InApp::Pinterest),
    ("Pinterest for ", InApp::Pinterest),
    ("Telegram-Android", InApp::Telegram),
    ("Telegram", InApp::Telegram),
    ("WhatsApp/", InApp::Whatsapp),
    ("Twitter for ", InApp::X),
    ("TwitterAndroid", InApp::X),
    ("MicroMessenger/", InApp::Wechat),
    ("KAKAOTALK", InApp::Kakaotalk),
    (" Viber", InApp::Viber),
    (" Zalo", InApp::Zalo),
    (" GSA/", InApp::Google),
    ("GoogleApp/", InApp::Google),
];

impl InApp {
    /// The app that left its mark in a user agent, if any did.
    pub(super) fn find(ua: &str) -> Option<Self> {
        MARKS.iter().find(|(mark, _)| ua.contains(mark)).map(|(_, app)| *app)
    }

    /// All apps, in the order of the reports.
    pub const ALL: [Self; 18] = [
        Self::Facebook,
        Self::Messenger,
        Self::Instagram,
        Self::Threads,
        Self::Tiktok,
        Self::Linkedin,
        Self::Line,
        Self::Snapchat,
        Self::Pinterest,
        Self::Telegram,
        Self::Whatsapp,
        Self::X,
        Self::Wechat,
        Self::Kakaotalk,
        Self::Viber,
        Self::Zalo,
        Self::Google,
        Self::Other,
    ];

    /// The name that the database and the API use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Facebook => "facebook",
            Self::Messenger => "messenger",
            Self::Instagram => "instagram",
            Self::Threads => "threads",
            Self::Tiktok => "tiktok",
            Self::Linkedin => "linkedin",
            Self::Line => "line",
            Self::Snapchat => "snapchat",
            Self::Pinterest => "pinterest",
            Self::Telegram => "telegram",
            Self::Whatsapp => "whatsapp",
            Self::X => "x",
            Self::Wechat => "wechat",
            Self::Kakaotalk => "kakaotalk",
            Self::Viber => "viber",
            Self::Zalo => "zalo",
            Self::Google => "google",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for InApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no [`InApp`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown in-app browser `{0}`")]
pub struct UnknownInApp(pub String);

impl FromStr for InApp {
    type Err = UnknownInApp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|app| app.as_str() == text)
            .ok_or_else(|| UnknownInApp(text.to_owned()))
    }
}
