//! The real binary, with the platforms beside it.

use crate::{advertiser::Advertiser, common::shop::Shop, platforms::Platforms};
use konektor_fake_platforms::{Clock, Platform};
use std::{collections::BTreeMap, ops::Deref};

/// A shop with the link `/wa/promo`, and the stand-ins that its server speaks to.
pub struct Ads {
    pub shop: Shop,
    pub platforms: Platforms,
    advertiser: Advertiser,
}

impl Ads {
    pub fn open() -> Self {
        Self::with(&[])
    }

    /// With further settings. Google is told at once.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::by(Clock::System, settings)
    }

    /// With platforms that live by another clock.
    pub fn by(clock: Clock, settings: &[(&str, &str)]) -> Self {
        let platforms = Platforms::start(clock);
        let theirs = platforms.settings();
        let mut all: Vec<_> = theirs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("KONEKTOR_TRUSTED_PROXIES", "127.0.0.0/8"));
        all.push(("KONEKTOR_GOOGLE_CLICK_WAIT_S", "0"));
        all.extend(settings);
        let shop = Shop::with(1, &all);
        Self {
            advertiser: Advertiser {
                address: shop.server.address,
                key: shop.key.clone(),
            },
            platforms,
            shop,
        }
    }

    /// Connects all platforms; their destinations.
    pub fn connect_all(&self) -> BTreeMap<Platform, String> {
        Platform::ALL.map(|platform| (platform, self.connect(platform))).into()
    }

    /// Starts the server again, after it has ended.
    pub fn restart(&mut self) {
        self.shop.restart();
        self.advertiser.address = self.shop.server.address;
    }
}

impl Deref for Ads {
    type Target = Advertiser;
    fn deref(&self) -> &Advertiser {
        &self.advertiser
    }
}
