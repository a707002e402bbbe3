// Visitors: each visit a connection of its own, as from phones, at a steady rate however long answers take. Half of them are
// new and come through an ad, the others were here and bring their cookie.

import { connect } from 'node:net';

const PHONE = 'Mozilla/5.0 (Linux; Android 14; SM-A155F) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
/** Nobody waits longer for a page. */
const PATIENCE_MS = 10_000;

/** Asks once: what a browser would see of it, and how long that took. */
function visit(port, path, cookie) {
  return new Promise((resolve) => {
    const begun = performance.now();
    let text = '';
    const done = (error) => {
      const header = (name) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1];
      const location = header('location') ?? '';
      resolve({
        ms: performance.now() - begun,
        status: error ? 0 : Number(text.split(' ')[1]),
        error: error?.message,
        code: /%5B([0-9A-Z]{7})%5D/.exec(location)?.[1],
        digits: /wa\.me\/(\d+)/.exec(location)?.[1],
        cookie: header('set-cookie')?.split(';')[0],
      });
    };
    const socket = connect(port, '127.0.0.1')
      .setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)))
      .setEncoding('latin1')
      .on('error', done)
      .on('data', (chunk) => (text += chunk))
      .on('end', () => done());
    const lines = [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', `User-Agent: ${PHONE}`, 'Accept-Language: id-ID', 'Connection: close'];
    if (cookie) lines.push(`Cookie: ${cookie}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
}

/** Visitors come until they are told to stop. */
export function startVisitors(port, perSecond) {
  const visits = [];
  const known = [];
  let [n, due, waiting] = [0, performance.now(), 0];
  const one = async () => {
    const number = n++;
    const returning = number % 2 === 1 && known.length > 20 ? known[(number * 7919) % known.length] : undefined;
    const query = returning ? `utm_content=v${number}` : `fbclid=IwAR2ha_${number}&utm_content=v${number}`;
    const at = Date.now();
    waiting += 1;
    const answer = await visit(port, `/wa/promo?${query}`, returning?.cookie);
    waiting -= 1;
    visits.push({ number, at, isNew: !returning, was: returning, ...answer });
    if (!returning && answer.cookie) known.push({ cookie: answer.cookie, code: answer.code, digits: answer.digits });
  };
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1_000 / perSecond) void one();
  }, 5);
  return {
    visits,
    async stop() {
      clearInterval(timer);
      const end = performance.now() + 2 * PATIENCE_MS;
      while (waiting > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
      return visits;
    },
  };
}
