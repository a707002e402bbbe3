// A stand-in for Meta that keeps what it was told.

import { createServer } from 'node:http';

export async function startMeta() {
  /** Event ids by click ID, and how often each event was told. */
  const events = new Map();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const { data = [] } = JSON.parse(body || '{}');
      for (const event of data) {
        const clickId = event.user_data?.fbc?.split('.').slice(3).join('.') ?? '';
        const told = events.get(event.event_id) ?? { clickId, times: 0 };
        told.times += 1;
        events.set(event.event_id, told);
      }
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ events_received: data.length, messages: [], fbtrace_id: 'HaHaHaHaHaHaHaHaHaHaHaH' }));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, events, stop: () => server.close() };
}
