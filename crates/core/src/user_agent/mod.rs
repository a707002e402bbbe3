//! Which device, system, browser and app sent a request: for people who read the lead, and for the report of
//! recognition by browser. Table-driven and total; what is not known stays `None`. Nothing is decided by it.
//!
//! Two things that user agents no longer tell are not made up: Chrome's reduced form says `Android 10; K`
//! whatever the phone, and macOS and Windows stopped at `10_15_7` and `NT 10.0`.

mod in_app;

pub use in_app::{InApp, UnknownInApp};

use serde::{Deserialize, Serialize};

/// What a user agent says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserAgent {
    /// Make and model, such as `Samsung SM-A155F`, `iPhone`, `Desktop`.
    pub device: Option<String>,
    /// System and major version, such as `Android 13`.
    pub os: Option<String>,
    /// Browser and major version, such as `Chrome 142`.
    pub browser: Option<String>,
    /// The app whose in-app browser this is.
    pub in_app: Option<InApp>,
}

impl UserAgent {
    /// The browser without its version, as the reports name it.
    pub fn browser_name(&self) -> Option<&str> {
        let name = self.browser.as_deref()?;
        Some(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ')).filter(|name| !name.is_empty())
    }
}

/// Browsers by the token that carries their version, most particular first: nearly all of them also say
/// `Chrome/` and `Safari/`.
const BROWSERS: &[(&str, &str)] = &[
    ("SamsungBrowser/", "Samsung Internet"),
    ("MiuiBrowser/", "Mi Browser"),
    ("HeyTapBrowser/", "HeyTap Browser"),
    ("VivoBrowser/", "vivo Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("UCBrowser/", "UC Browser"),
    ("Opera Mini/", "Opera Mini"),
    ("OPiOS/", "Opera Mini"),
    ("OPT/", "Opera Touch"),
    ("OPX/", "Opera GX"),
    ("OPR/", "Opera"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("Whale/", "Whale"),
    ("Brave/", "Brave"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("coc_coc_browser/", "Coc Coc"),
    ("MQQBrowser/", "QQ Browser"),
    ("QQBrowser/", "QQ Browser"),
    ("Puffin/", "Puffin"),
    ("Silk/", "Silk"),
    ("Focus/", "Firefox Focus"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
];

/// Makes by how their model numbers begin. A model that already names its make (`Infinix X6816`, `TECNO KI5q`,
/// `vivo 1904`, `CUBOT X30`) needs no line.
const MAKES: &[(&str, &str)] = &[
    ("SM-", "Samsung"),
    ("GT-", "Samsung"),
    ("CPH", "OPPO"),
    ("RMX", "realme"),
    ("Redmi", "Xiaomi"),
    ("POCO", "Xiaomi"),
    ("Mi ", "Xiaomi"),
    ("MI ", "Xiaomi"),
    ("M200", "Xiaomi"),
    ("M201", "Xiaomi"),
    ("M210", "Xiaomi"),
    ("Pixel", "Google"),
    ("Nexus", "Google"),
    ("moto", "Motorola"),
    ("XT1", "Motorola"),
    ("XT2", "Motorola"),
    ("LM-", "LG"),
    ("LG-", "LG"),
    ("TA-1", "Nokia"),
    ("ONEPLUS", "OnePlus"),
];

/// The longest device name that is kept; what comes after is no model name but somebody's joke.
const MAX_DEVICE_CHARS: usize = 60;

const ANDROID_WEB_VIEW: &str = "Android WebView";
const IOS_WEB_VIEW: &str = "iOS WebView";

/// Reads a user agent. Total: any text gives an answer, if need be an empty one.
pub fn parse(ua: &str) -> UserAgent {
    let platform = platform(ua);
    let (device, os) = device_and_os(ua, &platform);
    let browser = browser(ua);
    let is_web_view = browser.is_some_and(|(name, _)| name == ANDROID_WEB_VIEW || name == IOS_WEB_VIEW);
    let in_app = InApp::find(ua).or(is_web_view.then_some(InApp::Other));
    UserAgent {
        device,
        os,
        browser: browser.map(|(name, version)| with_version(name, version)),
        in_app,
    }
}

/// The parts of the first parenthesis: `Linux`, `Android 13`, `SM-A155F Build/TP1A.220624.014`, `wv`.
fn platform(ua: &str) -> Vec<&str> {
    let Some(open) = ua.find('(') else { return Vec::new() };
    let mut depth = 0_usize;
    let close = ua[open..].find(|sign| {
        depth = match sign {
            '(' => depth + 1,
            ')' => depth - 1,
            _ => depth,
        };
        depth == 0
    });
    let inside = &ua[open + 1..close.map_or(ua.len(), |close| open + close)];
    inside
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

fn device_and_os(ua: &str, platform: &[&str]) -> (Option<String>, Option<String>) {
    let has = |start: &str| platform.iter().any(|part| part.starts_with(start));
    let desktop = || Some("Desktop".to_owned());
    if let Some(device) = ["iPhone", "iPad", "iPod"].into_iter().find(|device| has(device)) {
        let system = if device == "iPad" { "iPadOS" } else { "iOS" };
        return (Some(device.to_owned()), Some(with_version(system, ios_version(ua))));
    }
    if let Some(at) = platform
        .iter()
        .position(|part| part.starts_with("Android") || part.starts_with("Adr "))
    {
        let model = platform[at + 1..].iter().find_map(|part| model(part));
        let is_reduced = platform[at + 1..].contains(&"K");
        let version = if is_reduced {
            ""
        } else {
            digits(platform[at].trim_start_matches(|c: char| !c.is_ascii_digit()))
        };
        let model = model.or_else(|| {
            ua.split_once("FBDV/")
                .and_then(|(_, rest)| model_name(rest.split(';').next()?))
        });
        return (
            model.map(|model| with_make(model, ua)),
            Some(with_version("Android", version)),
        );
    }
    if let Some(part) = platform.iter().find(|part| part.starts_with("Windows NT ")) {
        let system = match &part["Windows NT ".len()..] {
            version if version.starts_with("10") => "Windows 10 or 11",
            "6.3" => "Windows 8.1",
            "6.2" => "Windows 8",
            "6.1" => "Windows 7",
            _ => "Windows",
        };
        return (desktop(), Some(system.to_owned()));
    }
    match () {
        _ if has("Windows Phone") => (None, Some("Windows Phone".to_owned())),
        _ if has("Windows") => (desktop(), Some("Windows".to_owned())),
        _ if has("Macintosh") => (desktop(), Some("macOS".to_owned())),
        _ if has("CrOS") => (desktop(), Some("ChromeOS".to_owned())),
        _ if ua.contains("KAIOS/") => (
            None,
            Some(with_version("KaiOS", version_after(ua, "KAIOS/").unwrap_or_default())),
        ),
        _ if has("Tizen") => (None, Some("Tizen".to_owned())),
        _ if has("X11") || has("Linux") => (desktop(), Some("Linux".to_owned())),
        _ => (None, None),
    }
}

/// `CPU iPhone OS 17_5_1 like Mac OS X`: 17. Since iOS 26 that number stands still, and Safari's own goes on.
fn ios_version(ua: &str) -> &str {
    let system = version_after(ua, "OS ").unwrap_or_default();
    match version_after(ua, "Version/") {
        Some(safari) if safari.parse::<u32>().is_ok_and(|safari| safari >= 26) => safari,
        _ => system,
    }
}

/// A part of the platform as the model of an Android device, unless it is something else.
fn model(part: &str) -> Option<&str> {
    let is_language = matches!(part.as_bytes(), [a, b] | [a, b, b'-' | b'_', _, _]
        if a.is_ascii_lowercase() && b.is_ascii_lowercase());
    let noise = ["K", "U", "wv", "rv", "Mobile", "Tablet", "HarmonyOS"];
    let noise_starts = ["rv:", "HMSCore", "GMSCore", "arm", "Opera ", "Build/", "Chrome"];
    let is_noise = is_language || noise.contains(&part) || noise_starts.iter().any(|start| part.starts_with(start));
    if is_noise { None } else { model_name(part) }
}

/// `SM-A155F Build/TP1A.220624.014` without the build.
fn model_name(text: &str) -> Option<&str> {
    let name = text.find("Build/").map_or(text, |build| &text[..build]).trim();
    let name = name
        .char_indices()
        .nth(MAX_DEVICE_CHARS)
        .map_or(name, |(cut, _)| &name[..cut]);
    (!name.is_empty()).then_some(name)
}

fn with_make(model: &str, ua: &str) -> String {
    let model = model
        .strip_prefix("SAMSUNG ")
        .or_else(|| model.strip_prefix("samsung "))
        .unwrap_or(model);
    let listed = MAKES
        .iter()
        .find(|(start, _)| model.starts_with(start))
        .map(|(_, make)| *make);
    match listed.or_else(|| make_by_shape(model, ua)) {
        Some(make) if !starts_with_ignoring_case(model, make) => format!("{make} {model}"),
        _ => model.to_owned(),
    }
}

/// Makes whose model numbers have a shape instead of a beginning.
fn make_by_shape(model: &str, ua: &str) -> Option<&'static str> {
    let is_code = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match model.as_bytes() {
        // 23106RN0DA, 2201117TG: year, month, then a code
        [b'2', b'0'..=b'9', month @ (b'0' | b'1'), _, rest @ ..]
            if month.is_ascii_digit() && (4..=8).contains(&rest.len()) && is_code(model) && digits(model) != model =>
        {
            Some("Xiaomi")
        }
        // V2027, V2205A, I2202
        [b'V' | b'I', b'1' | b'2', b, c, d, rest @ ..]
            if rest.len() <= 2 && [b, c, d].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            Some("vivo")
        }
        // JNY-LX1, STK-L22, BKK-LX2
        [a, b, c, b'-', b'L' | b'A' | b'T' | b'N', ..]
            if [a, b, c].iter().all(|letter| letter.is_ascii_uppercase()) && is_code(&model[4..]) =>
        {
            Some(if ua.contains("HONOR") { "Honor" } else { "Huawei" })
        }
        _ => None,
    }
}

/// Name and major version of the browser.
fn browser(ua: &str) -> Option<(&'static str, &str)> {
    if let Some(found) = BROWSERS
        .iter()
        .find_map(|(token, name)| Some((*name, version_after(ua, token)?)))
    {
        return Some(found);
    }
    if let Some(version) = version_after(ua, "Chrome/") {
        return Some((
            if ua.contains("; wv)") {
                ANDROID_WEB_VIEW
            } else {
                "Chrome"
            },
            version,
        ));
    }
    let is_phone_of_apple = ua.contains("AppleWebKit/") && ua.contains("Mobile/");
    let safari = version_after(ua, "Version/").filter(|_| ua.contains("Safari/") && !ua.contains("(like Safari/"));
    match safari {
        Some(version) if ua.contains("Android") => return Some(("Android Browser", version)),
        Some(version) => return Some(("Safari", version)),
        // Apps show pages in a web view that lacks the one or the other of Safari's tokens.
        None if is_phone_of_apple => return Some((IOS_WEB_VIEW, "")),
        None if ua.contains("Safari/") => return Some(("Safari", "")),
        None => {}
    }
    if ua.contains("Trident/7.") {
        return Some(("Internet Explorer", "11"));
    }
    version_after(ua, "MSIE ").map(|version| ("Internet Explorer", version))
}

/// The major version behind `token`, where the token begins a word: `Focus/` is not in `InFocus/`. An empty
/// text where the token stands without a number.
fn version_after<'a>(ua: &'a str, token: &str) -> Option<&'a str> {
    // Along the places of its first letter: a searcher takes longer to make than these texts are long.
    let (bytes, first) = (ua.as_bytes(), *token.as_bytes().first()?);
    memchr::memchr_iter(first, bytes)
        .find(|at| {
            bytes[*at..].starts_with(token.as_bytes()) && !bytes[..*at].last().is_some_and(u8::is_ascii_alphanumeric)
        })
        .map(|at| digits(&ua[at + token.len()..]))
}

/// The digits that `text` begins with; more than six are no version.
fn digits(text: &str) -> &str {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    if end <= 6 { &text[..end] } else { "" }
}

fn with_version(name: &str, version: &str) -> String {
    if version.is_empty() {
        name.to_owned()
    } else {
        format!("{name} {version}")
    }
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}
