// Stands in for the server while one works on a page: `npm run mock`, then `npm run dev`. Invented people only, kept in
// memory, no checks. Add the routes of a page in a file beside this one and list it in ROUTES.
//
//   MOCK=setup   nobody has set it up yet      MOCK=out     nobody is signed in
//   MOCK=agent   a CS is signed in             MOCK=empty   nothing has happened yet
//   MOCK=staff   agents of every kind         MOCK=degraded  the database does not answer

import { createServer } from 'node:http';
import { routes as agents } from './agents.mjs';
import { routes as basic } from './basic.mjs';
import { routes as hooks } from './hooks.mjs';
import { live, routes as leads } from './leads.mjs';
import { routes as platforms } from './platforms.mjs';
import { routes as reports } from './reports.mjs';
import { routes as rotators } from './rotators.mjs';
import { routes as settings } from './settings.mjs';

const PORT = Number(process.env.PORT ?? 8099);
const ROUTES = { ...basic, ...leads, ...reports, ...rotators, ...platforms, ...settings, ...agents, ...hooks };

/** The answer of the route that fits: `'GET /leads/:id': ({ params, query, body }) => value | [status, value]`. */
function answer(method, url, body) {
  const path = url.pathname.replace('/api/v1', '').split('/');
  for (const [route, act] of Object.entries(ROUTES)) {
    const [wanted, pattern] = route.split(' ');
    const parts = pattern.split('/');
    if (wanted !== method || parts.length !== path.length) continue;
    const params = {};
    const fits = parts.every((part, at) => (part.startsWith(':') ? (params[part.slice(1)] = path[at]) : part === path[at]));
    if (fits) return act({ params, query: Object.fromEntries(url.searchParams), body });
  }
  return [404, { title: 'Not Found', detail: `The mock has no ${method} ${url.pathname}.` }];
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname === '/api/v1/live') return live(request, response);
  let text = '';
  for await (const part of request) text += part;
  const given = answer(request.method, url, /json/.test(request.headers['content-type']) ? JSON.parse(text) : undefined);
  const [status, value] = Array.isArray(given) ? given : [200, given];
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(value === undefined ? '' : JSON.stringify(value));
}).listen(PORT, '127.0.0.1', () => console.log(`mock: http://127.0.0.1:${PORT}/api/v1`));
