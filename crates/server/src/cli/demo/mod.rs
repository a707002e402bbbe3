//! `konektor demo`: a throwaway workspace with agents, a link to click, and, if wanted, believable leads.

mod traffic;
mod weeks;
mod work;

use super::{Context, Error, platforms, progress::Progress, workspace::new_workspace};
use crate::{
    app::{App, Database},
    auth::{api_key, password},
    config::Settings,
    secrets, serve,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::Args;
use jiff::tz::TimeZone;
use konektor_core::{
    decide::{Memory, Outcome, Visit},
    flood::FloodLimits,
    fold::Fresh,
    identity::{
        continuity::Fingerprints,
        cookie::{self, Token},
        seen::SeenClickIds,
    },
    ids::{ClickId, RotatorId, VisitorNumber, WorkspaceId},
    routing::{Mode, Share},
    time::UnixMs,
};
use konektor_fake_platforms::{Clock, FakePlatforms, Keep};
use konektor_platforms::Hosts;
use konektor_store::{
    Access, Address, Store,
    model::{AgentFields, NewApiKey, NewUser, Role, RotatorFields},
};
use serde_json::json;
use std::{io::Write, path::PathBuf, sync::Arc};
use traffic::{Returns, Traffic};
use weeks::Weeks;
use work::Work;

/// Options of the demo.
#[derive(Args)]
pub(super) struct Demo {
    /// Keep the data in this directory instead of a temporary one.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Make this many leads first.
    #[arg(long, default_value_t = 0)]
    leads: u64,
    /// With about this many clicks, so many come back; by default 1.28 a lead.
    #[arg(long)]
    clicks: Option<u64>,
    /// Write up to 1,000,000 valid visitor cookies to this file, one `name=value` a line.
    #[arg(long)]
    cookies: Option<PathBuf>,
    /// Only prepare the data; do not serve.
    #[arg(long)]
    prepare: bool,
}

const SLUG: &str = "promo";
/// Who signs in to the demo's dashboard.
const OWNER: &str = "owner@toko-demo.example";
/// Enough that returning visitors touch nearly every page of ten million leads.
const COOKIES: u64 = 1_000_000;
/// Leads in a transaction of the generator; of a small demo fewer, since nobody comes back within a batch or the one after.
const BATCH: std::ops::RangeInclusive<u64> = 64..=4_096;
/// Of a small demo, about.
const BATCHES: u64 = 100;
/// Clicks of one pass of the fold that are read back.
const FOLD_MOST: usize = 20_000;
/// The made leads came over this time.
const DAYS: i64 = 90;

struct Made {
    workspace: WorkspaceId,
    rotator: RotatorId,
    key: String,
    /// The owner's.
    password: String,
}

impl Demo {
    pub(super) async fn run(self, mut context: Context) -> Result<(), Error> {
        let temporary = self.data.is_none();
        let data = self
            .data
            .unwrap_or_else(|| std::env::temp_dir().join(format!("konektor-demo-{}", std::process::id())));
        context.settings.database = Address::Sqlite(data.join("konektor.db"));
        context.settings.data = data.clone();

        let store = context.store().await?;
        let made = make_workspace(&store, context.clock.now()).await?;
        let platforms = if self.prepare {
            None
        } else {
            Some(stand_ins(&mut context.settings).await?)
        };
        let app = App::new(store, context.settings.clone(), context.clock.clone()).await?;
        let mut visitors = Vec::new();
        if self.leads > 0 {
            let returns = match self.clicks {
                Some(clicks) => Returns::until_so_many(clicks, self.leads),
                None => Returns::usual(),
            };
            app.store.set_filling(true).await?;
            visitors = make_leads(&app, &made, self.leads, returns).await?;
            app.store.set_filling(false).await?;
        }
        if platforms.is_some() {
            // After the leads: they came before anybody was told of them.
            platforms::connect(&app, made.workspace).await?;
        }
        if let Some(file) = &self.cookies {
            write_cookies(&app, &made, &visitors, file).await?;
        }
        let url = context.settings.base_url();
        let link = format!("{url}/wa/{SLUG}");
        let key = &made.key;
        let facts = json!({
            "link": link, "slug": SLUG, "api_key": made.key, "workspace_id": made.workspace.to_string(),
            "dashboard": url, "email": OWNER, "password": made.password,
            "data": data, "leads": self.leads,
        });
        let plain = format!(
            "Konektor is ready, with three agents taking turns.\n\n  \
             Click this link, in a browser:\n    {link}?utm_source=demo\n\n  \
             Or come from an ad; stand-ins for the four ad platforms run beside it and are told:\n{}\n  \
             Then look at the leads that the clicks made, in the dashboard:\n    \
             {url}/\n    sign in as {OWNER} with the password {}\n\n  \
             Or by the API, which is described at {url}/api/v1/docs, with what the platforms said:\n    \
             curl -s -H 'Authorization: Bearer {key}' {url}/api/v1/leads\n    \
             curl -s -H 'Authorization: Bearer {key}' {url}/api/v1/deliveries\n\n  \
             The data is in {} and Ctrl-C ends it{}.",
            platforms::links(&link),
            made.password,
            data.display(),
            if temporary { ", removing the data" } else { "" },
        );
        if self.prepare {
            app.store.close().await?;
            context.print(&plain, facts);
            return Ok(());
        }
        let store = Arc::into_inner(app).ok_or("the demo's store is in use")?.store;
        let told_to_end = serve::until_told_to_end();
        let running = serve::start(context.settings.clone(), context.clock.clone(), store).await?;
        context.print(&plain, facts);
        told_to_end.await;
        running.stop().await;
        if let Some(platforms) = platforms {
            eprintln!("What the stand-ins for the ad platforms got:\n{}", platforms.report());
            platforms.shutdown().await;
        }
        if temporary {
            std::fs::remove_dir_all(&data)?;
        }
        Ok(())
    }
}

/// Starts the stand-ins and sends everything meant for an ad platform to them.
async fn stand_ins(settings: &mut Settings) -> Result<FakePlatforms, Error> {
    let platforms = FakePlatforms::start(([127, 0, 0, 1], 0).into(), Clock::System).await?;
    platforms.keep(Keep::Last(1_000));
    let url = platforms.url();
    settings.platform_hosts = Hosts {
        meta: format!("{url}/meta"),
        google: format!("{url}/google"),
        google_token: format!("{url}/google-token"),
        tiktok: format!("{url}/tiktok"),
        linkedin: format!("{url}/linkedin"),
    };
    // Who tries it out does not want to wait six hours.
    settings.google_click_wait_ms = 0;
    Ok(platforms)
}

async fn make_workspace(store: &Database, now: UnixMs) -> Result<Made, Error> {
    let workspace = store
        .add_workspace(new_workspace("Toko Demo", "ID", "Asia/Jakarta")?, now)
        .await?;
    let mut agents = Vec::new();
    for (name, phone) in [
        ("Ayu", "6281200000001"),
        ("Budi", "6281200000002"),
        ("Citra", "6281200000003"),
    ] {
        let fields = AgentFields {
            name: name.to_owned(),
            phone: phone.to_owned(),
            active: true,
            paused_until: None,
            hours: None,
            time_zone: None,
            daily_cap: None,
        };
        agents.push(Share {
            agent: store.add_agent(workspace, fields, now).await?.id,
            weight: 1,
        });
    }
    let fields = RotatorFields {
        slug: SLUG.to_owned(),
        name: "Promo".to_owned(),
        mode: Mode::Redirect,
        message: konektor_core::message::Template::default_text().to_owned(),
        target: "wa.me".to_owned(),
        fallback: None,
        page: None,
        agents,
        learning: None,
    };
    let rotator = store.add_rotator(workspace, fields, now).await?.id;
    let (key, hash) = api_key::make();
    let scopes = vec!["read".to_owned(), "write".to_owned()];
    store
        .add_api_key(
            NewApiKey {
                workspace,
                name: "demo".to_owned(),
                hash,
                scopes,
                expires_at: None,
            },
            now,
        )
        .await?;
    Ok(Made {
        workspace,
        rotator,
        key,
        password: add_owner(store, workspace, now).await?,
    })
}

/// Adds somebody who may sign in, and gives their password, which is shown and stored nowhere.
async fn add_owner(store: &Database, workspace: WorkspaceId, now: UnixMs) -> Result<String, Error> {
    let password = BASE64_URL_SAFE_NO_PAD.encode(secrets::random::<15>());
    let owner = NewUser {
        workspace,
        email: OWNER.to_owned(),
        password_hash: password::hash_password(&password)?,
        role: Role::Owner,
    };
    store.add_user(owner, now).await?;
    Ok(password)
}

/// Makes leads through the recorder's own transaction, in the order of time, with those who come back in between, folds
/// them, and has the agents work on some. Gives their numbers, which have gaps.
async fn make_leads(app: &App, made: &Made, count: u64, mut returns: Returns) -> Result<Vec<VisitorNumber>, Error> {
    let unlimited = FloodLimits {
        address_per_minute: u32::MAX,
        address_with_click_id_per_minute: u32::MAX,
        network_per_minute: u32::MAX,
    };
    let mut memory: Box<Memory> = app.store.memory(unlimited).await?;
    // Nobody was here before: with a filter from the first lead on, no click ID is looked up among millions. It holds two
    // fingerprints a click.
    memory.await_seen();
    memory.set_seen(Some(SeenClickIds::with_room_for(2 * count as usize)));
    let routing = app.routing.load_full();
    let traffic = Traffic {
        workspace: made.workspace,
        rotator: made.rotator,
        prints: Fingerprints::new(app.store.installation().await?.fingerprint_key),
    };
    let now = app.clock.now();
    let zone = routing
        .workspace(made.workspace)
        .map(|workspace| workspace.time_zone.clone());
    let weeks = Weeks::until(now, DAYS, &zone.unwrap_or(TimeZone::UTC));
    let (mut work, mut progress) = (Work::on(count), Progress::of(count, "leads"));
    let mut visitors = Vec::with_capacity(count as usize);
    let (mut folded, mut fresh) = (ClickId::default(), Fresh::default());
    let make = |first: u64, returns: &mut Returns| Batch::make(&traffic, &weeks, returns, first, count);
    let mut next = make(0, &mut returns);
    while !next.visits.is_empty() {
        let Batch {
            visits,
            times,
            new,
            end,
        } = next;
        memory.forget_old(times[0], folded);
        // While one batch is recorded, the one before it is folded and the next one is made: both cores are busy.
        let recording = app.store.record(routing.clone(), memory, visits, Arc::default());
        let folding = app.store.fold(routing.clone(), std::mem::take(&mut fresh), FOLD_MOST);
        let making = async { make(end, &mut returns) };
        let (recorded, progressed, following) = tokio::join!(recording, folding, making);
        next = following;
        let decisions;
        (memory, decisions) = recorded?;
        folded = progressed?.watermark;
        for (outcome, at) in decisions.outcomes.iter().zip(&times) {
            if let Outcome::Sent { lead, .. } = outcome {
                returns.after(*at, *lead);
            }
        }
        for (place, n) in new {
            if let Outcome::Sent { lead, .. } = decisions.outcomes[place] {
                work.see(n, times[place], lead);
                visitors.push(lead.number);
            }
        }
        fresh.add(decisions.after, decisions.clicks);
        progress.set(end);
    }
    work.write_down(app, now).await?;
    while app
        .store
        .fold(routing.clone(), std::mem::take(&mut fresh), FOLD_MOST)
        .await?
        .clicks
        > 0
    {}
    progress.end();
    Ok(visitors)
}

/// New visitors and, in between, those who come back.
struct Batch {
    visits: Vec<Visit>,
    times: Vec<UnixMs>,
    /// Where in `visits` somebody comes for the first time, and which of all leads they are.
    new: Vec<(usize, u64)>,
    /// The first one of the batch after this.
    end: u64,
}

impl Batch {
    /// The one that begins with the `first` of so many leads; without visits, if there is none left.
    fn make(traffic: &Traffic, weeks: &Weeks, returns: &mut Returns, first: u64, count: u64) -> Self {
        let size = (count / BATCHES).clamp(*BATCH.start(), *BATCH.end());
        let end = count.min(first + size);
        let part = |n: u64| n as f64 / count as f64;
        let mut visits = Vec::with_capacity(2 * size as usize);
        let mut new = Vec::with_capacity(size as usize);
        for n in first..end {
            let at = weeks.at(part(n));
            while let Some((back, number)) = returns.next_until(at) {
                // Somebody of a batch before may be due earlier than this one begins; time only goes forward.
                let back = visits.last().map_or(back, |last: &Visit| last.at.max(back));
                visits.push(traffic.return_visit(number, back, part(n)));
            }
            new.push((visits.len(), n));
            visits.push(traffic.first_visit(n, at, part(n)));
        }
        let times = visits.iter().map(|visit| visit.at).collect();
        Self {
            visits,
            times,
            new,
            end,
        }
    }
}

/// Writes cookies of leads drawn evenly from all, each once, those of neighbours far apart.
async fn write_cookies(app: &App, made: &Made, visitors: &[VisitorNumber], file: &PathBuf) -> Result<(), Error> {
    let secret = secrets::secret_key(app.settings.secret_key, &app.settings.data)?;
    let keys = secrets::signing_keys(&secret, &app.store.installation().await?);
    let routing = app.routing.load();
    let workspace = routing
        .workspace(made.workspace)
        .ok_or("the demo's workspace is gone")?;
    let name = cookie::name(false, None);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    let count = visitors.len() as u64;
    let step = step_through(count);
    for n in 0..COOKIES.min(count) {
        let number = visitors[(n * step % count) as usize];
        let token = Token::issue(workspace.code_key.code(number), app.clock.now());
        writeln!(out, "{name}={}", keys.sign(made.workspace, token))?;
    }
    Ok(out.flush()?)
}

/// A stride around so many that meets each once: near the golden ratio, so that any number of steps lies evenly.
fn step_through(count: u64) -> u64 {
    fn divisor(a: u64, b: u64) -> u64 {
        if b == 0 { a } else { divisor(b, a % b) }
    }
    let golden = (count as f64 * 0.618_033_988_75) as u64;
    (golden.max(1)..).find(|step| divisor(*step, count) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_lead_has_one_cookie_at_most() {
        for count in [1, 2, 3, 10, 3_000, 10_000] {
            let step = step_through(count);
            let met: BTreeSet<_> = (0..count).map(|n| n * step % count).collect();
            assert_eq!(met.len() as u64, count);
        }
        // Evenly: of ten thousand, a hundred steps leave no gap of five hundred.
        let step = step_through(10_000);
        let met: BTreeSet<_> = (0..100).map(|n| n * step % 10_000).collect();
        assert!(met.iter().zip(met.iter().skip(1)).all(|(a, b)| b - a < 500), "{met:?}");
    }
}
