// One visitor by hand, to see that a server is up and answers as it should before it is loaded.

import { connect } from 'node:net';

const HEAD = [
  'User-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  'Accept: text/html',
  'Accept-Language: id-ID',
  'X-Forwarded-For: 36.64.1.1',
  'Connection: close',
];

/** Asks for the rotator over a bare socket: an HTTP client's own start-up would be counted as the server's. */
export function ask(port) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1')
      .setTimeout(2_000, () => socket.destroy(new Error('no answer in 2 s')))
      .setEncoding('latin1')
      .on('error', reject)
      .on('data', (chunk) => (text += chunk))
      .on('end', () => {
        const header = (name) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];
        resolve({
          status: Number(text.split(' ')[1]),
          location: header('location'),
          cookie: header('set-cookie'),
          bytes: text.length,
        });
      });
    socket.write(`GET /wa/promo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${HEAD.join('\r\n')}\r\n\r\n`);
  });
}
