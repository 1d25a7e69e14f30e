import { type Rule, spared, where } from './rule.js';

/** Names whose value is a secret, whatever it looks like. */
const telling = [
  'pass(?:word|wd|phrase|code)?',
  'pwd',
  'secret(?:[_-]?(?:access[_-]?)?key)?',
  '(?:api|access|private|auth|encryption|account)[_-]?key',
  'token',
  'session[_-]?id',
  'credentials?',
].join('|');

/** A value in quotes, a JSON literal, or everything up to a space. What is a placeholder already stays. */
const value = String.raw`(?!\[secret\])(?:"(?:[^"\\\n]|\\.){0,1000}"|'(?:[^'\\\n]|\\.){0,1000}'|(?:null|true|false)(?=[\s,}\]])|[^\s&](?:[^\s&]|&(?![\w.-]{1,60}=)){0,4000})`;

/** Keys, tokens and passwords, the surest signs first. */
export const secrets: Rule[] = [
  {
    kind: 'secret',
    pattern:
      /(?<found>-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s\\]{0,10000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?)/g,
  },
  // JSON Web Tokens. Source: RFC 7519; their header is base64url of {"
  {
    kind: 'secret',
    pattern: /(?<![\w-])(?<found>eyJ[\w-]{5,4000}\.[\w-]{5,8000}(?:\.[\w-]{0,4000})?)/g,
  },
  // Stripe, GitHub, Slack, AWS, Google, GitLab, npm, SendGrid and OpenAI mark theirs.
  {
    kind: 'secret',
    pattern:
      /(?<![A-Za-z0-9])(?<found>(?:[sr]k_(?:live|test)_[A-Za-z0-9]{4}|whsec_[A-Za-z0-9+/]{4}|(?:pi|seti)_[A-Za-z0-9]{8,64}_secret_|gh[pousr]_[A-Za-z0-9]{8}|github_pat_|xox[a-z]-[A-Za-z0-9]|glpat-[A-Za-z0-9]|npm_[A-Za-z0-9]{16}|SG\.[\w-]{8}|sk-[A-Za-z0-9_-]{16})[A-Za-z0-9+/=_.-]*[A-Za-z0-9+/=_-]|(?:AKIA|ASIA)[0-9A-Z]{12,20}|AIza[\w-]{20,60})/g,
  },
  { kind: 'secret', pattern: /(?<before>[a-z]{2,12}:\/\/)(?<found>[^\s/@:]{0,100}:[^\s/@]{1,200})(?=@)/gi },
  {
    kind: 'secret',
    pattern:
      /(?<before>\bauthorization["']?\s{0,3}[:=]\s{0,3}["']?)(?!\[secret\])(?<found>(?:[A-Za-z]{2,20} {1,3})?[^\s"']{1,4000})/gi,
  },
  {
    kind: 'secret',
    pattern: /(?<before>\bcookie["']?\s{0,3}:\s{0,3})(?<found>[^\s=;]{1,100}=[^\n]{1,4000})/gi,
  },
  {
    kind: 'secret',
    pattern: /(?<before>\bbearer\s{1,3})(?<found>[\w.~+/=-]{6,}[\w~+/=-])/gi,
    parts: where((found) => /\d/.test(found) || found.length >= 24),
  },
  {
    kind: 'secret',
    pattern: new RegExp(
      String.raw`(?<before>(?<![A-Za-z0-9])[A-Za-z0-9]{0,40}[_-]?(?:${telling})\\{0,3}["']?\s{0,3}[:=]\s{0,3})(?<found>${value})`,
      'gi',
    ),
    parts: where((found) => !/^(?:null|true|false)$/i.test(found)),
  },
  {
    kind: 'secret',
    pattern: new RegExp(`(?<before>(?<![A-Za-z0-9])key=)(?<found>${value})`, 'gi'),
  },
  {
    kind: 'secret',
    pattern:
      /(?<before>(?<![A-Za-z0-9])(?:cv[vc]2?|pin)["']?(?: code| number)?(?: is|\s{0,3}[:=])?\s{0,3}["']?)(?<found>\d{3,8})(?!\w)/gi,
  },
  // Anything long that nobody would type.
  {
    kind: 'secret',
    pattern: new RegExp(String.raw`${spared}|(?<![\w+/-])(?<found>[\w+/-]{24,}={0,2})`, 'g'),
    parts: where(looksRandom),
  },
];

/** Words and paths keep to one sort of letter for a while; random text changes all the time. */
function looksRandom(token: string): boolean {
  if (/^[0-9a-f]{32,}$/i.test(token)) return /[a-f]/i.test(token) && /\d/.test(token);
  const sorts = token
    .replace(/[^A-Za-z0-9]/g, '')
    .replace(/[a-z]/g, 'a')
    .replace(/[A-Z]/g, 'A')
    .replace(/\d/g, '0');
  if (!/0/.test(sorts) || !/[aA]/.test(sorts)) return false;
  const changes = sorts.match(/a(?=[A0])|A(?=[a0])|0(?=[aA])/g) ?? [];
  return changes.length / sorts.length > 0.28 && new Set(token).size >= 10;
}
