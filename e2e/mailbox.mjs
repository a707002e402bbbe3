// A mailbox on loopback: a mail server that takes everything, and a reader of what came.

import { createServer } from 'node:net';

/** Listens until the test `t` ends. `letters` are those that came, each `{ to, data }`. */
export async function startMailbox(t) {
  const letters = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    converse(socket, letters);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `smtp://127.0.0.1:${server.address().port}`, letters };
}

function converse(socket, letters) {
  let [received, to, inData] = ['', '', false];
  const say = (line) => socket.write(`${line}\r\n`);
  const hear = (line) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'RCPT') to = line.match(/<(.*?)>/)?.[1] ?? '';
    if (verb === 'DATA') inData = true;
    say(verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok');
  };
  say('220 mailbox.test');
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk;
    for (;;) {
      const end = inData ? '\r\n.\r\n' : '\r\n';
      const at = received.indexOf(end);
      if (at < 0) return;
      const part = received.slice(0, at);
      received = received.slice(at + end.length);
      if (inData) {
        letters.push({ to, data: part.replace(/^\.\./gm, '.') });
        inData = false;
        say('250 taken');
      } else hear(part);
    }
  });
}

/** A letter's plain and HTML half, as a mail program shows them. */
export function read(letter) {
  const boundary = letter.data.match(/boundary="(.+?)"/)[1];
  const halves = letter.data.split(`--${boundary}`).slice(1, 3).map(decoded);
  const of = (kind) => halves.find(({ head }) => head.includes(kind)).text;
  return { plain: of('text/plain'), html: of('text/html') };
}

function decoded(part) {
  const [head, ...rest] = part.trimStart().split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const bytes = /base64/i.test(head)
    ? Buffer.from(body, 'base64')
    : Buffer.from(
        /quoted-printable/i.test(head)
          ? body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
          : body,
        'latin1',
      );
  return { head, text: bytes.toString('utf8') };
}
