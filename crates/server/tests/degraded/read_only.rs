//! The data directory becomes read-only under a running server that is not root.

use super::{DEADLINE, common::shop::Shop, crowd::Crowd, lock, wait_until_degraded, wait_until_drained};
use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::Path};

const NOBODY: u32 = 65_534;

/// Sets the modes of directories and files, all the way down.
fn set_modes(path: &Path, directories: u32, files: u32) {
    // On the way down a directory must be open; what it becomes is set last.
    for entry in std::fs::read_dir(path).expect("it is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            set_modes(&path, directories, files);
        } else {
            std::fs::set_permissions(&path, Permissions::from_mode(files)).expect("we may");
        }
    }
    std::fs::set_permissions(path, Permissions::from_mode(directories)).expect("we may");
}

#[test]
fn when_the_data_directory_becomes_read_only_every_visitor_is_sent_on() {
    let directory = tempfile::tempdir().expect("a directory");
    if std::os::unix::fs::chown(directory.path(), Some(NOBODY), Some(NOBODY)).is_err() {
        println!("skipped: only root may run a server as somebody else");
        return;
    }
    let shop = Shop::in_directory(directory, 3, &[DEADLINE], Some(NOBODY));
    let mut crowd = Crowd::default();
    crowd.come(&shop, |watch| watch.wait_for_answers(200));
    set_modes(shop.data(), 0o500, 0o400);
    crowd.come(&shop, |watch| {
        // What is open stays writable, the database and the room that the spool has set aside.
        watch.wait_for_answers(300);
        let holder = lock(shop.data());
        wait_until_degraded(&shop);
        watch.wait_for_answers(300);
        drop(holder);
        watch.wait_for_answers(100);
        set_modes(shop.data(), 0o700, 0o600);
    });
    wait_until_drained(&shop);
    crowd.was_never_kept_waiting();
    assert_eq!(shop.server.metric("konektor_clicks_lost_total"), 0);
    crowd.is_in(&shop, 0);
    crowd.still_have_their_agents(&shop);
}
