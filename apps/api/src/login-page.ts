/** What the page asks for the key with. */
export interface LoginForm {
  /** Where to go from here: a path of ours. */
  next: string;
  /** What went wrong the last time. */
  error?: string;
}

/** A page to log in at: no script, and its style comes from /login.css, so that a strict policy suits it. */
export function loginPage({ next, error }: LoginForm): string {
  const problem = error === undefined ? '' : `<p id="error" role="alert">${escapeHtml(error)}</p>`;
  const described = error === undefined ? '' : ' aria-invalid="true" aria-describedby="error"';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Log in · Signalbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/login.css">
</head>
<body>
<main>
<h1>Signalbox</h1>
<form method="post" action="/session">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<input name="username" autocomplete="username" value="Signalbox" hidden>
<label for="key">API key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"${described}>
${problem}
<button>Log in</button>
</form>
<p class="hint">A key is made with <code>POST /api-keys</code>, or stands in <code>API_KEYS</code>. The session lasts 12 hours.</p>
</main>
</body>
</html>
`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** Its style, light or dark as the reader likes it. */
export const loginStyle = `:root {
  color-scheme: light dark;
  --page: light-dark(#f4f5f7, #14161a);
  --card: light-dark(#fff, #1e2127);
  --text: light-dark(#1c2024, #eceef1);
  --quiet: light-dark(#5b6370, #a3abb8);
  --line: light-dark(#8b93a1, #6b7380);
  --accent: light-dark(#1d4ed8, #8ab4ff);
  --on-accent: light-dark(#fff, #10131a);
  --error: light-dark(#b3261e, #ff9a92);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  min-height: 100vh;
  display: grid;
  place-items: center;
  padding: 1rem;
  background: var(--page);
  color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
main {
  width: min(100%, 24rem);
  padding: 2rem;
  background: var(--card);
  border-radius: 0.75rem;
  box-shadow: 0 1px 3px rgb(0 0 0 / 0.2);
}
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; }
label { display: block; margin-bottom: 0.25rem; font-weight: 600; }
input, button { width: 100%; padding: 0.625rem 0.75rem; border-radius: 0.375rem; font: inherit; }
input { border: 1px solid var(--line); background: transparent; color: inherit; }
input[aria-invalid] { border-color: var(--error); }
button {
  margin-top: 1rem;
  border: 0;
  background: var(--accent);
  color: var(--on-accent);
  font-weight: 600;
  cursor: pointer;
}
input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#error { margin: 0.5rem 0 0; color: var(--error); }
.hint { margin: 1.5rem 0 0; color: var(--quiet); font-size: 0.875rem; }
code { font-size: 0.8125rem; }
`;
