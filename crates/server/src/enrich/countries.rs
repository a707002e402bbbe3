//! The country database that is compiled in: where each stretch of addresses begins, in order, and whose it is. `build.rs` makes
//! these lists of the package's file, which is twice as large and would have to be unpacked into memory; of a list that is looked
//! through by halves, only the pages are read that somebody's address led to.

use super::{geo::Database, time_zones};
use konektor_core::{decide::Place, time::UnixMs};
use std::{borrow::Cow, net::IpAddr};

macro_rules! made {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

/// An IPv4 address each, in network order, which is the order of numbers.
static V4: &[[u8; 4]] = made!("countries_v4").as_chunks().0;
/// The upper half of an IPv6 address each: nothing smaller is given to anybody.
static V6: &[[u8; 8]] = made!("countries_v6").as_chunks().0;
/// Whose each stretch is, as a place in [`CODES`].
static OF_V4: &[u8] = made!("countries_of_v4");
static OF_V6: &[u8] = made!("countries_of_v6");
/// The codes of countries; blank: nobody's.
static CODES: &[[u8; 2]] = made!("countries").as_chunks().0;
/// What the database calls itself, and a line further when it was put together, in seconds; empty where it was not
/// installed at build time.
static ABOUT: &str = include_str!(concat!(env!("OUT_DIR"), "/countries_about"));

/// Which database it is, if it was there at build time.
pub(super) fn database() -> Option<Database> {
    let (kind, built_at) = ABOUT.split_once('\n')?;
    Some(Database {
        kind: kind.to_owned(),
        built_at: UnixMs(built_at.trim_end().parse::<i64>().ok()?.saturating_mul(1000)),
        is_built_in: true,
    })
}

/// Where an address is that is no IPv4 one within IPv6.
pub(super) fn locate(ip: IpAddr) -> Option<Place> {
    let code = match ip {
        IpAddr::V4(ip) => holder(V4, OF_V4, ip.octets()),
        IpAddr::V6(ip) => holder(V6, OF_V6, *ip.octets().first_chunk()?),
    }?;
    let code = str::from_utf8(code).ok()?;
    Some(Place {
        country: Some(code.parse().ok()?),
        time_zone: time_zones::of_country(code, None).map(Cow::Borrowed),
        ..Place::default()
    })
}

fn holder<const N: usize>(starts: &[[u8; N]], of: &[u8], address: [u8; N]) -> Option<&'static [u8; 2]> {
    let stretch = starts.partition_point(|start| *start <= address).checked_sub(1)?;
    CODES.get(usize::from(*of.get(stretch)?))
}

/// Where every twentieth stretch begins.
#[cfg(test)]
pub(super) fn some_starts() -> impl Iterator<Item = IpAddr> {
    let v4 = V4.iter().step_by(20).map(|start| IpAddr::from(*start));
    let v6 = V6.iter().step_by(20).map(|start| {
        let upper = u128::from(u64::from_be_bytes(*start));
        IpAddr::V6((upper << 64).into())
    });
    v4.chain(v6)
}
