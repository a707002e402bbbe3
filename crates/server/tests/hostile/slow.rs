//! Sockets that say nothing, or drip: thousands of them, again and again, while good visitors click.
//!
//! `KONEKTOR_SLOW_SOCKETS` says how many of each kind, `KONEKTOR_SLOW_SECONDS` for how long. 5,000 of each need 20,000 open
//! files in both processes: `ulimit -n 20000`.

use crate::{
    common::{
        self,
        pace::{self, Pace},
        vitals, wait_for,
    },
    number,
    target::{Target, descriptors_are_back_at},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::{Instant, sleep, timeout},
};

const SOCKETS: usize = 200;
const SECONDS: usize = 4;
/// From so many on, all that takes time has had it.
const LONG_S: usize = 12;
const VISITORS: Pace = Pace {
    clients: 20,
    per_second: 100.0,
    of_a_connection: 2,
};
/// Within so long all of them are connected for the first time.
const CONNECTED_WITHIN: Duration = Duration::from_secs(3);
/// A byte at a time.
const DRIP_EVERY: Duration = Duration::from_secs(2);

/// What a socket does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Silent,
    /// A head that never ends.
    Head,
    /// A press of a page's button whose body never ends.
    Press,
    /// A body that nobody who is signed in sends.
    Session,
}

impl Kind {
    /// How the dripping begins.
    fn beginning(self) -> &'static str {
        match self {
            Self::Silent => "",
            Self::Head => "GET /wa/promo HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            Self::Press => {
                "POST /wa/halaman HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: 60000\r\n\r\nname="
            }
            Self::Session => {
                "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: 60000\r\n\r\n{\"email\": \""
            }
        }
    }

    /// How long it may hold a place at most, with room for a busy machine.
    fn may_hold(self) -> Duration {
        Duration::from_secs(match self {
            Self::Silent => 5 + 10,
            Self::Head | Self::Press => 10 + 10,
            Self::Session => 30 + 10,
        })
    }
}

/// What the sockets see.
#[derive(Default)]
struct Seen {
    open: AtomicUsize,
    closed: AtomicUsize,
    longest_ms: AtomicU64,
}

/// Holds a place as long as it can, then another one, until all is over.
async fn hold(address: SocketAddr, n: usize, kind: Kind, seen: Arc<Seen>, over: watch::Receiver<bool>) {
    sleep(CONNECTED_WITHIN.mul_f64((n % 100) as f64 / 100.0)).await;
    while !*over.borrow() {
        let Ok(mut stream) = connect(address, n).await else {
            sleep(DRIP_EVERY).await;
            continue;
        };
        let started = Instant::now();
        seen.open.fetch_add(1, Ordering::Relaxed);
        let is_closed = drip(&mut stream, kind, over.clone()).await;
        seen.open.fetch_sub(1, Ordering::Relaxed);
        if is_closed {
            seen.closed.fetch_add(1, Ordering::Relaxed);
            seen.longest_ms
                .fetch_max(started.elapsed().as_millis() as u64, Ordering::Relaxed);
        }
        assert!(
            started.elapsed() < kind.may_hold(),
            "{kind:?} held a place for {:?}",
            started.elapsed()
        );
    }
}

async fn connect(address: SocketAddr, n: usize) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // From many addresses: there are not ports enough of one.
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 2, (n % 250) as u8 + 1), 0)))?;
    timeout(common::PATIENCE, socket.connect(address)).await?
}

/// Drips until the server closes (true), or all is over.
async fn drip(stream: &mut TcpStream, kind: Kind, mut over: watch::Receiver<bool>) -> bool {
    let mut buffer = [0; 1_024];
    if stream.write_all(kind.beginning().as_bytes()).await.is_err() {
        return true;
    }
    loop {
        // Who says nothing is not woken for it either: thousands of them would keep this process from measuring anything.
        let pause = if kind == Kind::Silent {
            kind.may_hold()
        } else {
            DRIP_EVERY
        };
        let read = tokio::select! {
            read = timeout(pause, stream.read(&mut buffer)) => read,
            _ = over.changed() => return false,
        };
        match read {
            Ok(Ok(0) | Err(_)) => return true,
            // It answered before it closes.
            Ok(Ok(_)) => {}
            Err(_) if kind == Kind::Silent => return true,
            Err(_) => {
                if stream.write_all(b"x").await.is_err() {
                    return true;
                }
            }
        }
    }
}

#[test]
fn good_visitors_hardly_notice_thousands_of_sockets_that_say_nothing_or_drip() {
    let each = number("KONEKTOR_SLOW_SOCKETS", SOCKETS);
    let seconds = Duration::from_secs(number("KONEKTOR_SLOW_SECONDS", SECONDS) as u64);
    let target = Target::open();
    let (address, process) = (target.shop.server.address, target.shop.server.process_id());
    for who in ["self", &process.to_string()] {
        let allowed = vitals::descriptors_allowed(who);
        let needed = 2 * each as u64 + 200;
        assert!(
            allowed >= needed,
            "{who} may open {allowed} files, and needs {needed}: ulimit -n {needed}"
        );
    }
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let quiet = runtime().block_on(pace::click(address, VISITORS, "quiet", seconds));
    let before = (vitals::memory_kib(process), vitals::descriptors(process));

    let seen = Arc::new(Seen::default());
    let (end, over) = watch::channel(false);
    let attack = std::thread::spawn({
        let seen = seen.clone();
        move || {
            runtime().block_on(async {
                let holders = (0..2 * each).map(|n| {
                    let kind = match n % 8 {
                        0 | 2 | 4 | 6 => Kind::Silent,
                        1 | 5 => Kind::Head,
                        3 => Kind::Press,
                        _ => Kind::Session,
                    };
                    tokio::spawn(hold(address, n, kind, seen.clone(), over.clone()))
                });
                for holder in holders.collect::<Vec<_>>() {
                    holder.await.expect("no place is held for too long");
                }
            });
        }
    });
    wait_for("the sockets", || {
        (seen.open.load(Ordering::Relaxed) * 10 >= 2 * each * 9).then_some(())
    });
    let attacked = runtime().block_on(pace::click(address, VISITORS, "attacked", seconds));
    let during = (vitals::memory_kib(process), vitals::descriptors(process));
    let open = seen.open.load(Ordering::Relaxed);
    end.send_replace(true);
    attack.join().expect("the sockets end");

    println!(
        "without: {}\nwith {open} slow sockets: {}\nclosed by the server {}, the longest after {} ms; {} KiB a socket",
        pace::in_words(&quiet),
        pace::in_words(&attacked),
        seen.closed.load(Ordering::Relaxed),
        seen.longest_ms.load(Ordering::Relaxed),
        during.0.saturating_sub(before.0) / (2 * each as u64).max(1),
    );
    assert!(open * 10 >= 2 * each * 8, "places are held all the time: {open}");
    if seconds.as_secs() as usize > LONG_S {
        assert!(
            seen.closed.load(Ordering::Relaxed) > each,
            "silent ones are closed after five seconds"
        );
    }
    descriptors_are_back_at(&target, before.1);
    target.a_good_click_is_taken("AfterTheSlow");
    assert_eq!(target.shop.server.metric("konektor_degraded_redirects_total"), 0);
}

/// Asks for more and more, and reads nothing, until the server lets go.
async fn never_read(address: SocketAddr, path: &str) {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").repeat(50);
    while let Ok(Ok(())) = timeout(common::PATIENCE * 2, stream.write_all(request.as_bytes())).await {}
}

#[test]
fn who_never_reads_an_answer_is_let_go() {
    let target = Target::open();
    let (address, process) = (target.shop.server.address, target.shop.server.process_id());
    let before = vitals::descriptors(process);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let started = Instant::now();
        // By the fast lane; and, where there is more time, by the other, whose answers may be long.
        let is_long = number("KONEKTOR_SLOW_SECONDS", SECONDS) > LONG_S;
        let path = |n| {
            if is_long && n % 2 == 1 {
                "/api/v1/docs"
            } else {
                "/wa/none"
            }
        };
        let deaf = (0..10).map(|n| never_read(address, path(n)));
        futures_util::future::join_all(deaf).await;
        assert!(started.elapsed() < common::PATIENCE * 2, "{:?}", started.elapsed());
    });
    descriptors_are_back_at(&target, before);
    target.a_good_click_is_taken("AfterTheDeaf");
}

/// Lets a process open so many files at most, from now on.
fn allow(process: u32, descriptors: usize) {
    let arguments = [
        format!("--pid={process}"),
        format!("--nofile={descriptors}:{descriptors}"),
    ];
    let done = std::process::Command::new("prlimit").args(arguments).status();
    assert!(done.expect("prlimit is there, with util-linux").success());
}

#[test]
fn where_no_more_sockets_can_be_opened_visitors_wait_until_silent_ones_are_closed() {
    let target = Target::open();
    let (address, process) = (target.shop.server.address, target.shop.server.process_id());
    let before = vitals::descriptors(process);
    allow(process, before + 40);
    // More than there is room for.
    let silent: Vec<_> = (0..60).map(|_| std::net::TcpStream::connect(address)).collect();
    assert!(
        silent.iter().all(Result::is_ok),
        "the system takes them, whoever answers"
    );
    wait_for("a server without room", || {
        (vitals::descriptors(process) >= before + 39).then_some(())
    });
    target.a_good_click_is_taken("Waited");
    let server = &target.shop.server;
    assert_eq!(
        server.metric("konektor_degraded_redirects_total"),
        0,
        "the database has its files open"
    );
    assert_eq!(server.metric("konektor_clicks_lost_total"), 0);
    drop(silent);
    descriptors_are_back_at(&target, before);
}
