import { request } from 'node:http';

/** One GET with exactly these headers; `fetch` would add its own `Sec-Fetch-Mode`. */
export function get(url, headers) {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false, timeout: 10_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .on('timeout', function () {
        this.destroy(new Error('no answer in 10 s'));
      })
      .on('error', reject)
      .end();
  });
}
