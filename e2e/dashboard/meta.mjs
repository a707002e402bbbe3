// A stand-in for Meta's Conversions API that knows good tokens from expired ones.

import { createServer } from 'node:http';

export const EXPIRED = 'EAABexpiredToken0000000001';
export const GOOD = 'EAABgoodToken0000000000002';

/** Runs until the test ends. `events` are those that came with a good token. */
export async function startMeta(t) {
  const events = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { data } = JSON.parse(body);
    const isGood = `${request.url} ${body} ${request.headers.authorization}`.includes(GOOD);
    if (isGood) events.push(...data);
    const answer = isGood
      ? { events_received: data.length, messages: [], fbtrace_id: 'AbCdEfGhIjK' }
      : {
          error: {
            message: 'Error validating access token: Session has expired.',
            type: 'OAuthException',
            code: 190,
            error_subcode: 463,
            fbtrace_id: 'AbCdEfGhIjK',
          },
        };
    response.writeHead(isGood ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { events, url: `http://127.0.0.1:${server.address().port}` };
}

/** What `POST /destinations` takes for it. */
export const destination = (access_token) => ({
  platform: 'meta',
  settings: { dataset_id: '123456789012345' },
  credentials: { access_token },
});
