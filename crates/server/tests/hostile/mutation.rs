//! How something that was whole is broken.

use crate::common::random::Random;

/// Pieces that parsers trip over. None ends a line.
const PIECES: &[&[u8]] = &[
    b"\0",
    b" ",
    b"\t",
    b":",
    b";",
    b"%",
    b"%%",
    b"%0",
    b"%00",
    b"%0d%0aSet-Cookie:%20a=b",
    b"%e2%80%ae",
    b"%f0%9f%98",
    b"%25%32%35",
    b"\xff\xfe",
    b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"?",
    b"#",
    b"//",
    b"/../",
    b"..%2f",
    b"\\",
    b"&",
    b"=",
    b"&&&&",
    b"+",
    b"\"",
    b"'",
    b"'--",
    b"' OR 1=1",
    b"<script>alert(1)</script>",
    b"${7*7}",
    b"{code}",
    b"{gclid}",
    b"__CLICKID__",
    b"gclid=",
    b"gclid=Cj0KCQ&gclid=",
    b"null",
    b"-1",
    b"0",
    b"18446744073709551616",
    b"1e309",
    b"\x7f",
    b"\x80",
    b"\x1b[2J",
    b",",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"\\u0000",
    b"\\ud800",
    b"--b",
    b"@",
    b"[::1]:",
    b"=cmd|' /C calc'!A0",
];

/// And those that end lines and requests.
const FRAMING: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\r\n ",
    b" HTTP/1.1\r\n",
    b"HTTP/1.0",
    b"HTTP/9.9",
    b"Host: x\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: +5\r\n",
    b"Content-Length: 5, 5\r\n",
    b"Content-Length : 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: identity, chunked\r\n",
    b"Transfer-Encoding:\x0bchunked\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Connection: close\r\n",
    b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    b"Expect: 100-continue\r\n",
    b"Expect: x\r\n",
    b"Range: bytes=0-\r\n",
    b"GET /wa/promo HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"FFFFFFFFFFFFFFFF\r\n",
    b"0\r\n\r\n",
    b"5;a=\"\r\n",
];

/// Breaks a text within its line: what comes of it is still one line.
pub fn within_line(random: &mut Random, text: &mut Vec<u8>) {
    step(random, text, PIECES);
    // Other control bytes end the connection: a few of them are enough.
    let has_controls = random.below(10) == 0;
    text.retain(|byte| !matches!(byte, b'\r' | b'\n') && (has_controls || !byte.is_ascii_control()));
}

/// Breaks bytes anyhow.
pub fn anyhow(random: &mut Random, bytes: &mut Vec<u8>) {
    let pieces = if random.below(2) == 0 { FRAMING } else { PIECES };
    step(random, bytes, pieces);
}

fn step(random: &mut Random, bytes: &mut Vec<u8>, pieces: &[&[u8]]) {
    let at = random.below(bytes.len() + 1);
    match random.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = random.below(256) as u8,
        2 => bytes.truncate(at),
        3 | 4 => drop(bytes.splice(at..at, random.pick(pieces).iter().copied())),
        5 => {
            let end = bytes.len().min(at + random.below(40));
            drop(bytes.drain(at..end));
        }
        6 => {
            let end = bytes.len().min(at + random.below(60));
            let again = bytes[at..end].repeat(1 + random.below(20));
            drop(bytes.splice(at..at, again));
        }
        _ => {
            // Mostly a few, and now and then more than any limit allows.
            let most = if random.below(50) == 0 { 9_000 } else { 20 };
            let piece = random.pick(pieces);
            let times = 1 + random.below(most / piece.len().min(most) + 1);
            drop(bytes.splice(at..at, piece.repeat(times)));
        }
    }
}
