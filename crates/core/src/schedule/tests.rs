use super::*;
use crate::{ids::AgentId, phone::Phone};
use proptest::prelude::*;
use rstest::rstest;

const MINUTE_MS: i64 = 60_000;

fn hours(json: &str) -> Hours {
    serde_json::from_str(json).unwrap()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// `2026-11-23T08:00:00` in a zone, or with an offset where the wall clock shows a time twice: `…-04:00`.
fn at(time: &str, zone: &TimeZone) -> UnixMs {
    let timestamp = match time.parse::<jiff::Timestamp>() {
        Ok(timestamp) => timestamp,
        Err(_) => time
            .parse::<jiff::civil::DateTime>()
            .unwrap()
            .to_zoned(zone.clone())
            .unwrap()
            .timestamp(),
    };
    UnixMs(timestamp.as_millisecond())
}

const OFFICE: &str = r#"[{"days":["mon","tue","wed","thu","fri"],"from":"08:00","to":"17:00"}]"#;
const FRIDAY_NIGHT: &str = r#"[{"days":["fri"],"from":"22:00","to":"06:00"}]"#;
const SUNDAY_NIGHT: &str = r#"[{"days":["sun"],"from":"22:00","to":"06:00"}]"#;
const WHOLE_MONDAY: &str = r#"[{"days":["mon"],"from":"09:00","to":"09:00"}]"#;
const TUESDAY_EVENING: &str = r#"[{"days":["tue"],"from":"18:00","to":"24:00"}]"#;
const TWO_SHIFTS: &str =
    r#"[{"days":["mon"],"from":"08:00","to":"12:00"},{"days":["mon"],"from":"13:00","to":"00:00"}]"#;

// 2026-11-23 is a Monday.
#[rstest]
#[case(OFFICE, "2026-11-23T07:59:59", false)]
#[case(OFFICE, "2026-11-23T08:00:00", true)]
#[case(OFFICE, "2026-11-27T16:59:59", true)]
#[case(OFFICE, "2026-11-27T17:00:00", false)]
#[case(OFFICE, "2026-11-28T10:00:00", false)]
#[case(FRIDAY_NIGHT, "2026-11-27T21:59:00", false)]
#[case(FRIDAY_NIGHT, "2026-11-27T22:00:00", true)]
#[case(FRIDAY_NIGHT, "2026-11-28T00:00:00", true)]
#[case(FRIDAY_NIGHT, "2026-11-28T05:59:59", true)]
#[case(FRIDAY_NIGHT, "2026-11-28T06:00:00", false)]
#[case(FRIDAY_NIGHT, "2026-11-27T05:00:00", false)]
#[case(SUNDAY_NIGHT, "2026-11-29T23:00:00", true)]
#[case(SUNDAY_NIGHT, "2026-11-30T05:59:00", true)]
#[case(SUNDAY_NIGHT, "2026-11-30T06:00:00", false)]
#[case(WHOLE_MONDAY, "2026-11-22T23:59:59", false)]
#[case(WHOLE_MONDAY, "2026-11-23T00:00:00", true)]
#[case(WHOLE_MONDAY, "2026-11-23T23:59:59", true)]
#[case(WHOLE_MONDAY, "2026-11-24T00:00:00", false)]
#[case(TUESDAY_EVENING, "2026-11-24T23:59:59", true)]
#[case(TUESDAY_EVENING, "2026-11-25T00:00:00", false)]
#[case(TWO_SHIFTS, "2026-11-23T12:30:00", false)]
#[case(TWO_SHIFTS, "2026-11-23T23:59:00", true)]
#[case(TWO_SHIFTS, "2026-11-24T00:00:00", false)]
#[case("[]", "2026-11-23T12:00:00", false)]
fn windows_may_pass_midnight(#[case] json: &str, #[case] time: &str, #[case] expected: bool) {
    for name in ["Asia/Jakarta", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"] {
        let zone = zone(name);
        assert_eq!(
            hours(json).contains(&at(time, &zone).in_zone(&zone)),
            expected,
            "{name}"
        );
    }
}

#[rstest]
#[case::now("Asia/Jakarta", OFFICE, "2026-11-23T09:00:30", Some("2026-11-23T09:00:30"))]
#[case::this_morning("Asia/Jakarta", OFFICE, "2026-11-23T07:59:30", Some("2026-11-23T08:00:00"))]
#[case::tomorrow("Asia/Kathmandu", OFFICE, "2026-11-23T17:00:00", Some("2026-11-24T08:00:00"))]
#[case::over_the_weekend("Asia/Jakarta", OFFICE, "2026-11-27T17:00:00", Some("2026-11-30T08:00:00"))]
#[case::a_week_from_now("Asia/Jakarta", FRIDAY_NIGHT, "2026-11-28T06:00:00", Some("2026-12-04T22:00:00"))]
#[case::over_the_end_of_the_week("Asia/Jakarta", SUNDAY_NIGHT, "2026-11-23T06:00:00", Some("2026-11-29T22:00:00"))]
#[case::after_lunch("Asia/Jakarta", TWO_SHIFTS, "2026-11-23T12:00:00", Some("2026-11-23T13:00:00"))]
#[case::never("Asia/Jakarta", "[]", "2026-11-23T12:00:00", None)]
// Berlin: clocks go from 02:00 to 03:00 on Sunday 2026-03-29, from 03:00 back to 02:00 on 2026-10-25.
#[case::short_night("Europe/Berlin", OFFICE, "2026-03-27T17:00:00", Some("2026-03-30T08:00:00"))]
#[case::long_night("Europe/Berlin", OFFICE, "2026-10-23T17:00:00", Some("2026-10-26T08:00:00"))]
#[case::window_begins_in_the_hour_that_is_left_out(
    "Europe/Berlin",
    r#"[{"days":["sun"],"from":"02:30","to":"04:00"}]"#,
    "2026-03-29T01:00:00",
    Some("2026-03-29T03:00:00")
)]
#[case::window_lies_in_the_hour_that_is_left_out(
    "Europe/Berlin",
    r#"[{"days":["sun"],"from":"02:15","to":"02:45"}]"#,
    "2026-03-29T01:00:00",
    Some("2026-04-05T02:15:00")
)]
#[case::window_in_the_hour_that_comes_twice(
    "America/New_York",
    r#"[{"days":["sun"],"from":"01:30","to":"01:45"}]"#,
    "2026-11-01T01:50:00-04:00",
    Some("2026-11-01T01:30:00-05:00")
)]
#[case::clocks_go_back_into_a_window(
    "America/New_York",
    r#"[{"days":["sun"],"from":"00:00","to":"01:30"}]"#,
    "2026-11-01T01:40:00-04:00",
    Some("2026-11-01T01:00:00-05:00")
)]
// Samoa left out Friday 2011-12-30.
#[case::a_day_that_never_was("Pacific/Apia", FRIDAY_NIGHT, "2011-12-29T12:00:00", Some("2011-12-31T00:00:00"))]
fn closed_pages_say_when_somebody_is_back(
    #[case] zone_name: &str,
    #[case] json: &str,
    #[case] after: &str,
    #[case] expected: Option<&str>,
) {
    let zone = zone(zone_name);
    let found = hours(json).next_open(at(after, &zone), &zone);
    assert_eq!(
        found.map(|at| at.in_zone(&zone)),
        expected.map(|time| at(time, &zone).in_zone(&zone))
    );
}

#[rstest]
#[case(i64::MIN)]
#[case(i64::MAX)]
fn a_broken_clock_does_no_harm(#[case] now: i64) {
    let _ = hours(OFFICE).next_open(UnixMs(now), &zone("Europe/Berlin"));
    let _ = duty(&agent(), 0, UnixMs(now));
}

#[test]
fn json_is_the_list_as_it_was_entered() {
    let json = r#"[{"days":["sat","mon"],"from":"08:00","to":"24:00"},{"days":["mon"],"from":"22:00","to":"06:30"}]"#;
    assert_eq!(serde_json::to_string(&hours(json)).unwrap(), json);
}

#[rstest]
#[case(
    r#"[{"days":[],"from":"08:00","to":"17:00"}]"#,
    "The working hours 08:00–17:00 name no day. Choose"
)]
#[case(
    r#"[{"days":["Mon"],"from":"08:00","to":"17:00"}]"#,
    "The day \"Mon\" of the working hours is not known. Use"
)]
#[case(
    r#"[{"days":["mon"],"from":"8:00","to":"17:00"}]"#,
    "The time \"8:00\" of the working hours is not valid."
)]
#[case(r#"[{"days":["mon"],"from":"08:60","to":"17:00"}]"#, "The time \"08:60\" of")]
#[case(r#"[{"days":["mon"],"from":"08:00","to":"24:01"}]"#, "The time \"24:01\" of")]
#[case(r#"[{"days":["mon"],"from":"08:00","to":"+1:00"}]"#, "The time \"+1:00\" of")]
#[case(r#"[{"days":["mon"],"from":"24:00","to":"17:00"}]"#, "The time \"24:00\" of")]
#[case(r#"[{"days":["mon"],"from":"08:00"}]"#, "missing field `to`")]
#[case(
    r#"[{"days":["mon"],"from":"08:00","to":"17:00","zone":"x"}]"#,
    "unknown field `zone`"
)]
fn wrong_hours_are_refused_with_the_reason(#[case] json: &str, #[case] reason: &str) {
    let error = serde_json::from_str::<Hours>(json).unwrap_err().to_string();
    assert!(error.starts_with(reason), "{error}");
}

#[test]
fn there_is_a_limit_to_windows() {
    let window = hours(OFFICE).windows()[0].clone();
    assert!(Hours::new(vec![window.clone(); 50]).is_ok());
    assert_eq!(Hours::new(vec![window; 51]), Err(HoursError::TooMany(51)));
}

fn agent() -> Agent {
    Agent {
        id: AgentId(1),
        name: "Sari".into(),
        phone: Phone::from_stored("6281234567890").unwrap(),
        active: true,
        paused_until: None,
        hours: None,
        time_zone: zone("Asia/Jakarta"),
        daily_cap: None,
    }
}

#[rstest]
#[case::always(agent(), 1_000, Duty::OnDuty)]
#[case::switched_off_before_all_else(
    Agent { active: false, paused_until: Some(UnixMs(i64::MAX)), daily_cap: Some(0), ..agent() }, 0, Duty::Off
)]
#[case::paused(Agent { paused_until: Some(now().plus_ms(1)), ..closed() }, 0, Duty::Paused { until: now().plus_ms(1) })]
#[case::pause_has_passed(Agent { paused_until: Some(now()), ..agent() }, 0, Duty::OnDuty)]
#[case::out_of_hours_before_capped(Agent { daily_cap: Some(0), ..closed() }, 0, Duty::OutOfHours)]
#[case::below_the_cap(Agent { daily_cap: Some(3), ..agent() }, 2, Duty::OnDuty)]
#[case::at_the_cap(Agent { daily_cap: Some(3), ..agent() }, 3, Duty::Capped)]
#[case::in_their_own_zone(Agent { time_zone: zone("Asia/Jakarta"), ..closed() }, 0, Duty::OutOfHours)]
#[case::in_another_zone(Agent { time_zone: zone("Europe/Berlin"), ..closed() }, 0, Duty::OnDuty)]
fn an_agent_is_eligible_when_on_duty(#[case] agent: Agent, #[case] turns_today: u32, #[case] expected: Duty) {
    assert_eq!(duty(&agent, turns_today, now()), expected);
}

/// Monday, 20:00 in Jakarta, 14:00 in Berlin.
fn now() -> UnixMs {
    at("2026-11-23T20:00:00", &zone("Asia/Jakarta"))
}

fn closed() -> Agent {
    Agent {
        hours: Some(hours(OFFICE)),
        ..agent()
    }
}

#[rstest]
#[case::always(agent(), Some("2026-11-23T20:00:00"))]
#[case::hours(closed(), Some("2026-11-24T08:00:00"))]
#[case::pause(Agent { paused_until: Some(now().plus_ms(MINUTE_MS)), ..agent() }, Some("2026-11-23T20:01:00"))]
#[case::pause_then_hours(
    Agent { paused_until: Some(at("2026-11-27T18:00:00", &zone("Asia/Jakarta"))), ..closed() },
    Some("2026-11-30T08:00:00")
)]
#[case::old_pause(Agent { paused_until: Some(UnixMs(0)), ..closed() }, Some("2026-11-24T08:00:00"))]
#[case::switched_off(Agent { active: false, ..agent() }, None)]
fn an_agent_is_back_after_pause_and_hours(#[case] agent: Agent, #[case] expected: Option<&str>) {
    assert_eq!(
        back_at(&agent, now()),
        expected.map(|time| at(time, &zone("Asia/Jakarta")))
    );
}

fn any_hours() -> impl Strategy<Value = Hours> {
    let time = prop_oneof![Just(0_u16), Just(60), Just(120), Just(150), Just(180), 0..MINUTES_A_DAY];
    let days = prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    let window = (days, time.clone(), time).prop_map(|(days, from, to)| Window {
        days,
        from: ClockTime { minute: from },
        to: ClockTime {
            minute: if to == 0 && from > 600 { MINUTES_A_DAY } else { to },
        },
    });
    prop::collection::vec(window, 0..4).prop_map(|windows| Hours::new(windows).unwrap())
}

fn any_moment() -> impl Strategy<Value = (UnixMs, TimeZone)> {
    let names = [
        "Asia/Jakarta",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "UTC",
    ];
    // Half of the moments lie within three days of a clock change in Berlin, New York or on Lord Howe.
    let changes = [
        "2026-03-29T01:00Z",
        "2026-10-25T01:00Z",
        "2026-03-08T07:00Z",
        "2026-11-01T06:00Z",
        "2026-04-04T15:00Z",
    ];
    let near = (prop::sample::select(changes.to_vec()), -4_320..4_320_i64)
        .prop_map(|(change, minutes)| at(change, &TimeZone::UTC).plus_ms(minutes * MINUTE_MS + 17_000));
    let anywhere = (1_700_000_000_000..1_900_000_000_000_i64).prop_map(UnixMs);
    (
        prop_oneof![near, anywhere],
        prop::sample::select(names.to_vec()).prop_map(zone),
    )
}

proptest! {
    #[test]
    fn hours_open_and_close_when_they_say_and_not_before(
        hours in any_hours(),
        (after, zone) in any_moment(),
        open: bool,
        sample in 1..7_i64,
    ) {
        let is_so = |at: UnixMs| hours.contains(&at.in_zone(&zone)) == open;
        let found = match open {
            true => hours.next_open(after, &zone),
            false => hours.next_close(after, &zone),
        };
        let end = found.unwrap_or(after.plus_ms(8 * 24 * 60 * MINUTE_MS));
        prop_assert!(end >= after);
        prop_assert!(found.is_none_or(is_so));
        if found.is_some_and(|found| found > after) {
            prop_assert!(!is_so(end.plus_ms(-1)));
            prop_assert_eq!(end.0 % MINUTE_MS, 0);
        }
        let mut minute = after;
        while minute < end {
            prop_assert!(!is_so(minute), "{} already at {}", open, minute.in_zone(&zone));
            minute = minute.plus_ms(sample * 7 * MINUTE_MS);
        }
    }

    #[test]
    fn minutes_of_the_week_agree_with_the_windows(hours in any_hours(), (now, zone) in any_moment()) {
        let now = now.in_zone(&zone);
        let minute = now.hour() as u16 * 60 + now.minute() as u16;
        let today = Weekday::ALL[now.weekday().to_monday_zero_offset() as usize];
        let yesterday = Weekday::ALL[(now.weekday().to_monday_zero_offset() as usize + 6) % 7];
        let by_windows = hours.windows().iter().any(|Window { days, from, to }| match (from.minute, to.minute) {
            (from, to) if from == to => days.contains(&today),
            (from, to) if from < to => days.contains(&today) && (from..to).contains(&minute),
            (from, to) => days.contains(&today) && minute >= from || days.contains(&yesterday) && minute < to,
        });
        prop_assert_eq!(hours.contains(&now), by_windows);
    }

    #[test]
    fn hours_survive_json(hours in any_hours()) {
        let json = serde_json::to_string(&hours).unwrap();
        prop_assert_eq!(serde_json::from_str::<Hours>(&json).unwrap(), hours);
    }
}
