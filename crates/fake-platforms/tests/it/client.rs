//! A sender that writes requests by hand, and bodies to send.

use konektor_fake_platforms::{Clock, FakePlatforms};
use serde_json::Value;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// 2026-11-22T11:30:00.123Z, the moment of the examples.
pub const CLICK_MS: i64 = 1_795_347_000_123;
/// A minute later, which the stand-ins have.
pub const NOW_MS: i64 = CLICK_MS + 60_000;
pub const DAY_MS: i64 = 86_400_000;
/// SHA-256 of a visitor code.
pub const HASH: &str = "979ae4c32c826f265c49c0b17432ffb18c1bccabc79cede66a99984403fc4ae4";
/// SHA-256 of nothing.
pub const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// No answer takes longer.
pub const SOON: Duration = Duration::from_secs(10);

pub async fn start() -> FakePlatforms {
    start_with(Clock::at(NOW_MS)).await
}

pub async fn start_with(clock: Clock) -> FakePlatforms {
    FakePlatforms::start(([127, 0, 0, 1], 0).into(), clock).await.unwrap()
}

/// A request to be.
#[derive(Clone)]
pub struct Request {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self {
            line: format!("GET {path}"),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub fn post(path: &str, body: &Value) -> Self {
        Self {
            line: format!("POST {path}"),
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string(),
        }
    }

    pub fn form(path: &str, body: &str) -> Self {
        Self {
            line: format!("POST {path}"),
            headers: vec![("content-type".into(), "application/x-www-form-urlencoded".into())],
            body: body.into(),
        }
    }

    /// Sets a header; an empty value takes it away.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(header, _)| header != name);
        if !value.is_empty() {
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    fn wire(&self, connection: &str) -> String {
        let mut text = format!(
            "{} HTTP/1.1\r\nhost: localhost\r\nconnection: {connection}\r\n",
            self.line
        );
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + &format!("content-length: {}\r\n\r\n{}", self.body.len(), self.body)
    }

    /// Sends it and reads until the connection is closed.
    pub async fn send(&self, to: &FakePlatforms) -> Answer {
        self.try_send(to).await.expect("an answer")
    }

    /// Likewise, where there may be no answer.
    pub async fn try_send(&self, to: &FakePlatforms) -> Option<Answer> {
        let mut stream = TcpStream::connect(to.address()).await.unwrap();
        stream.write_all(self.wire("close").as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        // An error is a connection that was reset; what came before it counts.
        let read = tokio::time::timeout(SOON, stream.read_to_end(&mut bytes))
            .await
            .expect("an end of the connection");
        let _: io::Result<usize> = read;
        Answer::parse(&bytes)
    }

    /// Sends it on a connection that stays, and reads the answer by its length.
    pub async fn send_on(&self, stream: &mut TcpStream) -> Answer {
        stream.write_all(self.wire("keep-alive").as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let mut piece = [0; 4096];
            let count = stream.read(&mut piece).await.unwrap();
            assert!(count > 0, "the connection was closed");
            bytes.extend_from_slice(&piece[..count]);
            let Some(answer) = Answer::parse(&bytes) else { continue };
            if answer.header("content-length").unwrap().parse() == Ok(answer.body.len()) {
                return answer;
            }
        }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        Some(Self {
            status,
            headers: headers
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        })
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

/// A change of an event: at a JSON pointer a value, or nothing any more.
pub type Change = (&'static str, Option<Value>);

/// Makes it.
pub fn change(json: &mut Value, (pointer, value): Change) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    let parent = json.pointer_mut(parent).expect("something to change");
    match value {
        Some(value) if parent.is_array() => parent[field.parse::<usize>().unwrap()] = value,
        Some(value) => parent[field] = value,
        None => drop(parent.as_object_mut().unwrap().remove(field)),
    }
}
