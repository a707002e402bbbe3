//! A PostgreSQL of one's own, which may be restarted and killed.

use super::common::{database::try_by_itself, wait_for};
use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A fresh cluster on a socket in a directory of its own, synced as a real one is. Dropped, it is gone.
pub struct Cluster {
    directory: tempfile::TempDir,
    programs: PathBuf,
    /// PostgreSQL refuses to run as root, so root lends it an ordinary user.
    user: Option<(u32, u32)>,
    port: u16,
    /// Settings beside the usual ones.
    settings: Vec<String>,
    server: Child,
}

impl Cluster {
    /// `None` where PostgreSQL is not tested.
    pub fn start() -> Option<Self> {
        Self::start_with(5432, |_| Vec::new())
    }

    /// One that also listens on a port of the loopback address, encrypted. `prepare` puts `server.key` and `server.crt` into the
    /// data directory.
    pub fn encrypted(port: u16, prepare: impl FnOnce(&Path)) -> Option<Self> {
        Self::start_with(port, |data| {
            prepare(data);
            let settings = [
                "listen_addresses=127.0.0.1".to_owned(),
                format!("port={port}"),
                "ssl=on".to_owned(),
            ];
            settings.to_vec()
        })
    }

    fn start_with(port: u16, prepare: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        if std::env::var_os("KONEKTOR_TEST_POSTGRES").is_none() {
            assert!(
                std::env::var_os("CI").is_none(),
                "on CI PostgreSQL has to be there: run the tests by scripts/postgres"
            );
            eprintln!("KONEKTOR_TEST_POSTGRES is not set: several servers are not tested; see scripts/postgres");
            return None;
        }
        let directory = tempfile::tempdir().expect("a directory");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).expect("it is ours");
        let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
        let user = is_root.then(ordinary_user);
        if let Some((user, group)) = user {
            chown(directory.path(), Some(user), Some(group)).expect("root may");
        }
        let programs = programs().expect("PostgreSQL's programs are installed");
        let made = run_as(user, &programs.join("initdb"))
            .args([
                "--username=konektor",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(directory.path().join("data"))
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect("it can be started");
        assert!(made.status.success(), "{made:?}");
        let data = directory.path().join("data");
        let mut settings = prepare(&data);
        settings.push(format!("port={port}"));
        if let Some((user, group)) = user {
            for file in fs::read_dir(&data).expect("initdb made it").flatten() {
                chown(file.path(), Some(user), Some(group)).expect("root may");
            }
        }
        let server = serve(directory.path(), &programs, user, &settings);
        let cluster = Self {
            directory,
            programs,
            user,
            port,
            settings,
            server,
        };
        cluster.wait_until_there();
        Some(cluster)
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        let directory = self.directory.path().display().to_string().replace('/', "%2F");
        format!("postgres://konektor@{directory}:{}/{database}", self.port)
    }

    /// Ends the server, with its connections, and starts it again.
    pub fn restart(&mut self) {
        self.end("-INT");
        self.server = serve(self.directory.path(), &self.programs, self.user, &self.settings);
        self.wait_until_there();
    }

    fn wait_until_there(&self) {
        let url = self.url("postgres");
        wait_for("PostgreSQL", || try_by_itself(&url, async |_| Ok(())).ok());
    }

    fn end(&mut self, signal: &str) {
        let sent = Command::new("kill")
            .args([signal, &self.server.id().to_string()])
            .status();
        assert!(sent.expect("kill is there").success());
        self.server.wait().expect("it is ours");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end("-QUIT");
    }
}

fn serve(directory: &Path, programs: &Path, user: Option<(u32, u32)>, more: &[String]) -> Child {
    let log = fs::File::create(directory.join("log")).expect("room for a log");
    let usual = [
        "listen_addresses=",
        "max_connections=200",
        "shared_buffers=32MB",
        "fsync=on",
    ];
    let mut server = run_as(user, &programs.join("postgres"));
    server.arg("-D").arg(directory.join("data")).arg("-k").arg(directory);
    for setting in usual.into_iter().chain(more.iter().map(String::as_str)) {
        server.args(["-c", setting]);
    }
    server
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("it can be started")
}

fn run_as(user: Option<(u32, u32)>, program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group).current_dir("/");
    }
    command.stdin(Stdio::null());
    command
}

/// PostgreSQL's own, or nobody.
fn ordinary_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("it is there");
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|number| number.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    of("postgres").or_else(|| of("nobody")).expect("one of them is there")
}

/// Debian keeps the server's programs where nobody's PATH looks.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    std::env::split_paths(&path)
        .chain(debian)
        .find(|directory| directory.join("postgres").is_file() && directory.join("initdb").is_file())
}
