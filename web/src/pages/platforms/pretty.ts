/** A request or an answer with its JSON on lines; anything else as it is. Of a request, the head stays above it. */
export function pretty(text: string): string {
  const gap = text.indexOf('\n\n');
  const isRequest = gap >= 0 && /^[A-Z]+ https?:/.test(text);
  const [head, body] = isRequest ? [text.slice(0, gap + 2), text.slice(gap + 2)] : ['', text];
  try {
    return head + JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return text;
  }
}
