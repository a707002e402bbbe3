//! The stand-ins as a program, for the benchmark: they need a core of their own there. Prints where it listens, keeps
//! numbers only, and runs until its standard input ends.

use konektor_fake_platforms::{Clock, FakePlatforms, Keep};
use std::io::Read;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let platforms = FakePlatforms::start(([127, 0, 0, 1], 0).into(), Clock::System).await?;
    platforms.keep(Keep::Nothing);
    println!("{}", platforms.url());
    // Whoever started it ends it by closing the pipe, or by ending itself.
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await.expect("reading does not panic")?;
    eprintln!("{}", platforms.report());
    platforms.shutdown().await;
    Ok(())
}
