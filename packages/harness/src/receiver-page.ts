/** One request the receiver got. */
export interface Arrival {
  /** ISO 8601 */
  at: string;
  method: string;
  path: string;
  /** what its Standard Webhooks signature turned out to be */
  signature: 'valid' | 'missing' | 'wrong' | 'too old' | 'not checked';
  idempotencyKey: string | null;
  requestId: string | null;
  webhookId: string | null;
  /** JSON when it was JSON, else text */
  body: unknown;
}

/** A page that lists the arrivals, newest first; it needs nothing from elsewhere and reloads itself. */
export function renderPage(arrivals: readonly Arrival[]): string {
  const rows = arrivals.toReversed().map(renderArrival).join('');
  const empty = '<p class="empty">Nothing yet. It shows up here by itself.</p>';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="2">
<title>${arrivals.length} received · Signalbox</title>
<style>${style}</style>
<main>
<h1>Received notifications</h1>
<p>This page stands in for your notification service while you develop. It keeps the last 200 requests;
<a href="/received.json">as JSON</a>.</p>
${rows || empty}
</main>
</html>
`;
}

function renderArrival(arrival: Arrival): string {
  const badge = arrival.signature === 'valid' ? 'good' : 'plain';
  return `<article>
<header><b>${escaped(arrival.method)} ${escaped(arrival.path)}</b>
<span class="${badge}">signature ${escaped(arrival.signature)}</span><time>${escaped(arrival.at)}</time></header>
<pre>${escaped(readable(arrival.body))}</pre>
<footer>idempotency-key ${escaped(arrival.idempotencyKey ?? '–')} · x-request-id ${escaped(arrival.requestId ?? '–')} ·
webhook-id ${escaped(arrival.webhookId ?? '–')}</footer>
</article>
`;
}

function readable(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body, null, 2);
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d9dde3, #3a3f47); --soft: light-dark(#5b6470, #9aa3ae); }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#f5f6f8, #15181c); }
main { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; }
article { margin: 1rem 0; border: 1px solid var(--line); border-radius: 8px; background: light-dark(#fff, #1d2127); }
header, footer { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: .6rem .9rem; }
footer { display: block; font-size: .8rem; color: var(--soft); border-top: 1px solid var(--line); overflow-wrap: anywhere; }
time { margin-left: auto; color: var(--soft); }
pre { margin: 0; padding: .2rem .9rem .8rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
.good, .plain { font-size: .8rem; padding: 0 .5rem; border-radius: 1rem; border: 1px solid var(--line); color: var(--soft); }
.good { color: light-dark(#146c2e, #7ddc96); border-color: currentColor; }
.empty { padding: 3rem; text-align: center; color: var(--soft); border: 1px dashed var(--line); border-radius: 8px; }
`;
