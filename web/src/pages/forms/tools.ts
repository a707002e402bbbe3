// Form tools, and the code that some of them need. Steps in words stand in `steps.ts`.

export const TOOLS = ['google', 'elementor', 'wpforms', 'cf7', 'typeform', 'tally', 'jotform', 'meta', 'html', 'other'] as const;
export type Tool = (typeof TOOLS)[number];

/** The hidden field that the script fills. */
export const SNIPPET_FIELD = 'konektor_visitor';

/** What goes into the customer's own site, so that a form is known to be the visitor's who clicked. */
export function snippet(origin: string): string {
  return `<script src="${origin}/konektor.js" async></script>\n<input type="hidden" name="${SNIPPET_FIELD}">`;
}

/** What is pasted at the tool, if it needs code. */
export function code(tool: Tool, url: string): string | null {
  if (tool === 'google') return googleForms(url);
  if (tool === 'html') {
    return `<form method="post" action="${url}">
  <input name="name" placeholder="Name" required>
  <input name="phone" placeholder="WhatsApp" required>
  <input type="hidden" name="${SNIPPET_FIELD}">
  <button>Send</button>
</form>`;
  }
  if (tool === 'other') {
    return `curl ${url} \\
  -H "Content-Type: application/json" \\
  -d '{"name":"Rina","phone":"081234567890"}'`;
  }
  return null;
}

/** Google Forms sends nothing by itself; this runs in the form owner's account on each answer. */
function googleForms(url: string): string {
  return `function onFormSubmit(event) {
  const answers = {};
  event.response.getItemResponses().forEach((item) => {
    answers[item.getItem().getTitle()] = item.getResponse();
  });
  UrlFetchApp.fetch('${url}', {
    method: 'post',
    contentType: 'application/json',
    payload: JSON.stringify(answers),
  });
}`;
}
