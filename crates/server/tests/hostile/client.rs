//! Sends pipelined requests over many connections, and sees to it that each has exactly one answer.

use super::{generator::Generator, request::Sent, tally::Tally};
use crate::common::PATIENCE;
use std::{
    collections::VecDeque,
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, tcp::OwnedReadHalf},
    time::timeout,
};

/// Requests that one connection is asked, the last of them broken.
const OF_CONNECTION: usize = 16;
/// Ends most of what a broken request has begun, and asks that the connection be closed.
const LAST: &[u8] = b"\r\n\r\nGET /wa/none HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
/// What waits for more all the same is told soon that nothing will come.
const SILENCE: Duration = Duration::from_millis(50);
/// And then it ends.
const END_WITHIN: Duration = Duration::from_secs(20);

/// What became of a connection.
struct Batch {
    /// The answers, in the order of the requests.
    answers: Vec<Came>,
    /// What came after them.
    rest: Vec<u8>,
}

/// Sends `count` requests on connection after connection from an address of this number.
pub async fn send(address: SocketAddr, number: u8, mut generator: Generator<'_>, count: usize) -> Tally {
    let mut tally = Tally::default();
    let mut waiting: VecDeque<Sent> = VecDeque::new();
    let mut made = 0;
    let mut fruitless = 0;
    while made < count || !waiting.is_empty() {
        let is_new = waiting.is_empty();
        while is_new && made < count && waiting.len() < OF_CONNECTION {
            made += 1;
            let is_last = waiting.len() + 1 == OF_CONNECTION;
            waiting.push_back(if is_last {
                generator.broken()
            } else {
                generator.mutated()
            });
        }
        // Who closes with something unread breaks off what is still on its way, a long answer to the request before too: such
        // a request goes alone the next time.
        let most = if fruitless > 0 { 1 } else { OF_CONNECTION };
        let batch: Vec<_> = waiting.iter().take(most).collect();
        let came = exchange(address, number, &batch).await;
        let whole = waiting.iter().take(most).take_while(|sent| !sent.is_broken).count();
        // Each of these has one answer. A connection that ends before is the server's right; the others go again.
        for answer in &came.answers {
            let sent = waiting.pop_front().expect("no more answers than requests");
            tally.answered(&sent, *answer);
        }
        fruitless = if came.answers.is_empty() && whole > 0 {
            fruitless + 1
        } else {
            0
        };
        assert!(fruitless < 3, "no answer, thrice: {:?}", text(&waiting[0].bytes));
        tally.again += whole - came.answers.len();
        if came.answers.len() == whole && whole < most {
            let broken = waiting.pop_front_if(|sent| sent.is_broken);
            broken.inspect(|sent| tally.came_back(sent, &came.rest));
        }
    }
    tally
}

/// Asks a connection all of them, and reads all that comes.
async fn exchange(address: SocketAddr, number: u8, batch: &[&Sent]) -> Batch {
    let stream = connect(address, number).await.expect("it listens");
    let (reader, writer) = stream.into_split();
    let bytes: Vec<u8> = batch
        .iter()
        .flat_map(|sent| sent.bytes.iter().copied())
        .chain(LAST.iter().copied())
        .collect();
    let writing = async move {
        let mut writer = writer;
        // It may have answered and closed before it has read all.
        let _ = timeout(PATIENCE, writer.write_all(&bytes)).await;
        writer
    };
    let heads: Vec<_> = batch
        .iter()
        .filter(|sent| !sent.is_broken)
        .map(|sent| sent.is_head)
        .collect();
    let mut answers = Answers {
        stream: reader,
        bytes: Vec::with_capacity(16 * 1024),
        from: 0,
    };
    let (writer, came) = tokio::join!(writing, answers.to(&heads));
    while let Ok(true) = timeout(SILENCE, answers.more()).await {}
    drop(writer);
    let ended = timeout(END_WITHIN, async { while answers.more().await {} }).await;
    assert!(ended.is_ok(), "a connection is held of which nothing more will come");
    Batch {
        answers: came,
        rest: answers.bytes.split_off(answers.from),
    }
}

async fn connect(address: SocketAddr, number: u8) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    // Each from an address of its own: there are ports enough, however many connections there were a moment ago.
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 1, number), 0)))?;
    let stream = timeout(PATIENCE, socket.connect(address)).await??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Answers, one after the other.
struct Answers {
    stream: OwnedReadHalf,
    bytes: Vec<u8>,
    /// Where the next one begins.
    from: usize,
}

impl Answers {
    /// One to each request, until the connection ends.
    async fn to(&mut self, heads: &[bool]) -> Vec<Came> {
        let mut came = Vec::with_capacity(heads.len());
        for is_head in heads {
            match timeout(PATIENCE, self.next(*is_head)).await {
                Ok(Some(answer)) => came.push(answer),
                Ok(None) => break,
                Err(_) => panic!("no answer in time to request {} of a connection", came.len()),
            }
        }
        came
    }

    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.bytes).await, Ok(1..))
    }

    /// The next one; `None` if the connection ends before it is whole.
    async fn next(&mut self, to_head: bool) -> Option<Came> {
        loop {
            let (answer, head_bytes, body) = loop {
                match head(&self.bytes[self.from..]) {
                    Some(head) => break head,
                    None if !self.more().await => return None,
                    None => {}
                }
            };
            self.from += head_bytes;
            match body {
                _ if to_head || matches!(answer.status, 100..200 | 204 | 304) => {}
                Body::Bytes(length) => {
                    while self.bytes.len() < self.from + length {
                        if !self.more().await {
                            return None;
                        }
                    }
                    self.from += length;
                }
                Body::Chunks => self.chunks().await?,
            }
            self.bytes.drain(..self.from);
            self.from = 0;
            // A server that says `100` says more afterwards.
            if answer.status >= 200 {
                return Some(answer);
            }
        }
    }

    async fn chunks(&mut self) -> Option<()> {
        loop {
            match httparse::parse_chunk_size(&self.bytes[self.from..]).expect("chunks of our own server") {
                httparse::Status::Complete((line, length)) => {
                    let end = self.from + line + usize::try_from(length).expect("it fits") + 2;
                    while self.bytes.len() < end {
                        if !self.more().await {
                            return None;
                        }
                    }
                    self.from = end;
                    if length == 0 {
                        return Some(());
                    }
                }
                httparse::Status::Partial if !self.more().await => return None,
                httparse::Status::Partial => {}
            }
        }
    }
}

/// An answer, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Came {
    pub status: u16,
    pub sets_cookie: bool,
}

/// How long a body is.
enum Body {
    Bytes(usize),
    Chunks,
}

/// A head that is whole: what it says, its length, and what body follows.
fn head(bytes: &[u8]) -> Option<(Came, usize, Body)> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut lines);
    let parsed = response.parse(bytes);
    let parsed = parsed.unwrap_or_else(|error| panic!("{error}: what came is no answer: {:?}", text(bytes)));
    let httparse::Status::Complete(length) = parsed else {
        return None;
    };
    let (mut body, mut sets_cookie) = (Body::Bytes(0), false);
    for line in &*response.headers {
        if line.name.eq_ignore_ascii_case("content-length") {
            let length = std::str::from_utf8(line.value)
                .ok()
                .and_then(|value| value.parse().ok());
            body = Body::Bytes(length.expect("a length"));
        } else if line.name.eq_ignore_ascii_case("transfer-encoding") {
            body = Body::Chunks;
        } else if line.name.eq_ignore_ascii_case("set-cookie") {
            sets_cookie = true;
        }
    }
    let status = response.code.expect("it is whole");
    Some((Came { status, sets_cookie }, length, body))
}

/// The beginning of bytes, to be read by people.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(3_000)]).into_owned()
}
