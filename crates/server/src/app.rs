//! What all parts of a running server share.

use crate::{
    auth::sign_in::SignIn, click::standby::Standby, click::test_link::TestLinks, clock::Clock, clock::Watch,
    config::Settings, degraded::Degraded, delivery::Delivery, link::token::LinkTokens, live::Live, mail::Mail,
    mail::token::MailTokens, notices::Wake, seal::Sealer, secrets, webhooks::Webhooks,
};
use arc_swap::ArcSwap;
use konektor_core::{
    identity::{cookie::SigningKeys, visitor_token::VisitorTokens},
    routing::Routing,
    time::UnixMs,
};
pub use konektor_store::Database;
use konektor_store::{Store, StoreError, model::Change};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{Mutex, Notify, broadcast::error::RecvError};

/// How long to wait after the snapshot could not be read.
const RELOAD_AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The shared parts, behind one `Arc`.
pub struct App {
    /// What is remembered.
    pub store: Database,
    /// The routing snapshot: read without a lock, replaced after a change.
    pub routing: ArcSwap<Routing>,
    /// How this server is set up.
    pub settings: Settings,
    /// The time.
    pub clock: Clock,
    /// Whether it can be believed.
    pub watch: Watch,
    /// Seals and opens credentials.
    pub sealer: Sealer,
    /// Signs and recognises test links.
    pub test_links: TestLinks,
    /// Recognises visitors' cookies, for what is asked beside the click path.
    pub signing_keys: SigningKeys,
    /// Signs and recognises what pages may know of their visitors.
    pub visitor_tokens: VisitorTokens,
    /// Signs and recognises leads' links for their agents.
    pub link_tokens: LinkTokens,
    /// What speaks to the ad platforms.
    pub delivery: Delivery,
    /// What speaks to other programs.
    pub webhooks: Webhooks,
    /// The way to the mail server; `None` if there is none.
    pub mail: Option<Mail>,
    /// Signs and recognises the addresses by which e-mails are turned off.
    pub mail_tokens: MailTokens,
    /// Wakes whoever looks for digests and leads that nobody answers.
    pub notices: Wake,
    /// Wakes whoever sends letters.
    pub letters: Wake,
    /// Checks passwords.
    pub sign_in: SignIn,
    /// What open dashboards are told.
    pub live: Live,
    /// Told when the snapshot was replaced.
    pub routing_changed: Notify,
    /// Held while the snapshot is read and replaced, so that an older one never comes after a newer one.
    reloading: Mutex<()>,
    /// Whether visitors are answered without the store.
    pub degraded: Degraded,
    /// When the data was put together by which places are told; set where a server runs.
    pub geo_built_at: OnceLock<UnixMs>,
}

impl App {
    /// Puts the parts together and reads the routing snapshot.
    pub async fn new(store: Database, settings: Settings, clock: Clock) -> Result<Arc<Self>, crate::serve::Error> {
        let routing = store.routing().await?;
        let secret = secrets::secret_key(settings.secret_key, &settings.data)?;
        let installation = store.installation().await?;
        Ok(Arc::new(Self {
            routing: ArcSwap::from_pointee(routing.with_google_click_wait_ms(settings.google_click_wait_ms)),
            sealer: secrets::sealer(&secret, &installation),
            test_links: secrets::test_links(&secret, &installation),
            signing_keys: secrets::signing_keys(&secret, &installation),
            visitor_tokens: secrets::visitor_tokens(&secret, &installation),
            link_tokens: secrets::link_tokens(&secret, &installation),
            delivery: Delivery::new(settings.platform_hosts.clone(), clock.clone())?,
            webhooks: Webhooks::new(settings.webhook_allow_networks.clone())?,
            mail: settings.mail.as_ref().map(Mail::new).transpose()?,
            mail_tokens: secrets::mail_tokens(&secret, &installation),
            notices: Wake::default(),
            letters: Wake::default(),
            sign_in: SignIn::new(),
            live: Live::new(store.changes().is_some()),
            routing_changed: Notify::new(),
            reloading: Mutex::new(()),
            degraded: Degraded::default(),
            geo_built_at: OnceLock::new(),
            watch: Watch::new(clock.clone(), store.newest_click().await?),
            store,
            settings,
            clock,
        }))
    }

    /// Reads the routing snapshot anew: call it after each change of hosts, agents or rotators, before the
    /// answer, so that who made the change sees it take effect with their next click.
    pub async fn reload_routing(&self) -> Result<(), StoreError> {
        let _alone = self.reloading.lock().await;
        let routing = self.store.routing().await?;
        let routing = routing.with_google_click_wait_ms(self.settings.google_click_wait_ms);
        self.routing.store(Arc::new(routing));
        self.routing_changed.notify_one();
        Ok(())
    }

    /// Follows what other servers of the same database change, for as long as there is something to hear. Whoever came to
    /// them keeps their agent here too when the database is away.
    pub async fn follow_changes(&self, standby: &Standby) {
        let Some(mut changes) = self.store.changes() else {
            return;
        };
        loop {
            let change = match changes.recv().await {
                Ok(change) => change,
                // So much was said that some was missed.
                Err(RecvError::Lagged(_)) => Change::Everything,
                Err(RecvError::Closed) => return,
            };
            match change {
                Change::Leads(leads) => {
                    standby.note(leads.iter().map(|folded| (folded.lead, folded.agent)));
                    self.live.folded(&leads);
                }
                Change::Said(said) => self.live.hear(&said),
                Change::Routing | Change::Everything => {
                    if change == Change::Everything {
                        self.live.missed();
                    }
                    while let Err(error) = self.reload_routing().await {
                        tracing::warn!(%error, "the routing snapshot could not be read anew; it is tried again");
                        tokio::time::sleep(RELOAD_AGAIN_AFTER).await;
                    }
                    self.delivery.destinations_changed();
                    self.webhooks.webhooks_changed();
                }
            }
        }
    }

    /// Tells other servers of the same database what happens here, for dashboards that are open there.
    pub async fn tell_others(&self) {
        loop {
            for said in self.live.for_others().await {
                if let Err(error) = self.store.say(&said).await {
                    // They look at everything when their connection is made anew.
                    tracing::warn!(%error, "other servers could not be told what dashboards there should show");
                }
            }
        }
    }
}
