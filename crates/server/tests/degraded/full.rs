//! No room on the disk: a small file system in memory, filled up. Only root may mount one; for others this says so and stops.

use super::{
    DEADLINE,
    common::{database, shop::Shop},
    crowd::Crowd,
    wait_until_degraded, wait_until_drained,
};
use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// A file system of a few megabytes. Dropped, it is gone.
struct Small(PathBuf);

impl Small {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(at);
        let mounted = mount.status().is_ok_and(|status| status.success());
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Takes all the room that is left.
fn fill(directory: &Path) -> PathBuf {
    let path = directory.join("filler");
    let mut file = File::create(&path).expect("a file");
    for size in [64 * 1024, 4_096, 512, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
    path
}

fn shop_on_a_small_disk(settings: &[(&str, &str)]) -> Option<(Shop, Small)> {
    let directory = tempfile::tempdir().expect("a directory");
    if database::of(directory.path()).is_some() {
        println!("skipped: this database is not on the disk of the data directory");
        return None;
    }
    let Some(small) = Small::mount(directory.path(), "size=24m") else {
        println!("skipped: a file system cannot be mounted here");
        return None;
    };
    Some((Shop::in_directory(directory, 3, settings, None), small))
}

#[test]
fn on_a_full_disk_every_visitor_is_sent_on_and_nothing_is_lost_while_the_spool_has_its_room() {
    let Some((shop, _small)) = shop_on_a_small_disk(&[DEADLINE]) else {
        return;
    };
    let mut crowd = Crowd::default();
    crowd.come(&shop, |watch| watch.wait_for_answers(200));
    let filler = fill(shop.data());
    crowd.come(&shop, |watch| {
        wait_until_degraded(&shop);
        watch.wait_for_answers(600);
        std::fs::remove_file(&filler).expect("it is there");
        watch.wait_for_answers(100);
    });
    wait_until_drained(&shop);
    crowd.was_never_kept_waiting();
    assert!(shop.server.metric("konektor_spooled_clicks_total") > 300);
    assert_eq!(shop.server.metric("konektor_clicks_lost_total"), 0);
    crowd.is_in(&shop, 0);
    crowd.still_have_their_agents(&shop);
}

#[test]
fn only_if_the_spool_is_full_too_is_a_click_lost_and_counted() {
    let small_spool = ("KONEKTOR_SPOOL_MAX_MB", "1");
    let Some((shop, _small)) = shop_on_a_small_disk(&[DEADLINE, small_spool]) else {
        return;
    };
    let mut crowd = Crowd::default();
    let filler = fill(shop.data());
    crowd.come(&shop, |watch| {
        wait_until_degraded(&shop);
        super::wait_for("a full spool", || {
            (shop.server.metric("konektor_clicks_lost_total") > 50).then_some(())
        });
        watch.wait_for_answers(10);
    });
    std::fs::remove_file(&filler).expect("it is there");
    wait_until_drained(&shop);
    crowd.was_never_kept_waiting();
    assert!(shop.server.metric("konektor_spooled_clicks_total") > 100);
    let lost = shop.server.metric("konektor_clicks_lost_total") as usize;
    crowd.is_in(&shop, lost);
    assert!(shop.server.log().contains("clicks are lost"));
}
