//! Where an address is: by the operator's databases if there are any, else by the country database compiled in
//! ([`super::countries`]).
//!
//! The operator's are held in memory as a whole and records are decoded in place: a look-up reads the few fields that we want and
//! copies only what it gives.

use super::{countries, time_zones};
use konektor_core::{click::Country, decide::Place, time::UnixMs};
use maxminddb::{MaxMindDbError, Reader};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{
    borrow::Cow,
    fmt, fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

/// The operator's database in the data directory. Beside it any number of `geo-….mmdb` (some providers publish IPv4 and
/// IPv6 apart): the first that knows an address answers.
pub const FILE_NAME: &str = "geo.mmdb";

/// The databases in use.
#[derive(Default)]
pub struct Geo {
    /// The operator's, in the order in which they are asked, before the one compiled in.
    installed: Vec<Reader<Vec<u8>>>,
}

/// A database in use, as the dashboard and `konektor geo` show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// What it calls itself, such as `DBIP-City-Lite`.
    pub kind: String,
    /// When its data was put together: what "age" means, not when the file was copied.
    pub built_at: UnixMs,
    /// Compiled in, not the operator's.
    pub is_built_in: bool,
}

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// The file or the directory cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no database in the MaxMind format.
    #[error("{} is not a usable GeoIP database (MaxMind format, .mmdb): {source}", path.display())]
    Invalid {
        /// Which.
        path: PathBuf,
        /// Why.
        source: MaxMindDbError,
    },
}

impl Geo {
    /// The country database alone.
    pub fn built_in() -> Self {
        Self::default()
    }

    /// The operator's databases in `data_directory`, if any, before the one compiled in.
    pub fn open(data_directory: &Path) -> Result<Self, GeoError> {
        let mut geo = Self::built_in();
        for path in files_in(data_directory)? {
            geo.installed.push(read(&path)?);
        }
        Ok(geo)
    }

    /// One database file before the one compiled in: to see whether a file can be installed.
    pub fn with_file(path: &Path) -> Result<Self, GeoError> {
        let mut geo = Self::built_in();
        geo.installed.push(read(path)?);
        Ok(geo)
    }

    /// Where `ip` is. Private and unknown addresses are nowhere. The time zone is the database's, else the country's or the
    /// Indonesian province's.
    pub fn locate(&self, ip: IpAddr) -> Place {
        let ip = ip.to_canonical();
        let installed = self.installed.iter().find_map(|database| look_up(database, ip));
        installed.or_else(|| countries::locate(ip)).unwrap_or_default()
    }

    /// When the data that answers first was put together.
    pub fn built_at(&self) -> Option<UnixMs> {
        self.databases().first().map(|database| database.built_at)
    }

    /// The databases in use, in the order in which they are asked.
    pub fn databases(&self) -> Vec<Database> {
        let installed = self.installed.iter().map(Database::of);
        installed.chain(countries::database()).collect()
    }
}

impl Database {
    fn of(reader: &Reader<Vec<u8>>) -> Self {
        let metadata = reader.metadata();
        let seconds = i64::try_from(metadata.build_epoch).unwrap_or(i64::MAX);
        Self {
            kind: metadata.database_type.clone(),
            built_at: UnixMs(seconds.saturating_mul(1000)),
            is_built_in: false,
        }
    }

    /// Whole days since its data was put together.
    pub fn age_days(&self, now: UnixMs) -> i64 {
        now.since(self.built_at).max(0) / 86_400_000
    }
}

fn files_in(directory: &Path) -> Result<Vec<PathBuf>, GeoError> {
    let unreadable = |source| GeoError::Unreadable {
        path: directory.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    match fs::read_dir(directory) {
        // A server that starts for the first time makes its directory later.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(paths),
        Err(error) => return Err(unreadable(error)),
        Ok(entries) => {
            for entry in entries {
                let path = entry.map_err(unreadable)?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                if name == FILE_NAME || (name.starts_with("geo-") && name.ends_with(".mmdb")) {
                    paths.push(path);
                }
            }
        }
    }
    // `geo.mmdb` first, then by name, so that the order does not depend on the file system.
    paths.sort_by_key(|path| (path.file_name().is_none_or(|name| name != FILE_NAME), path.clone()));
    Ok(paths)
}

fn read(path: &Path) -> Result<Reader<Vec<u8>>, GeoError> {
    let bytes = fs::read(path).map_err(|source| GeoError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    Reader::from_source(bytes).map_err(|source| GeoError::Invalid {
        path: path.to_owned(),
        source,
    })
}

/// `None` where the database does not know the address, which includes an IPv6 address asked of an IPv4 database and a
/// record without a country.
fn look_up(database: &Reader<Vec<u8>>, ip: IpAddr) -> Option<Place> {
    let record: Record<'_> = database.lookup(ip).ok()?.decode().ok()??;
    let country = record.country_code.or(record.country.iso_code).or(record.country.text);
    let country = country.filter(|code| is_country_code(code))?;
    let known: Country = country.parse().ok()?;
    let region = named(record.state1.or(record.region).or(record.subdivisions.english_name));
    let city = named(record.city.text.or(record.city.english_name));
    let time_zone = match named(record.timezone.or(record.location.time_zone)) {
        Some(zone) => Some(Cow::Owned(zone.to_owned())),
        None => time_zones::of_country(country, region).map(Cow::Borrowed),
    };
    let own = |text: Option<&str>| text.map(str::to_owned);
    Some(Place {
        country: Some(known),
        region: own(region),
        city: own(city),
        time_zone,
    })
}

fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn named(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The fields that we want, of the layouts in use: MaxMind's and DB-IP's nested one, ip-location-db's flat one, IPinfo's.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    country_code: Option<&'a str>,
    #[serde(borrow, default)]
    country: Nested<'a>,
    #[serde(borrow, default)]
    state1: Option<&'a str>,
    #[serde(borrow, default)]
    region: Option<&'a str>,
    #[serde(borrow, default)]
    subdivisions: Nested<'a>,
    #[serde(borrow, default)]
    city: Nested<'a>,
    #[serde(borrow, default)]
    timezone: Option<&'a str>,
    #[serde(borrow, default)]
    location: Location<'a>,
}

#[derive(Default, Deserialize)]
struct Location<'a> {
    #[serde(borrow, default)]
    time_zone: Option<&'a str>,
}

/// A value that is a text in one layout, an object in another, or a list of objects, of which the first counts.
#[derive(Default)]
struct Nested<'a> {
    text: Option<&'a str>,
    iso_code: Option<&'a str>,
    english_name: Option<&'a str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Nested<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestedVisitor)
    }
}

struct NestedVisitor;

impl<'de> Visitor<'de> for NestedVisitor {
    type Value = Nested<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, an object with a name, or a list of such objects")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Nested {
            text: Some(text),
            ..Nested::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut nested = Nested::default();
        while let Some(key) = map.next_key::<&str>()? {
            match key {
                "iso_code" => nested.iso_code = map.next_value()?,
                "names" => nested.english_name = map.next_value::<Names<'de>>()?.en,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(nested)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let first = list.next_element()?.unwrap_or_default();
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }
}

#[derive(Deserialize)]
struct Names<'a> {
    #[serde(borrow, default)]
    en: Option<&'a str>,
}

#[cfg(test)]
mod tests;
