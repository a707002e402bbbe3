//! What we know about user agents beside the kept list of crawlers: which class a known name belongs to, what
//! that list lacks, and where it is wrong about people. Data; how it is matched stands in [`super::patterns`].

use super::Class;

/// Where in a user agent a name has to stand to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// As a word: not after a letter or digit, and not going on in lower case (`Slack` is not in `Slackware`,
    /// but `Feedly` is in `FeedlyBot`).
    Word,
    /// As the end of a word that is no phone's name: `Googlebot/2.1`, never `CUBOT X30`.
    WordEnd,
    /// At the very start: a program that names itself first. Browsers start with `Mozilla/`.
    Start,
    /// Where a crawler names itself: at the start, or right after `compatible; `.
    Name,
    /// As the whole text.
    Whole,
    /// Anywhere: the text is telling enough.
    Anywhere,
}

/// Our own list. Any case; where several match, ad review goes before preview before tool before bot.
pub(super) const OWN: &[(Class, Place, &[&str])] = &[
    (
        Class::AdReview,
        Place::Word,
        &[
            // Google: AdsBot-Google, AdsBot-Google-Mobile, Google-Ads-Creatives-Assistant, Google-AdWords-Instant,
            // Google-Adwords-DisplayAds-WebRender, Google-Ads-Conversions
            "AdsBot",
            "Mediapartners",
            "Google-Ads",
            "Google-AdWords",
            // TikTok's preloader of landing pages
            "thirdLandingPageFeInfra",
            // Meta
            "meta-externalads",
            "facebookcatalog",
            // Microsoft, Snapchat, Amazon, Baidu, Yandex, Yahoo
            "adidxbot",
            "BingAds",
            "SnapchatAds",
            "AmazonAdBot",
            "BaiduAdsBot",
            "YaDirectFetcher",
            "Yahoo Ad monitoring",
            // verification for advertisers
            "ias_crawler",
            "IAS crawler",
            "GrapeshotCrawler",
            "proximic",
            "moatbot",
            "DVbot",
            "peer39_crawler",
            "Taboolabot",
            "CriteoBot",
            "outbrain",
        ],
    ),
    (
        Class::Preview,
        Place::Word,
        &[
            // iMessage sends `facebookexternalhit/1.1 Facebot Twitterbot/1.0` behind Safari's own text; LINE and
            // KakaoTalk send it with `;line-poker/1.0`, `; kakaotalk-scrap/1.0`
            "facebookexternalhit",
            "Facebot",
            "line-poker",
            "kakaotalk-scrap",
            "Meta-ExternalHit",
            "meta-externalfetcher",
            "TelegramBot",
            "Twitterbot",
            "LinkedInBot",
            "Slackbot",
            "Slack-ImgProxy",
            "Discordbot",
            "SkypeUriPreview",
            "MicrosoftPreview",
            "Pinterestbot",
            "pinterest.com/bot",
            "redditbot",
            "TikTokSpider",
            "Linespider",
            "DingTalkBot-LinkService",
            "ZaloBot",
            "vkShare",
            "OdklBot",
            "Mastodon",
            "Misskey",
            "SummalyBot",
            "Pleroma",
            "Akkoma",
            "Friendica",
            "Bluesky Cardyb",
            "Mattermost-Bot",
            "Rocket.Chat",
            "GroupMeBot",
            "KeybaseBot",
            "FlipboardProxy",
            "EvernoteRichLinkBot",
            "Embedly",
            "Iframely",
            "OpenGraph.io",
            "Discourse Forum Onebox",
            "YahooMailProxy",
            "GoogleImageProxy",
            "developers.google.com/+/web/snippet",
        ],
    ),
    // The apps themselves ask for previews under their bare name (Signal too says `WhatsApp/2`); the same names
    // at the end of a browser's text are their in-app browsers, hence people.
    (
        Class::Preview,
        Place::Start,
        &[
            "WhatsApp",
            "Viber",
            "Snap URL Preview",
            "Tumblr/",
            "Bluesky/",
            "Notion/",
        ],
    ),
    (Class::Preview, Place::Name, &["Synapse", "Lemmy"]),
    (
        Class::Preview,
        Place::Anywhere,
        &[
            "LinkPreview",
            "Link Preview",
            "URLPreview",
            "URL Preview",
            "Web Preview",
            "Unfurl",
        ],
    ),
    (
        Class::Tool,
        Place::Word,
        &[
            "HeadlessChrome",
            "PhantomJS",
            "Puppeteer",
            "Playwright",
            "Selenium",
            "Cypress",
            "Lighthouse",
            "Chrome-Lighthouse",
            "SlimerJS",
            "HtmlUnit",
            "python-requests",
            "Python-urllib",
            "python-httpx",
            "aiohttp",
            "Scrapy",
            "libwww-perl",
            "lwp-trivial",
            "LWP::Simple",
            "Go-http-client",
            "Apache-HttpClient",
            "Apache-HttpAsyncClient",
            "HttpUrlConnection",
            "AsyncHttpClient",
            "GuzzleHttp",
            "PHP-Curl-Class",
            "HTTPie",
            "node-fetch",
            "undici",
            "axios",
            "sindresorhus/got",
            "PostmanRuntime",
            "HTTrack",
            "libcurl",
            "winhttp",
            "WinHttpRequest",
            "PowerShell",
            "WindowsPowerShell",
        ],
    ),
    // Libraries whose name a phone app may leave inside a real in-app browser's text: only when they come first.
    (
        Class::Tool,
        Place::Start,
        &[
            "curl/",
            "Wget/",
            "okhttp",
            "Java/",
            "Java1",
            "Dalvik/",
            "got (",
            "got/",
            "Ruby",
            "PHP/",
            "python/",
            "Dart/",
            "Deno/",
            "Bun/",
            "node",
            "reqwest",
            "hyper/",
            "Faraday",
            "rest-client",
            "RestSharp",
            "insomnia",
            "bruno-runtime",
            "k6/",
            "ApacheBench",
            "wrk",
            "hey/",
            "vegeta",
            "Jakarta Commons",
            "http.rb",
            "HTTP_Request",
            "WinHTTP",
            "Microsoft-CryptoAPI",
            "Symfony",
            "Postman",
        ],
    ),
    // Apple's own loader, used by apps and background services; its web views say `Mozilla/`.
    (Class::Tool, Place::Word, &["CFNetwork"]),
    // Names that no browser sends bare.
    (
        Class::Tool,
        Place::Whole,
        &[
            "Mozilla/5.0",
            "Mozilla/4.0",
            "Mozilla",
            "-",
            "null",
            "undefined",
            "Chrome",
            "Safari",
        ],
    ),
    // How crawlers that are in no list give themselves away: their word, or the page about them.
    (
        Class::Bot,
        Place::WordEnd,
        &[
            "bot", "bots", "crawler", "crawlers", "crawl", "spider", "spiders", "scraper",
        ],
    ),
    (Class::Bot, Place::Anywhere, &["+http://", "+https://"]),
    (
        Class::Bot,
        Place::Word,
        &[
            "80legs",
            "Bytespider",
            "BingPreview",
            "meta-externalagent",
            "facebookplatform",
            "Nitro-Optimizer",
        ],
    ),
];

/// Makes of phones whose name ends like a crawler's.
pub(super) const PHONES_ENDING_LIKE_BOTS: &[&str] = &["cubot"];

/// Patterns of the kept list that hit people, as they stand there, and why they are left out.
pub(super) const NOT_TAKEN: &[(&str, &str)] = &[
    (
        r"AP3A\.240617\.008",
        "an Android 15 build number: very many OPPO, realme and Xiaomi phones carry it",
    ),
    ("MetaIAB Facebook", "Facebook's in-app browser, a person reading in it"),
    ("Sonic", "Slack's desktop app says `Sonic Slack_SSB`"),
    ("Fluid", "a browser for the Mac"),
    (
        "okhttp",
        "in-app browsers leave it in their text; the bare library is in our list",
    ),
];

/// Patterns of the kept list that are also ordinary words, phones, apps or build numbers, and what they are to
/// people. They count only where a crawler names itself ([`Place::Name`]).
pub(super) const ONLY_AS_NAME: &[(&str, &str)] = &[
    ("WhatsApp", "its in-app browser"),
    ("Viber", "its in-app browser ends in `Viber/11.9`"),
    (r"Tumblr\/", "an app with an in-app browser"),
    (r"Bluesky\/", "an app with an in-app browser"),
    (r"Notion\/", "its desktop app"),
    (r"Grammarly\/", "its desktop app"),
    (r"upday\/", "the news app on Samsung phones"),
    (r"NewsNow\/", "a news app"),
    (r"Instapaper\/", "a reading app"),
    ("Feedly", "a reading app"),
    ("NewsBlur", "a reading app"),
    ("inoreader", "a reading app"),
    (r"Overcast\/", "a podcast app"),
    (r"PocketCasts\/", "a podcast app"),
    ("Podimo", "a podcast app"),
    ("Goodreads", "an app with an in-app browser"),
    (r"Asana\/", "its mobile app"),
    ("HubSpot", "its mobile app"),
    (r"PayPal\/", "a wallet with an in-app browser"),
    (
        "GoPay",
        "the Indonesian wallet; the listed one is a Czech payment gateway",
    ),
    ("CapitalOneShopping", "an app with an in-app browser"),
    ("Butterfly", "HTC Butterfly, a phone"),
    ("Fever", "Wiko Fever, a phone"),
    ("Odin;", "AYN Odin, a handheld"),
    ("Charlotte", "an ordinary word"),
    ("Adventurer", "an ordinary word"),
    ("Magellan", "a maker of devices"),
    ("Nitro-", "a series of Acer's devices"),
    ("Expanse", "an ordinary word"),
    ("Synapse", "an ordinary word"),
    ("Trove", "an ordinary word"),
    ("Hello World", "ordinary words"),
    (r"Operator\/", "some web views name the carrier so"),
    (r"008\/", "build numbers end so"),
    ("ds9", "too short: random tokens contain it"),
    (r"RED\/", "too short: RED makes phones"),
    (r"BW\/", "too short"),
    (r"Make\/", "an ordinary word"),
    ("coccoc", "a Vietnamese browser of that name"),
];
