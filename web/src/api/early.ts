// Answers that the document asked for itself: who is signed in, and the list that the page begins with. The browser
// fetches them along with the script (`pages/first.ts`), so that a phone waits for two round trips and not for five.

/** How long they are as good as new. */
const GOOD_MS = 3_000;

interface Answer extends ResponseInit {
  body: string;
}

const asked = new Map<string, Promise<Answer>>();
let all: Promise<unknown> = Promise.resolve();

/** Takes up what the document's `<link rel="preload" as="fetch">` began. */
export function askEarly(): void {
  for (const { href } of document.querySelectorAll<HTMLLinkElement>('link[rel="preload"][as="fetch"]')) {
    // By the same plain question the browser knows its own answer again. It is read at once: rows that had to wait for
    // that would be painted a frame after the place that is kept for them.
    const answer = fetch(href).then(read);
    asked.set(href, answer);
    const end = () => setTimeout(() => asked.delete(href), GOOD_MS);
    answer.then(end, () => asked.delete(href));
  }
  all = Promise.allSettled(asked.values());
}

/** When all of it has come, or failed. */
export function answered(): Promise<unknown> {
  return all;
}

/** The answer to a request that was asked early; several may want it. */
export function taken(request: Request): Promise<Response> | undefined {
  if (request.method !== 'GET') return undefined;
  return asked.get(request.url)?.then(({ body, ...rest }) => new Response(body || null, rest));
}

/** Something is being changed or has been, or somebody else is signed in: what was asked before is of no use. */
export function forget(): void {
  asked.clear();
}

async function read(response: Response): Promise<Answer> {
  const { status, statusText, headers } = response;
  return { body: await response.text(), status, statusText, headers };
}
