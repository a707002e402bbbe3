//! What the black-box tests share: the real binary in a directory of its own, set up by its own command line and
//! API, and a clock to give up by.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod dashboard;
pub mod database;
pub mod http;
pub mod pace;
pub mod random;
pub mod shop;
pub mod vitals;

use http::{Answer, Connection, Request};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Longest wait for anything that should happen at once; generous, for busy machines.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Now, for deadlines.
#[expect(
    clippy::disallowed_methods,
    reason = "a test gives up at some time; the server's clock is its own"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// Asks until there is an answer.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(5)); // between two looks, not instead of one
    }
}

/// `konektor`, with nothing inherited that would set it up, in a directory without a `konektor.toml`. `KONEKTOR_BIN` names
/// another binary than the one that was built for the tests: an optimised one, to be tormented at full speed.
pub fn konektor(data: &Path) -> Command {
    let binary = std::env::var_os("KONEKTOR_BIN");
    let mut command = Command::new(binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_konektor").into()));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KONEKTOR_")) {
        command.env_remove(name);
    }
    let directory = data
        .ancestors()
        .find(|directory| directory.is_dir())
        .expect("the root is one");
    command.current_dir(directory).env("KONEKTOR_DATA", data);
    // Who waits for something by asking again and again asks more often than a program should.
    command.env("KONEKTOR_API_RATE", "0");
    if let Some(url) = database::of(data) {
        command.env("KONEKTOR_DATABASE", url);
    }
    // A test that is not about degraded mode must not come into it because the machine is busy.
    command.env("KONEKTOR_COMMIT_DEADLINE_MS", "30000");
    command.stdin(Stdio::null());
    command
}

/// Runs a command of `konektor` that must succeed, and gives what it printed.
pub fn run(data: &Path, arguments: &[&str]) -> String {
    let output = konektor(data).args(arguments).output().expect("it can be started");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{arguments:?}: {} {out} {err}", output.status);
    out.trim_end_matches('\n').to_owned()
}

/// A `konektor serve` that is running. Dropped, it is killed, by its own process.
pub struct Server {
    /// Where visitors and the API are answered.
    pub address: SocketAddr,
    metrics: SocketAddr,
    data: PathBuf,
    child: Child,
    log: Arc<Mutex<String>>,
    reading_log: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts on `data`, with further settings, and waits until it listens.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::start_by(data, settings, None)
    }

    /// The same by a user of this number.
    pub fn start_by(data: &Path, settings: &[(&str, &str)], user: Option<u32>) -> Self {
        // A free port can be taken by somebody else before the server has it: then another one.
        let mut attempts = (0..20).map(|_| Self::try_start(data, settings, user));
        let started = attempts.find_map(|attempt| match attempt {
            Ok(server) => Some(server),
            Err(log) if log.contains("cannot listen on") => None,
            Err(log) => panic!("the server did not start: {log}"),
        });
        started.expect("a free port")
    }

    fn try_start(data: &Path, settings: &[(&str, &str)], user: Option<u32>) -> Result<Self, String> {
        use std::os::unix::process::CommandExt;
        let [address, metrics] = free_addresses();
        let mut command = konektor(data);
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let mut child = command
            .arg("serve")
            .env("KONEKTOR_LISTEN", address.to_string())
            .env("KONEKTOR_METRICS_LISTEN", metrics.to_string())
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let log = Arc::new(Mutex::new(String::new()));
        let (listening, heard) = mpsc::channel();
        let reading_log = std::thread::spawn({
            let log = log.clone();
            move || {
                for line in stderr.lines().map_while(Result::ok) {
                    if line.contains("listening") {
                        let _ = listening.send(());
                    }
                    let mut log = log.lock().expect("no reader panics");
                    log.push_str(&line);
                    log.push('\n');
                }
            }
        });
        let mut server = Self {
            address,
            metrics,
            data: data.to_owned(),
            child,
            log,
            reading_log: Some(reading_log),
        };
        match heard.recv_timeout(PATIENCE) {
            Ok(()) => Ok(server),
            Err(_) => {
                server.kill();
                Err(server.log())
            }
        }
    }

    /// A connection of one's own.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address).expect("it listens")
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &Request) -> Answer {
        self.connect().ask(request).expect("an answer")
    }

    /// Calls the API and expects success.
    pub fn api(&self, key: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.ask(&http::api(key, method, path, body));
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        answer.json()
    }

    /// A number for operators.
    pub fn metric(&self, name: &str) -> u64 {
        let answer = Connection::open(self.metrics).and_then(|mut c| c.ask(&http::get("/metrics")));
        let text = answer.expect("an answer").text();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("{name} in {text}"))
            .parse()
            .expect("a number")
    }

    /// What it says to load balancers.
    pub fn readiness(&self) -> Answer {
        self.ask_operators("/readyz")
    }

    /// What it says on the operators' listener.
    pub fn ask_operators(&self, path: &str) -> Answer {
        let answer = Connection::open(self.metrics).and_then(|mut c| c.ask(&http::get(path)));
        answer.expect("an answer")
    }

    /// Where the operators' listener is.
    pub fn metrics(&self) -> SocketAddr {
        self.metrics
    }

    /// One number from the database, read beside the server.
    pub fn count(&self, sql: &str) -> i64 {
        database::count(&self.data, sql)
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no reader panics").clone()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
        self.join_log();
    }

    /// Tells it to end, as an operator would.
    pub fn tell_to_end(&self) {
        signal(self.process_id(), "-TERM");
    }

    /// Its process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let status = wait_for("the server's end", || self.child.try_wait().expect("it is ours"));
        self.join_log();
        status
    }

    /// Ends it and expects that it ends well.
    pub fn stop(mut self) {
        self.tell_to_end();
        let status = self.wait();
        assert!(status.success(), "{status}: {}", self.log());
    }

    fn join_log(&mut self) {
        if let Some(reading) = self.reading_log.take() {
            reading.join().expect("reading a log cannot panic");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.join_log();
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{log}");
        } else {
            assert!(!log.contains("panicked"), "the server panicked: {log}");
        }
    }
}

/// `kill -9`, while others hold the server.
pub fn kill_9(process: u32) {
    signal(process, "-KILL");
}

fn signal(process: u32, signal: &str) {
    let sent = Command::new("kill").args([signal, &process.to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// The database of a data directory, to look but not to touch.
pub fn database(data: &Path) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(data.join("konektor.db"), flags).expect("it is there");
    connection.busy_timeout(PATIENCE).expect("a time-out can be set");
    connection
}

/// Addresses that nobody listens on, as far as one can know.
pub fn free_addresses<const N: usize>() -> [SocketAddr; N] {
    let listeners: [_; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("it is bound"))
}

/// Reads to the end of the connection, or until the peer breaks it off or says nothing for too long.
pub fn read_all(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}
