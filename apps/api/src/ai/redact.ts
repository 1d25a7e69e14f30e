/** A text without what must not leave the house, and how many of each sort were blacked out. */
export interface Redacted {
  text: string;
  counts: Record<string, number>;
}

interface Rule {
  sort: string;
  pattern: RegExp;
  /** What a match must fulfil besides. */
  holds?: (match: string) => boolean;
}

// Repetitions are bounded and do not nest in ways that overlap, so that no text takes more than linear time. Named
// secrets come before the general patterns that would only see a part of them.
const rules: Rule[] = [
  { sort: 'token', pattern: /\beyJ[\w-]{5,2000}\.[\w-]{5,4000}\.[\w-]{0,2000}/g },
  { sort: 'token', pattern: /(?<=\bBearer\s{1,5})[\w.~+/=-]{8,4000}/gi },
  { sort: 'key', pattern: /\b(?:sk|rk|pk)_(?:live|test)_\w{8,200}/g },
  { sort: 'key', pattern: /\b(?:whsec_|sk-|xox[abprs]-|gh[pousr]_|AKIA)[\w+/=-]{10,200}/g },
  {
    sort: 'secret',
    pattern:
      /(?<=\b(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key)["']?\s{0,5}[:=]\s{0,5}["']?)[^\s"',;&[\]]{3,200}/gi,
  },
  { sort: 'email', pattern: /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g },
  { sort: 'iban', pattern: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g },
  { sort: 'card', pattern: /(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g, holds: passesLuhn },
  { sort: 'phone', pattern: /(?<![\w.+])(?:\+|00)\d{1,3}(?:[ .()-]{0,2}\d{1,4}){2,6}(?!\w)/g },
  { sort: 'phone', pattern: /(?<![\w.+-])0\d(?:[ .-]?\d{2}){4}(?![\w-])/g },
  { sort: 'ip', pattern: /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g },
  { sort: 'ip', pattern: /(?<![\w:-])(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}(?![\w:])/gi },
  { sort: 'token', pattern: /(?<![\w-])[\w+-]{32,400}={0,2}/g, holds: looksRandom },
];

/** Blacks out emails, card numbers, IBANs, phone numbers, IP addresses, keys, tokens and passwords, each as `[sort]`. */
export function redact(text: string): Redacted {
  const counts: Record<string, number> = {};
  let result = text;
  for (const { sort, pattern, holds } of rules) {
    result = result.replaceAll(pattern, (match) => {
      if (holds && !holds(match)) return match;
      counts[sort] = (counts[sort] ?? 0) + 1;
      return `[${sort}]`;
    });
  }
  return { text: result, counts };
}

/** The check digit of card numbers. Source: ISO/IEC 7812-1, annex B. */
function passesLuhn(match: string): boolean {
  const digits = match.replaceAll(/\D/g, '');
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Long, with letters and digits mixed, and no identifier of ours. */
function looksRandom(match: string): boolean {
  return (
    !uuid.test(match) && /\d/.test(match) && /[a-z]/i.test(match) && (match.match(/\d/g)?.length ?? 0) >= 4
  );
}
