//! A mail server for tests: on loopback, in memory, and as bad as it is told to be.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything.
    Accept,
    /// Takes a letter and says nothing any more: whoever sent it cannot know.
    AcceptAndHang,
    /// Knows nobody.
    UnknownUser,
    /// Has no time now.
    Busy,
    /// Says nothing at all.
    Hang,
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The envelope's sender.
    pub from: String,
    /// Its receiver.
    pub to: String,
    /// Header and body.
    pub data: Vec<u8>,
}

struct State {
    manner: Manner,
    received: Vec<Received>,
    connections: usize,
}

/// The server; it ends with this.
pub struct Smtp {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Smtp {
    pub async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            manner,
            received: Vec::new(),
            connections: 0,
        }));
        let task = tokio::spawn(serve(listener, state.clone()));
        Self { address, state, task }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub fn behave(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().unwrap().connections += 1;
        tokio::spawn(converse(stream, state.clone()));
    }
}

async fn converse(stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let manner = state.lock().unwrap().manner;
    let mut stream = BufReader::new(stream);
    if manner == Manner::Hang {
        return std::future::pending().await;
    }
    let (mut from, mut to, mut line) = (String::new(), String::new(), String::new());
    stream.write_all(b"220 mail.test\r\n").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (verb, rest) = line.trim_end().split_at(line.trim_end().len().min(4));
        let answer: &[u8] = match (verb.to_ascii_uppercase().as_str(), manner) {
            ("EHLO", _) => b"250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            ("MAIL", Manner::Busy) => b"451 4.3.0 come back later\r\n",
            ("MAIL", _) => {
                from = address(rest);
                b"250 ok\r\n"
            }
            ("RCPT", Manner::UnknownUser) => b"550 5.1.1 nobody of this name here\r\n",
            ("RCPT", _) => {
                to = address(rest);
                b"250 ok\r\n"
            }
            ("DATA", _) => {
                stream.write_all(b"354 go on\r\n").await?;
                let data = read_data(&mut stream).await?;
                let (from, to) = (from.clone(), to.clone());
                state.lock().unwrap().received.push(Received { from, to, data });
                if manner == Manner::AcceptAndHang {
                    return std::future::pending().await;
                }
                b"250 taken\r\n"
            }
            ("QUIT", _) => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// Until a line with nothing but a full stop; the stop that was put before others is taken away.
async fn read_data(stream: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 || line == b".\r\n" {
            return Ok(data);
        }
        data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

fn address(rest: &str) -> String {
    let inside = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
