//! A small HTTP/1.1 client that keeps connections, sees every byte, and can send what no library would.

use std::{
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The phone of the tests' visitors.
pub const PHONE: &str = "Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

/// A request as a browser would send it, unless something else is said.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub host: String,
    pub user_agent: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A call of the API.
pub fn api(key: &str, method: &str, path: &str, body: Option<&serde_json::Value>) -> Request {
    let request = get(&format!("/api/v1{path}")).method(method);
    let request = request.header("Authorization", &format!("Bearer {key}"));
    match body {
        Some(body) => Request {
            body: body.to_string(),
            ..request.header("Content-Type", "application/json")
        },
        None => request,
    }
}

/// `GET` of a link, by a phone.
pub fn get(target: &str) -> Request {
    Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        host: "localhost".to_owned(),
        user_agent: Some(PHONE.to_owned()),
        headers: Vec::new(),
        body: String::new(),
    }
}

impl Request {
    pub fn method(mut self, method: &str) -> Self {
        self.method = method.to_owned();
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        self.host = host.to_owned();
        self
    }

    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = Some(user_agent.to_owned());
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn cookie(self, cookie: &str) -> Self {
        self.header("Cookie", cookie)
    }

    /// The bytes on the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", self.method, self.target, self.host);
        let mut header = |name: &str, value: &str| write!(text, "{name}: {value}\r\n").expect("a String takes all");
        if let Some(user_agent) = &self.user_agent {
            header("User-Agent", user_agent);
        }
        for (name, value) in &self.headers {
            header(name, value);
        }
        if !self.body.is_empty() {
            header("Content-Length", &self.body.len().to_string());
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        text.into_bytes()
    }
}

/// A connection that is kept from request to request.
pub struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(super::PATIENCE))?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.get_mut().write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub fn end(&self) {
        let _ = self.stream.get_ref().shutdown(std::net::Shutdown::Write);
    }

    /// Sends a request and reads its answer.
    pub fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(&request.bytes())?;
        match self.read(request.method == "HEAD")? {
            Some(answer) => Ok(answer),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Reads one answer. `None` if the connection was closed, or broken off, before a byte of it; an error if in it.
    pub fn read(&mut self, to_head: bool) -> io::Result<Option<Answer>> {
        match self.stream.fill_buf() {
            Ok([]) => return Ok(None),
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            Err(e) => return Err(e),
        }
        let status_line = self.line()?;
        let status = status_line
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("no header: {line:?}"));
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer {
            status,
            headers,
            body: Vec::new(),
        };
        assert_eq!(
            answer.header("transfer-encoding"),
            None,
            "all of our answers have a length"
        );
        if !to_head && let Some(length) = answer.header("content-length") {
            answer.body = vec![0; length.parse().expect("a number")];
            self.stream.read_exact(&mut answer.body)?;
        }
        Ok(Some(answer))
    }

    /// Reads answers until the connection ends.
    pub fn read_all(&mut self) -> impl Iterator<Item = Answer> {
        std::iter::from_fn(|| self.read(false).expect("whole answers"))
    }

    /// The bytes that come within a while, until the connection ends.
    pub fn rest(&mut self, within: Duration) -> Vec<u8> {
        let _ = self.stream.get_ref().set_read_timeout(Some(within));
        super::read_all(&mut self.stream)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.stream.read_until(b'\n', &mut bytes)?;
        if !bytes.ends_with(b"\r\n") {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.truncate(bytes.len() - 2);
        Ok(String::from_utf8(bytes).expect("our headers are ASCII"))
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands once");
        value
    }

    pub fn location(&self) -> &str {
        assert!(matches!(self.status, 302 | 303), "{self:?}");
        self.header("location").expect("a redirect has it")
    }

    /// Digits of the WhatsApp number that it sends to.
    pub fn digits(&self) -> &str {
        let rest = self.location().strip_prefix("https://wa.me/").expect("WhatsApp");
        &rest[..rest.find('?').unwrap_or(rest.len())]
    }

    /// The visitor code in the WhatsApp text, `[CODE]`.
    pub fn code(&self) -> &str {
        let location = self.location();
        let start = location.find("%5B").expect("a code") + 3;
        &location[start..start + 7]
    }

    /// The cookie that it sets, as a browser sends it back: `name=value`.
    pub fn cookie(&self) -> &str {
        let set = self
            .header("set-cookie")
            .unwrap_or_else(|| panic!("a cookie: {self:?}"));
        set.split(';').next().expect("split gives one at least")
    }

    pub fn sets_cookie(&self) -> bool {
        self.header("set-cookie").is_some()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }
}
