//! The commands of the book: each block of `docs/` that is marked `run` is run as it stands, against a server with a lead. A
//! language that is not at hand is left out, and the test says so.

mod common;

use common::{http, konektor, shop::Shop};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A block of a page.
struct Block {
    language: String,
    code: String,
}

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks that are marked so, in order.
fn blocks(name: &str) -> Vec<Block> {
    let text = page(name);
    let mut fences = text.split("\n```");
    fences.next();
    let marked = fences.filter_map(|block| {
        let (head, code) = block.split_once('\n')?;
        Some(Block {
            language: head.strip_suffix(" run")?.to_owned(),
            code: code.to_owned(),
        })
    });
    marked.collect()
}

/// Runs a block; what it printed, or `None` where its language is not at hand.
fn run(block: &Block, environment: &[(&str, String)], directory: &Path) -> Option<String> {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_konektor"));
    let beside = binary.parent().expect("a directory").display().to_string();
    let path = format!("{beside}:{}", std::env::var("PATH").unwrap_or_default());
    let (program, arguments): (&str, &[&str]) = match block.language.as_str() {
        "sh" => ("bash", &["-euo", "pipefail", "-c"]),
        "python" => ("python3", &["-c"]),
        "js" => ("node", &["--input-type=module", "--eval"]),
        other => panic!("no block of the book is written in {other:?}"),
    };
    // With the data directory and the peace of the tests' servers.
    let settings = konektor(directory);
    let settings = settings.get_envs().filter_map(|(name, value)| Some((name, value?)));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg(&block.code)
        .envs(settings)
        .envs(environment.iter().map(|(name, value)| (*name, value)))
        .env("PATH", path)
        .current_dir(directory)
        .stdin(Stdio::null());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("{program} is not at hand, so a block was not run: {error}");
            return None;
        }
    };
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{}\n{out}{err}", block.code);
    Some(out.trim().to_owned())
}

fn is_at_hand(program: &str) -> bool {
    let tried = Command::new(program).arg("--version").stdout(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn the_set_up_of_the_book_works_on_an_empty_directory() {
    let directory = tempfile::tempdir().expect("a directory");
    let blocks = blocks("setup.md");
    let said: Vec<_> = blocks
        .iter()
        .filter_map(|block| run(block, &[], directory.path()))
        .collect();
    let [made, doctor] = said.as_slice() else {
        panic!("two blocks, not {said:?}")
    };
    let lines: Vec<_> = made.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, "1"), "{made}");
    assert!(lines[2].starts_with("kn_"), "{made}");
    assert_eq!(doctor, "All is well.");
}

#[test]
fn the_examples_of_the_book_work() {
    if !is_at_hand("curl") || !is_at_hand("jq") {
        eprintln!("curl or jq is not at hand, so the book's examples were not run");
        return;
    }
    let shop = Shop::open();
    let lead = shop.server.ask(&http::get("/wa/promo?fbclid=IwAR0")).code().to_owned();
    let environment = [
        ("KONEKTOR", format!("http://{}", shop.server.address)),
        ("KEY", shop.key.clone()),
        ("CODE", lead.clone()),
    ];
    let blocks = blocks("examples.md");
    assert_eq!(blocks.len(), 9, "three things in three languages");
    let wanted = ["\"lebaran\"", "katalog", "promo-akhir-tahun"];
    for (block, wanted) in blocks[..3].iter().zip(wanted) {
        if let Some(said) = run(block, &environment, shop.data()) {
            assert_eq!(said, wanted, "{}", block.code);
        }
    }
    for block in &blocks[3..6] {
        if let Some(said) = run(block, &environment, shop.data()) {
            assert!(
                said.starts_with(&lead) && said.contains("meta"),
                "{said}\n{}",
                block.code
            );
        }
    }
    for block in &blocks[6..] {
        if let Some(said) = run(block, &environment, shop.data()) {
            assert_eq!(said, "won", "{}", block.code);
        }
    }
    assert_eq!(shop.get(&format!("/leads/{lead}"))["value"], 150_000);
}

#[test]
fn the_short_commands_of_the_book_do_what_it_says() {
    if !is_at_hand("curl") {
        return;
    }
    let shop = Shop::open();
    let lead = shop.server.ask(&http::get("/wa/promo")).code().to_owned();
    let environment = [
        ("KONEKTOR", format!("http://{}", shop.server.address)),
        ("KEY", shop.key.clone()),
        ("CODE", lead.to_lowercase()),
    ];
    let block = blocks("chats.md").remove(0);
    run(&block, &environment, shop.data());
    assert!(shop.get(&format!("/leads/{lead}"))["arrived_at"].is_string());

    let block = blocks("screening.md").remove(0);
    if let Some(said) = run(&block, &environment, shop.data()) {
        assert_eq!(said.matches("TokoBot").count(), 2, "{said}");
    }
}

#[test]
fn the_digest_of_the_book_is_switched_on_and_the_reminders_too() {
    if !is_at_hand("curl") {
        return;
    }
    let shop = Shop::open();
    let environment = [
        ("KONEKTOR", format!("http://{}", shop.server.address)),
        ("KEY", shop.key.clone()),
    ];
    for block in &blocks("digest.md") {
        run(block, &environment, shop.data());
    }
    assert_eq!(shop.get("/digest")["frequency"], "weekly");
    assert_eq!(shop.get("/reminders")["hand_over_minutes"], 60);
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for entry in std::fs::read_dir(&docs).expect("the book") {
        let name = entry.expect("a page").file_name().to_string_lossy().into_owned();
        if !name.ends_with(".md") {
            continue;
        }
        let text = page(&name);
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.is_empty() && !target.contains("://")) {
            assert!(
                docs.join(target).exists(),
                "{name} leads to {target}, which is not there"
            );
        }
    }
}
