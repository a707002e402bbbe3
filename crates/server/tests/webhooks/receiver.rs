//! Somebody else's server that gets messages, and what it does with them.

use crate::common::wait_for;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

/// How it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// With this status.
    Status(u16),
    /// With this status and a header.
    With(u16, &'static str, String),
    /// Takes the message and says nothing.
    Hang,
    /// Breaks the connection off.
    Break,
    /// 200, and then a body without an end.
    Babble,
}

/// A message that it got.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn id(&self) -> String {
        self.header("webhook-id").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

/// A receiver on a port of its own.
pub struct Receiver {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    behaviour: Mutex<Behaviour>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    held: Mutex<Vec<TcpStream>>,
    ended: AtomicBool,
}

impl Receiver {
    pub fn start() -> Self {
        Self::at("127.0.0.1:0", Behaviour::Status(204))
    }

    pub fn that(behaviour: Behaviour) -> Self {
        Self::at("127.0.0.1:0", behaviour)
    }

    pub fn at(address: &str, behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            received: Mutex::default(),
            connections: AtomicUsize::new(0),
            held: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let accepting = std::thread::spawn({
            let shared = shared.clone();
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if shared.ended.load(Ordering::Acquire) {
                        return;
                    }
                    shared.connections.fetch_add(1, Ordering::AcqRel);
                    let shared = shared.clone();
                    std::thread::spawn(move || shared.serve(stream));
                }
            }
        });
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?shop=1", self.address)
    }

    pub fn tell(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().expect("no reader panics") = behaviour;
    }

    /// Everything that came, in the order in which it came.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().expect("no reader panics").clone()
    }

    /// Waits until so many messages came, and gives all.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_for("messages", || {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Acquire)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.address);
        for stream in self.shared.held.lock().expect("no reader panics").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(received) = read(&mut reader) {
            self.received.lock().expect("no reader panics").push(received);
            let behaviour = self.behaviour.lock().expect("no reader panics").clone();
            let stream = reader.get_mut();
            let written = match behaviour {
                Behaviour::Status(status) => answer(stream, status, ""),
                Behaviour::With(status, name, value) => answer(stream, status, &format!("{name}: {value}\r\n")),
                Behaviour::Hang => {
                    let held = stream.try_clone().expect("a handle");
                    self.held.lock().expect("no reader panics").push(held);
                    let _ = stream.read(&mut [0]); // until somebody ends it
                    return;
                }
                Behaviour::Break => return,
                Behaviour::Babble => {
                    let head = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n");
                    head.and_then(|()| {
                        loop {
                            stream.write_all(&[b'x'; 4_096])?;
                        }
                    })
                }
            };
            if written.is_err() {
                return;
            }
        }
    }
}

fn answer(stream: &mut TcpStream, status: u16, headers: &str) -> std::io::Result<()> {
    let length = if status == 204 { "" } else { "content-length: 0\r\n" };
    stream.write_all(format!("HTTP/1.1 {status} Said\r\n{length}{headers}\r\n").as_bytes())
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut headers = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None if line.trim_end().is_empty() => break,
            None => headers.push(("request".to_owned(), line.trim_end().to_owned())),
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?;
    let mut body = vec![0; length.1.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Received { headers, body })
}
