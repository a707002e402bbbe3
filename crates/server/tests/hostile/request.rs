//! A request in parts that can be broken one by one, so that it stays one request: it has exactly one answer.

use super::mutation;
use crate::common::random::Random;

/// How the body says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    Length,
    Chunks,
}

/// The parts.
#[derive(Clone, Debug)]
pub struct Parts {
    pub method: &'static str,
    pub target: Vec<u8>,
    pub headers: Vec<(&'static str, Vec<u8>)>,
    pub body: Vec<u8>,
    pub framing: Framing,
}

/// A request on its way.
#[derive(Clone, Debug)]
pub struct Sent {
    pub bytes: Vec<u8>,
    /// Its answer has no body, whatever length it names.
    pub is_head: bool,
    /// Nobody can say how many requests this is: it is the last that its connection sends.
    pub is_broken: bool,
    /// Where it went, for the report.
    pub area: &'static str,
}

impl Sent {
    /// The one 5xx that is documented: a browser that only looks ahead must not swallow the real tap.
    pub fn may_be_told_to_come_again(&self) -> bool {
        let has = |word: &[u8]| {
            self.bytes
                .windows(word.len())
                .any(|part| part.eq_ignore_ascii_case(word))
        };
        has(b"prefetch") || has(b"preview")
    }
}

impl Parts {
    pub fn get(target: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "GET",
            target: target.into(),
            headers: vec![("Host", b"localhost".to_vec())],
            body: Vec::new(),
            framing: Framing::Length,
        }
    }

    pub fn post(target: impl Into<Vec<u8>>, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut parts = Self::get(target).with("Content-Type", kind);
        parts.method = "POST";
        parts.body = body.into();
        parts
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Breaks some of its parts, each within its line.
    pub fn mutate(&mut self, random: &mut Random) {
        for _ in 0..=random.below(2) {
            match random.below(4 + self.headers.len()) {
                0..2 => self.mutate_target(random),
                2..4 if self.body.is_empty() => self.mutate_target(random),
                2 => mutation::anyhow(random, &mut self.body),
                3 => mutation::within_line(random, &mut self.body),
                header => mutation::within_line(random, &mut self.headers[header - 4].1),
            }
        }
        if self.target.is_empty() {
            self.target.push(b'/');
        }
        if random.below(80) == 0 {
            let again = random.pick(&self.headers).clone();
            self.headers.extend(std::iter::repeat_n(again, 1 + random.below(70)));
        }
        if !self.body.is_empty() && random.below(6) == 0 {
            self.framing = Framing::Chunks;
        }
    }

    /// The query mostly: most other paths are nobody's.
    fn mutate_target(&mut self, random: &mut Random) {
        let start = self
            .target
            .iter()
            .position(|byte| *byte == b'?')
            .unwrap_or(self.target.len());
        if random.below(5) == 0 {
            return mutation::within_line(random, &mut self.target);
        }
        let mut query = self.target.split_off(start);
        if query.is_empty() {
            query.extend_from_slice(b"?a=");
        }
        mutation::within_line(random, &mut query);
        self.target.extend_from_slice(&query);
    }

    /// The bytes of one request.
    pub fn send(&self, random: &mut Random, area: &'static str) -> Sent {
        let mut bytes = [self.method.as_bytes(), b" ", &self.target, b" HTTP/1.1\r\n"].concat();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        self.write_body(random, &mut bytes);
        Sent {
            bytes,
            is_head: self.method == "HEAD",
            is_broken: false,
            area,
        }
    }

    fn write_body(&self, random: &mut Random, bytes: &mut Vec<u8>) {
        if self.body.is_empty() {
            let length: &[u8] = if self.method == "GET" {
                b""
            } else {
                b"Content-Length: 0\r\n"
            };
            bytes.extend_from_slice(length);
            return bytes.extend_from_slice(b"\r\n");
        }
        if self.framing == Framing::Length {
            bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
            return bytes.extend_from_slice(&self.body);
        }
        bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
        let mut rest = &self.body[..];
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(1 + random.below(200)));
            let extension = *random.pick(&["", "", ";a=b", ";"]);
            bytes.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
            rest = after;
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
    }
}

impl Sent {
    /// Breaks the bytes themselves.
    pub fn broken(mut self, random: &mut Random) -> Self {
        for _ in 0..=random.below(4) {
            mutation::anyhow(random, &mut self.bytes);
        }
        // More than one: what one server takes for the body of a request, another takes for the next.
        if random.below(8) == 0 {
            let inner = b"GET /wa/promo?utm_content=smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
            self.bytes.extend_from_slice(inner);
        }
        self.is_broken = true;
        self
    }
}
