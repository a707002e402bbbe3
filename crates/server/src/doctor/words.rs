//! What was found in plain words, for the API and the command line; the dashboard has its own in the reader's language.

use konektor_core::doctor::{Finding, Kind, Subject};

/// What is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What happens, and why.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// The place in the dashboard where it is done, as a path.
    pub place: Option<String>,
}

/// Says it.
pub fn say(finding: &Finding) -> Said {
    let (cause, fix) = sentences(finding);
    Said {
        cause,
        fix,
        place: place(finding),
    }
}

fn sentences(finding: &Finding) -> (String, String) {
    let n = finding.count.unwrap_or(0);
    let name = &finding.name;
    let example = finding.example.as_deref().unwrap_or("");
    let detail = |name: &str| finding.details.get(name).map_or("", String::as_str);
    let said = |cause: String, fix: &str| (cause, fix.to_owned());
    match finding.kind {
        Kind::RotatorEmpty => said(
            format!(
                "{name} ({example}) got {}, and no agent takes its leads.",
                clicks(n, detail("ads"))
            ),
            "Add agents to the rotator, with a share above 0; or take the link out of the ads.",
        ),
        Kind::RotatorOff => said(
            format!(
                "{name} ({example}) got {}, and all its agents are switched off or paused for long.",
                clicks(n, detail("ads"))
            ),
            "Switch an agent on, add another, or take the link out of the ads.",
        ),
        Kind::NobodyOnDuty => said(
            format!(
                "Nobody of {name} is on duty within the next day, at hours when {} came last week.",
                clicks(n, "yes")
            ),
            "Give somebody those hours, set a fallback, or let the ads rest then.",
        ),
        Kind::DestinationHeld => said(
            format!("{name} refuses what it is sent: {example} {n} events wait, and nothing is lost."),
            "Repair the connection; what waits is sent at once.",
        ),
        Kind::DestinationSilent => said(
            match detail("ever") {
                "yes" => format!("{name} has taken nothing since then, although {n} of its ads were clicked."),
                _ => format!("{name} has never taken anything, although {n} of its ads were clicked."),
            },
            "Look at its deliveries for the platform's answers, and send a test event.",
        ),
        Kind::DestinationOff => said(
            format!("{name} is switched off, and {n} of its ads were clicked. Their events wait and get too old."),
            "Switch it on, or remove it if it is not wanted.",
        ),
        Kind::ApiVersion => said(
            match detail("over") {
                "yes" => format!("{name} uses version {example} of the platform's API, which has ended."),
                _ => format!("{name} uses version {example} of the platform's API, which ends in {n} days."),
            },
            "Raise api_version in the connection's settings, or leave it out for Konektor's own.",
        ),
        Kind::PlatformUntold => said(
            format!(
                "{n} clicks came through {}, which is told nothing, so its ads cannot learn.",
                platform_name(name)
            ),
            "Connect the platform.",
        ),
        Kind::AgentDead => said(
            format!(
                "{n} of {} visitors who were sent to {name} ({example}) clicked again at once: {} %, where it is {} % with \
                 the others. The number may be banned, or not on WhatsApp.",
                detail("leads"),
                detail("percent"),
                detail("others")
            ),
            "Write to the number yourself. If nobody is there, pause the agent or correct the number.",
        ),
        Kind::AgentNumber => said(
            match detail("why") {
                "twice" => format!(
                    "{name} has the same number ({example}) as {}: it gets both their shares.",
                    detail("with")
                ),
                "made_up" => format!("The number of {name} ({example}) looks made up."),
                _ => format!("The number of {name} ({example}) is none that can be called."),
            },
            "Correct the number.",
        ),
        Kind::OrphanHits => said(
            match finding.details.get("near") {
                Some(near) => {
                    format!("{example} was asked for {n} times, and there is no such link. /wa/{near} is the nearest.")
                }
                None => format!("{example} was asked for {n} times, and there is no such link."),
            },
            "Correct the link where it stands, or make a rotator with this slug.",
        ),
        Kind::Macro => said(
            format!(
                "{name} came without a value in {}: its macro was not filled in, or was left empty.",
                times(n)
            ),
            macro_fix(detail("parameter")),
        ),
        Kind::SharedClickId => said(
            format!(
                "{n} browsers came with one click ID ({example}): a link that was copied out of an ad stands in a bio or a \
                 post. It counts as the ad's once."
            ),
            "Replace it by the bare link, without anything after the question mark.",
        ),
        Kind::SourceSpelling => said(
            format!(
                "One source goes by {} names: {example}. Reports show them apart.",
                detail("names")
            ),
            &format!("Write {} in all links.", detail("keep")),
        ),
        Kind::Recognition => said(
            format!(
                "On {name} {} % of the clicks are recognised, on the other hosts {} %: browsers forget its cookie.",
                detail("percent"),
                detail("others")
            ),
            "Use a host under the brand's own domain, and page mode.",
        ),
        Kind::SpoolWaiting => said(
            format!("The database does not answer. Visitors are sent on all the same; {n} clicks wait on disk."),
            "Look at the server's log and disk; the clicks are recorded by themselves when it is back.",
        ),
        Kind::ClockOff => said(
            format!(
                "The server's clock is {} s {} beside {example}. Platforms refuse events of the future, and working hours \
                 begin at the wrong time.",
                detail("seconds"),
                detail("direction")
            ),
            "Switch on time synchronisation (NTP) on the server.",
        ),
        Kind::LogGrowing => said(
            format!("{example} has {} MB and is not taken into the database.", detail("mb")),
            "Look for another program that holds the database open; a restart takes the log in.",
        ),
        Kind::BackupMissing => said(
            match detail("ever") {
                "yes" => format!("The last backup is {n} days old."),
                _ => format!("There has been no backup in {n} days."),
            },
            "Let `konektor backup FILE` run every night, to another disk.",
        ),
        Kind::GeoOld => said(
            format!("Places are told by data that is {n} days old."),
            "Install a newer database: `konektor geo install FILE`, or a newer Konektor.",
        ),
    }
}

/// As it writes itself.
fn platform_name(platform: &str) -> &str {
    match platform {
        "meta" => "Meta",
        "google" => "Google",
        "tiktok" => "TikTok",
        "linkedin" => "LinkedIn",
        other => other,
    }
}

fn clicks(n: u64, of_ads: &str) -> String {
    let word = if n == 1 { "click" } else { "clicks" };
    match of_ads {
        "yes" => format!("{n} ad {word}"),
        _ => format!("{n} {word}"),
    }
}

fn times(n: u64) -> String {
    match n {
        1 => "1 click".to_owned(),
        n => format!("{n} clicks"),
    }
}

/// What to write where, by the parameter.
fn macro_fix(parameter: &str) -> &'static str {
    match parameter {
        "gclid" | "gbraid" | "wbraid" => {
            "Take the parameter out of the link and switch on auto-tagging in Google Ads, which adds it by itself."
        }
        "fbclid" => "Take the parameter out of the link: Meta adds it by itself.",
        "ttclid" => "Take the parameter out of the link, or write ttclid=__CLICKID__: TikTok fills it in.",
        "li_fat_id" => "Take the parameter out of the link and switch on enhanced conversion tracking at LinkedIn.",
        _ => {
            "Write the platform's own macro into the ad's URL parameters: {{campaign.name}} at Meta, __CAMPAIGN_NAME__ at \
             TikTok, {campaignid} at Google; elsewhere write the value itself."
        }
    }
}

fn place(finding: &Finding) -> Option<String> {
    let detail = |name: &str| finding.details.get(name).map_or("", String::as_str);
    let of_subject = match finding.subject {
        Subject::Whole => None,
        Subject::Rotator(id) => Some(format!("/rotators/{id}")),
        Subject::Agent(id) => Some(format!("/agents?agent={id}")),
        Subject::Destination(id) => Some(format!("/platforms/{id}")),
    };
    match finding.kind {
        Kind::DestinationSilent => match finding.subject {
            Subject::Destination(id) => Some(format!("/platforms/deliveries?destination_id={id}")),
            _ => of_subject,
        },
        Kind::ApiVersion => of_subject.map(|path| format!("{path}?fix=config")),
        Kind::PlatformUntold => Some(format!("/platforms/new?platform={}", detail("platform"))),
        Kind::OrphanHits => Some(format!("/rotators/new?slug={}", finding.name)),
        Kind::SourceSpelling => Some("/reports/sources?by=source".to_owned()),
        Kind::Recognition => Some("/settings/hosts".to_owned()),
        _ => of_subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_has_words_that_say_what_to_do() {
        for parameter in ["gclid", "fbclid", "ttclid", "li_fat_id", "utm_campaign", "msclkid"] {
            assert!(macro_fix(parameter).ends_with('.'), "{parameter}");
        }
    }
}
