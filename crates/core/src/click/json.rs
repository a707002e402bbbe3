//! A click's facts as the JSON that `serde` makes of them, written straight out: every click is, and most of its texts have
//! nothing to escape, which is seen sixteen bytes at a time.

use super::ClickFacts;
use crate::attribution::{ClickId, Touch, Utm};
use std::{io::Write, net::IpAddr};

/// A key as it stands in the JSON, put together by the compiler.
macro_rules! key {
    ($name:literal) => {
        concat!("\"", $name, "\":")
    };
}

impl ClickFacts {
    /// Appends what `serde_json` would write.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        // Taken apart by name, so that a new field cannot be forgotten here.
        let Self {
            by,
            why,
            new,
            dup,
            shared,
            touch,
            host,
            ip,
            ua,
            lang,
            cc,
            region,
            city,
            tz,
            gpc,
            consent,
            pixel,
            press,
        } = self;
        let mut object = Object::open(out);
        object.word(key!("by"), by.as_str());
        object.word(key!("why"), why.as_str());
        for (key, is_set) in [(key!("new"), *new), (key!("dup"), *dup), (key!("shared"), *shared)] {
            if is_set {
                object.value(key, |out| out.extend_from_slice(b"true"));
            }
        }
        object.value(key!("touch"), |out| write_touch(touch, out));
        object.text(key!("host"), host);
        if let Some(ip) = ip {
            object.value(key!("ip"), |out| write_ip(*ip, out));
        }
        object.text_unless_empty(key!("ua"), ua);
        object.text_unless_empty(key!("lang"), lang);
        object.text_if(key!("cc"), cc.as_ref().map(|cc| cc.as_str()));
        object.text_if(key!("region"), region.as_deref());
        object.text_if(key!("city"), city.as_deref());
        object.text_if(key!("tz"), tz.as_deref());
        if *gpc {
            object.value(key!("gpc"), |out| out.extend_from_slice(b"true"));
        }
        object.text_if(key!("consent"), consent.map(|consent| consent.as_str()));
        if let Some(pixel) = pixel {
            object.value(key!("pixel"), |out| {
                serde_json::to_writer(out, pixel).expect("texts are JSON, and a Vec takes all");
            });
        }
        if let Some(press) = press {
            object.value(key!("press"), |out| write!(out, "{press}").expect("a Vec takes all"));
        }
        object.close();
    }
}

/// Formatting machinery costs five times as much as the digits.
fn write_ip(ip: IpAddr, out: &mut Vec<u8>) {
    let IpAddr::V4(v4) = ip else {
        write!(out, "\"{ip}\"").expect("a Vec takes all");
        return;
    };
    for (octet, before) in v4.octets().into_iter().zip(*b"\"...") {
        out.push(before);
        if octet >= 100 {
            out.push(b'0' + octet / 100);
        }
        if octet >= 10 {
            out.push(b'0' + octet / 10 % 10);
        }
        out.push(b'0' + octet % 10);
    }
    out.push(b'"');
}

fn write_touch(touch: &Touch, out: &mut Vec<u8>) {
    let Touch {
        layer,
        platform,
        click_ids,
        utm,
        referrer,
        ignored,
    } = touch;
    let mut object = Object::open(out);
    object.word(key!("layer"), layer.as_str());
    if let Some(platform) = platform {
        object.word(key!("platform"), platform.as_str());
    }
    if !click_ids.is_empty() {
        object.list(key!("click_ids"), click_ids, |ClickId { parameter, value }, out| {
            let mut object = Object::open(out);
            object.text(key!("k"), parameter);
            object.text(key!("v"), value);
            object.close();
        });
    }
    if !utm.is_empty() {
        object.value(key!("utm"), |out| write_utm(utm, out));
    }
    object.text_if(key!("referrer"), referrer.as_deref());
    if !ignored.is_empty() {
        object.list(key!("ignored"), ignored, |name, out| write_text(name, out));
    }
    object.close();
}

fn write_utm(utm: &Utm, out: &mut Vec<u8>) {
    let Utm {
        source,
        medium,
        campaign,
        term,
        content,
        id,
    } = utm;
    let mut object = Object::open(out);
    for (key, value) in [
        (key!("source"), source),
        (key!("medium"), medium),
        (key!("campaign"), campaign),
        (key!("term"), term),
        (key!("content"), content),
        (key!("id"), id),
    ] {
        object.text_if(key, value.as_deref());
    }
    object.close();
}

/// An object that is being written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// `key` is made by [`key!`].
    fn value(&mut self, key: &'static str, write: impl FnOnce(&mut Vec<u8>)) {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
        self.out.extend_from_slice(key.as_bytes());
        write(self.out);
    }

    fn text(&mut self, key: &'static str, text: &str) {
        self.value(key, |out| write_text(text, out));
    }

    /// One of our own words, which have nothing to escape.
    fn word(&mut self, key: &'static str, word: &'static str) {
        self.value(key, |out| write_plain(word, out));
    }

    fn text_if(&mut self, key: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    fn text_unless_empty(&mut self, key: &'static str, text: &str) {
        self.text_if(key, Some(text).filter(|text| !text.is_empty()));
    }

    fn list<T>(&mut self, key: &'static str, items: &[T], mut write: impl FnMut(&T, &mut Vec<u8>)) {
        self.value(key, |out| {
            out.push(b'[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        });
    }

    fn close(self) {
        self.out.push(b'}');
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Without a way out of the loop, so that it is done for many bytes at once.
    let needs_escaping = |b: u8| (b < 0x20) | (b == b'"') | (b == b'\\');
    if text.bytes().fold(false, |found, b| found | needs_escaping(b)) {
        serde_json::to_writer(out, text).expect("a text is JSON, and a Vec takes all");
    } else {
        write_plain(text, out);
    }
}

fn write_plain(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};
    use crate::{
        attribution::CLICK_ID_PARAMETERS,
        event::{Consent, PixelCookies},
    };
    use proptest::{option, prelude::*};

    const WHYS: [Why; 10] = [
        Why::Turn,
        Why::Owner,
        Why::OwnerElsewhere,
        Why::Substitute,
        Why::Transfer,
        Why::OwnChoice,
        Why::OffHours,
        Why::Fallback,
        Why::Closed,
        Why::Degraded,
    ];
    const RECOGNITIONS: [RecognisedBy; 4] = [
        RecognisedBy::Cookie,
        RecognisedBy::ClickId,
        RecognisedBy::DoubleTap,
        RecognisedBy::New,
    ];

    prop_compose! {
        fn facts()(
            texts in proptest::collection::vec(option::of(".{0,40}"), 6),
            query in "((gclid|fbclid|utm_source|utm_term|utm_id|ttclid)=[a-z%{}\"\\\\0-9]{0,12}&){0,6}",
            referrer in option::of("https://[a-z]{1,8}\\.(com|id)/x"),
            (by, why, flags) in (0..4_usize, 0..10_usize, any::<[bool; 5]>()),
            ip in option::of(any::<std::net::IpAddr>()),
            consent in option::of(0..3_usize),
            press in any::<Option<i64>>(),
        ) -> ClickFacts {
            let [host, ua, lang, region, city, tz] = texts.try_into().expect("six were asked for");
            ClickFacts {
                by: RECOGNITIONS[by],
                why: WHYS[why],
                new: flags[0],
                dup: flags[1],
                shared: flags[2],
                touch: Touch::of(&query, referrer.as_deref(), CLICK_ID_PARAMETERS),
                host: host.unwrap_or_default(),
                ip,
                ua: ua.unwrap_or_default().into(),
                lang: lang.unwrap_or_default(),
                cc: flags[4].then(|| "ID".parse().expect("a country")),
                region: region.clone(),
                city,
                tz: tz.map(Into::into),
                gpc: flags[3],
                consent: consent.map(|n| [Consent::Granted, Consent::Denied, Consent::Unspecified][n]),
                pixel: region.map(|fbc| Box::new(PixelCookies { fbc: Some(fbc), ..PixelCookies::default() })),
                press,
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_what_serde_writes(facts in facts()) {
            let mut written = Vec::new();
            facts.write_json(&mut written);
            prop_assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(&facts).unwrap());
        }
    }
}
