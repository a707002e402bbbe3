use super::*;
use crate::{
    attribution::{CLICK_ID_PARAMETERS, Platform, Touch},
    click::{Click, ClickFacts, RecognisedBy, Why},
    event::Consent,
    ids::{ClickId, VisitorNumber, WorkspaceId},
    schedule::Gap,
};
use rstest::rstest;

/// 2026-11-23 02:00 in Jakarta's morning: 09:00.
const NOW: UnixMs = UnixMs(1_795_399_200_000);
const PROMO: RotatorId = RotatorId(7);
const AYU: AgentId = AgentId(1);
const BUDI: AgentId = AgentId(2);
const META: DestinationId = DestinationId(11);

/// Clicks, made one after the other.
#[derive(Default)]
struct Log(Vec<Click>);

impl Log {
    /// Somebody new, so long ago.
    fn comes(&mut self, ms_ago: i64, query: &str, change: impl FnOnce(&mut Click)) -> LeadId {
        let n = self.0.len() as i64 + 1;
        let lead = LeadId {
            workspace: WorkspaceId(1),
            number: VisitorNumber(n as u64),
        };
        let mut click = Click {
            id: ClickId(n),
            at: NOW.plus_ms(-ms_ago),
            lead,
            rotator: PROMO,
            agent: Some(if n % 2 == 0 { AYU } else { BUDI }),
            is_first_use: false,
            first: None,
            print: None,
            facts: ClickFacts {
                touch: Touch::of(query, None, CLICK_ID_PARAMETERS),
                ..crate::click::tests::facts()
            },
        };
        change(&mut click);
        self.0.push(click);
        lead
    }

    /// The same person again, by their cookie, so long after their last click.
    fn returns(&mut self, lead: LeadId, ms_after: i64, change: impl FnOnce(&mut Click)) {
        let mut click = self
            .0
            .iter()
            .rfind(|click| click.lead == lead)
            .expect("they came")
            .clone();
        click.id = ClickId(self.0.len() as i64 + 1);
        click.at = click.at.plus_ms(ms_after);
        click.facts.new = false;
        click.facts.by = RecognisedBy::Cookie;
        click.facts.why = Why::Owner;
        change(&mut click);
        self.0.push(click);
    }

    fn traffic(mut self, facts: &Facts) -> Traffic {
        self.0.sort_by_key(|click| click.at);
        Traffic::of(&self.0, &facts.time_zone)
    }
}

fn ago(hours: i64) -> UnixMs {
    NOW.plus_ms(-hours * HOUR_MS)
}

fn agent(id: AgentId, name: &str, phone: &str) -> AgentFacts {
    AgentFacts {
        id,
        name: name.to_owned(),
        phone: phone.to_owned(),
        active: true,
        rotators: 1,
    }
}

/// A shop with ads at Meta, bios and returning customers, in which nothing is wrong.
fn healthy() -> Facts {
    let mut facts = Facts {
        now: NOW,
        time_zone: TimeZone::get("Asia/Jakarta").unwrap(),
        rotators: vec![RotatorFacts {
            id: PROMO,
            name: "Promo".to_owned(),
            slug: "promo".to_owned(),
            takers: 2,
            there: 2,
            has_fallback: false,
            gap: None,
        }],
        agents: vec![agent(AYU, "Ayu", "6281298760011"), agent(BUDI, "Budi", "6281298760022")],
        destinations: vec![DestinationFacts {
            id: META,
            platform: Platform::Meta,
            name: "Meta".to_owned(),
            active: true,
            created_at: ago(1_000),
            hold: None,
            pending: 1,
            last_sent: Some(ago(1)),
            wait_ms: 0,
            consent: Consent::Unspecified,
            version: Some(VersionEnd {
                version: "v25.0".to_owned(),
                at: NOW.plus_ms(200 * DAY_MS),
            }),
        }],
        platforms: vec![Platform::Meta, Platform::Google, Platform::Tiktok, Platform::Linkedin],
        traffic: Traffic::default(),
        ignored: vec![IgnoredParameter {
            parameter: "gclid".to_owned(),
            clicks: 2,
            first: ago(30),
        }],
        sources: [("instagram", 40), ("bio", 12), ("", 90), ("tiktok", 1)]
            .map(|(name, clicks)| SourceName {
                name: name.to_owned(),
                clicks,
            })
            .to_vec(),
        orphans: vec![Orphan {
            slug: "robots".to_owned(),
            hits: 2,
            first: ago(40),
            last: ago(30),
        }],
        machine: Machine {
            clock: Some(Clock {
                ahead_ms: 800,
                at: ago(1),
                beside: "graph.facebook.com".to_owned(),
            }),
            geo_built_at: Some(NOW.plus_ms(-100 * DAY_MS)),
            logs: vec![("konektor.db-wal".to_owned(), 4_000_000)],
            spool: None,
            backup: Backup::At(ago(20)),
            in_use_since: Some(ago(5_000)),
        },
    };
    let mut log = Log::default();
    for n in 0..60 {
        let query = match n % 3 {
            0 => format!("fbclid=F{n}"),
            1 => "utm_source=bio".to_owned(),
            _ => String::new(),
        };
        let lead = log.comes((150 - n) * HOUR_MS, &query, |_| {});
        // One in twenty taps again at once, one in four comes back another day.
        if n % 20 == 0 {
            log.returns(lead, 20_000, |_| {});
        } else if n % 4 == 0 {
            log.returns(lead, 20 * HOUR_MS, |_| {});
        }
    }
    facts.traffic = log.traffic(&facts);
    facts
}

/// What was found of a healthy shop in which one thing is changed.
fn found(change: impl FnOnce(&mut Facts)) -> Vec<Finding> {
    let mut facts = healthy();
    change(&mut facts);
    examine(&facts)
}

/// What goes wrong.
fn plant(kind: Kind, facts: &mut Facts) {
    let ads = |facts: &mut Facts, query: &'static str| {
        let mut log = Log::default();
        for n in 0..6 {
            log.comes((30 - n) * HOUR_MS, &format!("{query}={n}"), |_| {});
        }
        facts.traffic = log.traffic(facts);
    };
    match kind {
        Kind::RotatorEmpty => facts.rotators[0].takers = 0,
        Kind::RotatorOff => facts.rotators[0].there = 0,
        Kind::NobodyOnDuty => {
            // Ads that are clicked at three in the morning.
            let mut log = Log::default();
            for day in 1..=4 {
                log.comes(day * DAY_MS + 6 * HOUR_MS, &format!("fbclid=N{day}"), |click| {
                    click.facts.why = Why::OffHours;
                });
            }
            facts.traffic = log.traffic(facts);
            facts.rotators[0].gap = Some(Gap {
                from: NOW.plus_ms(12 * HOUR_MS),
                until: Some(NOW.plus_ms(23 * HOUR_MS)),
            });
        }
        Kind::DestinationHeld => {
            facts.destinations[0].hold = Some(("The access token has expired.".to_owned(), ago(5)));
        }
        Kind::DestinationSilent => facts.destinations[0].last_sent = Some(ago(140)),
        Kind::DestinationOff => facts.destinations[0].active = false,
        Kind::ApiVersion => {
            facts.destinations[0].version = Some(VersionEnd {
                version: "202511".to_owned(),
                at: NOW.plus_ms(-7 * DAY_MS),
            });
        }
        Kind::PlatformUntold => ads(facts, "ttclid"),
        Kind::AgentDead => {
            let mut log = Log::default();
            for n in 0..50 {
                // Every other lead is Budi's, and every third of his comes back within the minute.
                let agent = if n % 2 == 0 { BUDI } else { AYU };
                let lead = log.comes((100 - n) * HOUR_MS, "", |click| click.agent = Some(agent));
                if n % 6 == 0 {
                    log.returns(lead, 25_000, |_| {});
                }
            }
            facts.traffic = log.traffic(facts);
        }
        Kind::AgentNumber => facts.agents[1].phone = "6281234567890".to_owned(),
        Kind::OrphanHits => {
            facts.orphans[0] = Orphan {
                slug: "prmo".to_owned(),
                hits: 31,
                first: ago(70),
                last: ago(10),
            }
        }
        Kind::Macro => {
            facts.ignored[0] = IgnoredParameter {
                parameter: "utm_campaign".to_owned(),
                clicks: 17,
                first: ago(70),
            }
        }
        Kind::SharedClickId => {
            let mut log = Log::default();
            for n in 0..8 {
                log.comes((40 - n) * HOUR_MS, "fbclid=IwAR2CopiedFromAnAd", |click| {
                    click.facts.shared = n > 0;
                });
            }
            facts.traffic = log.traffic(facts);
        }
        Kind::SourceSpelling => {
            let spelt = [("facebook", 31), ("Facebook", 7), ("fb", 4), ("instagram", 9)];
            facts.sources = spelt
                .map(|(name, clicks)| SourceName {
                    name: name.to_owned(),
                    clicks,
                })
                .to_vec();
        }
        Kind::Recognition => {
            let hosts = [("go.shared.example", 80, 2), ("wa.brand.example", 120, 40)];
            facts.traffic.hosts = hosts
                .map(|(host, clicks, recognised)| (host.to_owned(), AtHost { clicks, recognised }))
                .into();
        }
        Kind::SpoolWaiting => {
            facts.machine.spool = Some(Spool {
                visits: 41,
                since: NOW.plus_ms(-5 * MINUTE_MS),
            });
        }
        Kind::ClockOff => {
            facts.machine.clock = Some(Clock {
                ahead_ms: -90_000,
                at: ago(1),
                beside: "graph.facebook.com".to_owned(),
            });
        }
        Kind::LogGrowing => facts
            .machine
            .logs
            .push(("konektor-fold.db-wal".to_owned(), 700 * 1024 * 1024)),
        Kind::BackupMissing => facts.machine.backup = Backup::Never,
        Kind::GeoOld => facts.machine.geo_built_at = Some(NOW.plus_ms(-400 * DAY_MS)),
    }
}

#[test]
fn of_a_healthy_shop_nothing_is_said() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn each_planted_fault_is_found_and_nothing_else() {
    for kind in Kind::ALL {
        let findings = found(|facts| plant(kind, facts));
        let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [kind], "{findings:#?}");
        assert!(
            findings[0].count.is_some() || kind == Kind::AgentNumber,
            "how often: {kind:?}"
        );
        let shows = findings[0].example.is_some() || findings[0].lead.is_some() || findings[0].since.is_some();
        assert!(shows, "an example: {kind:?}");
    }
}

#[rstest]
#[case(Kind::RotatorEmpty, Severity::Problem, 25, "Promo")]
#[case(Kind::DestinationSilent, Severity::Problem, 16, "Meta")]
#[case(Kind::NobodyOnDuty, Severity::Warning, 4, "Promo")]
#[case(Kind::AgentDead, Severity::Problem, 9, "Budi")]
#[case(Kind::OrphanHits, Severity::Warning, 31, "prmo")]
#[case(Kind::Macro, Severity::Warning, 17, "utm_campaign")]
#[case(Kind::SharedClickId, Severity::Warning, 8, "Promo")]
#[case(Kind::SourceSpelling, Severity::Advice, 11, "facebook")]
#[case(Kind::PlatformUntold, Severity::Warning, 6, "tiktok")]
#[case(Kind::BackupMissing, Severity::Warning, 208, "")]
fn a_finding_says_what_it_is_about_and_how_often(
    #[case] kind: Kind,
    #[case] severity: Severity,
    #[case] count: u64,
    #[case] name: &str,
) {
    let findings = found(|facts| plant(kind, facts));
    let finding = &findings[0];
    assert_eq!(
        (finding.severity, finding.count, finding.name.as_str()),
        (severity, Some(count), name)
    );
}

#[test]
fn the_worst_is_said_first() {
    let findings = found(|facts| {
        plant(Kind::GeoOld, facts);
        plant(Kind::SourceSpelling, facts);
        plant(Kind::OrphanHits, facts);
        plant(Kind::DestinationHeld, facts);
    });
    let kinds: Vec<_> = findings.iter().map(|finding| finding.kind).collect();
    let wanted = [
        Kind::DestinationHeld,
        Kind::OrphanHits,
        Kind::SourceSpelling,
        Kind::GeoOld,
    ];
    assert_eq!(kinds, wanted);
}

/// What looks like a fault and is none.
#[rstest]
#[case::a_link_that_nobody_opens_waits_for_its_agents(|facts: &mut Facts| {
    plant(Kind::RotatorEmpty, facts);
    facts.traffic = Traffic::default();
})]
#[case::a_fallback_was_thought_of(|facts: &mut Facts| {
    plant(Kind::NobodyOnDuty, facts);
    facts.rotators[0].has_fallback = true;
})]
#[case::no_ad_is_clicked_at_that_hour(|facts: &mut Facts| {
    plant(Kind::NobodyOnDuty, facts);
    facts.rotators[0].gap = Some(Gap { from: NOW, until: Some(NOW.plus_ms(HOUR_MS)) });
})]
#[case::google_has_to_be_waited_for(|facts: &mut Facts| {
    facts.destinations[0].last_sent = None;
    facts.destinations[0].wait_ms = 160 * HOUR_MS;
})]
#[case::nobody_agreed_to_be_told_of(|facts: &mut Facts| {
    plant(Kind::DestinationSilent, facts);
    facts.destinations[0].consent = Consent::Denied;
})]
#[case::it_was_connected_after_the_ads(|facts: &mut Facts| {
    plant(Kind::DestinationSilent, facts);
    (facts.destinations[0].last_sent, facts.destinations[0].created_at) = (None, ago(1));
})]
#[case::a_platform_that_nothing_can_be_told(|facts: &mut Facts| {
    plant(Kind::PlatformUntold, facts);
    facts.platforms.retain(|platform| *platform != Platform::Tiktok);
})]
#[case::a_message_that_makes_all_come_back(|facts: &mut Facts| {
    let mut log = Log::default();
    for n in 0..60 {
        let agent = if n % 2 == 0 { BUDI } else { AYU };
        let lead = log.comes((100 - n) * HOUR_MS, "", |click| click.agent = Some(agent));
        if n % 3 == 0 {
            log.returns(lead, 25_000, |_| {});
        }
    }
    facts.traffic = log.traffic(facts);
})]
#[case::two_friends_share_a_link(|facts: &mut Facts| {
    let mut log = Log::default();
    log.comes(2 * HOUR_MS, "fbclid=A", |_| {});
    log.comes(HOUR_MS, "fbclid=A", |click| click.facts.shared = true);
    facts.traffic = log.traffic(facts);
})]
#[case::two_sources_that_are_not_one(|facts: &mut Facts| {
    facts.sources = [("facebook", 9), ("instagram", 9), ("facebook-jateng", 4)]
        .map(|(name, clicks)| SourceName { name: name.to_owned(), clicks })
        .to_vec();
})]
#[case::one_host_alone(|facts: &mut Facts| {
    facts.traffic.hosts = [("go.shared.example".to_owned(), AtHost { clicks: 900, recognised: 3 })].into();
})]
#[case::an_agent_who_is_switched_off(|facts: &mut Facts| {
    plant(Kind::AgentNumber, facts);
    facts.agents[1].active = false;
})]
#[case::a_new_installation(|facts: &mut Facts| {
    plant(Kind::BackupMissing, facts);
    facts.machine.in_use_since = Some(ago(24));
})]
#[case::a_database_server_backs_itself_up(|facts: &mut Facts| facts.machine.backup = Backup::Unknown)]
#[case::a_restart_of_the_database(|facts: &mut Facts| {
    facts.machine.spool = Some(Spool { visits: 900, since: NOW.plus_ms(-30_000) });
})]
fn what_is_as_it_should_be_is_not_said(#[case] change: fn(&mut Facts)) {
    assert_eq!(found(change), []);
}

#[rstest]
#[case("6281298760033", None)]
#[case("6281200000001", None)]
#[case("6281111111111", Some("made_up"))]
#[case("6281234567890", Some("made_up"))]
#[case("6289876543210", Some("made_up"))]
#[case("62812", Some("invalid"))]
#[case("6281298760022", Some("twice"))]
fn a_number_that_can_hardly_be_right_is_named(#[case] phone: &str, #[case] why: Option<&str>) {
    let findings = found(|facts| {
        let third = agent(AgentId(3), "Citra", phone);
        facts.agents.push(third);
    });
    let said = findings.first().map(|finding| {
        assert_eq!(
            (finding.kind, finding.subject),
            (Kind::AgentNumber, Subject::Agent(AgentId(3)))
        );
        finding.details["why"].clone()
    });
    assert_eq!(said.as_deref(), why, "{findings:?}");
}

#[test]
fn a_second_tap_is_no_return_and_neither_is_another_agents() {
    let mut log = Log::default();
    for (after, agent) in [(2_000, None), (60_000, Some(AYU)), (200_000, None)] {
        let lead = log.comes(HOUR_MS, "", |click| click.agent = Some(BUDI));
        log.returns(lead, after, |click| click.agent = agent.or(click.agent));
    }
    let traffic = log.traffic(&healthy());
    assert!(
        traffic.agents.values().all(|at| at.back.count == 0),
        "{:?}",
        traffic.agents
    );
}
