// The first page of leads, asked for while it is still being asked who is signed in: on a phone a round trip less until the
// list is there. Only where somebody was signed in the last time, so that a sign-in page asks for nothing.

const KEY = 'konektor.was_in';
const FIRST_LEADS = '/api/v1/leads?limit=50';

let asked: { path: string; answer: Promise<Response> } | undefined;

/** Remembers whether somebody is signed in, for the next start. */
export function remember(isIn: boolean): void {
  try {
    if (isIn) localStorage.setItem(KEY, '1');
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage the leads are asked for a moment later.
  }
}

/** Asks, if the page that opens is the list of leads without a filter. */
export function askEarly(hash: string): void {
  let was = false;
  try {
    was = localStorage.getItem(KEY) !== null;
  } catch {
    return;
  }
  if (!was || !['', '#/', '#/leads'].includes(hash)) return;
  const answer = fetch(FIRST_LEADS);
  answer.catch(() => {}); // whoever takes it hears of it
  asked = { path: FIRST_LEADS, answer };
}

/** The answer to a request that was asked early: once, and only at the start. */
export function taken(request: Request): Promise<Response> | undefined {
  const early = asked;
  if (!early || request.method !== 'GET' || !request.url.endsWith(early.path)) return undefined;
  asked = undefined;
  return early.answer;
}
