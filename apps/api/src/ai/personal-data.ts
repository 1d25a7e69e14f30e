import { isIP } from 'node:net';
import { cardNumbers, iban } from './account-numbers.js';
import { type Rule, spared, where } from './rule.js';

const gap = String.raw`[ .\t\u2010-\u2015-]`;

/** What tells people and their accounts apart. Rules for longer numbers come before those for shorter ones. */
export const personalData: Rule[] = [
  {
    kind: 'email',
    pattern: /(?<found>[\p{L}\p{N}._%+'-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24})/gu,
  },
  // Source: ISO 13616.
  {
    kind: 'iban',
    pattern: new RegExp(
      String.raw`${spared}|(?<![A-Za-z0-9])(?<found>[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?)(?![A-Za-z0-9])`,
      'g',
    ),
    parts: iban,
  },
  {
    kind: 'card',
    pattern: new RegExp(String.raw`${spared}|(?<!\d)(?<found>\d(?:${gap}{0,3}\d){12,})`, 'g'),
    parts: cardNumbers,
  },
  { kind: 'ssn', pattern: /(?<![\d-])(?<found>\d{3}-\d{2}-\d{4})(?![\d-])/g },
  {
    kind: 'ip',
    pattern: /(?<![\d.])(?<found>\d{1,3}(?:\.\d{1,3}){3})(?!\d|\.\d)/g,
    parts: where((found) => isIP(found) === 4),
  },
  {
    kind: 'ip',
    pattern: /(?<![\w:])(?<found>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])/g,
    // C::b is an address, too, but more often a name in a program.
    parts: where((found) => isIP(found) === 6 && (found.length > 6 || /^::./.test(found))),
  },
  ...phones(),
];

/** Written with +, after a word that announces them, or in the groups of North America or of Europe. */
function phones(): Rule[] {
  const digits = String.raw`\d(?:[ .()/\u2010-\u2015-]{0,3}\d)`;
  const announced = String.raw`(?:phone|telephone|tel|mobile|cell|fax|whatsapp|sms|call(?: me)?)(?: number| no)?\.?(?: is| at| on)?\s{0,3}:?\s{0,3}`;
  const northAmerica = String.raw`(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)`;
  const europe = String.raw`0\d{1,4}(?<part>[ .-])\d{2,4}(?:\k<part>\d{2,4}){1,4}(?!\d)`;
  const rule = (text: string, least: number): Rule => ({
    kind: 'phone',
    pattern: new RegExp(`${spared}|${text}`, 'gi'),
    parts: where((found) => isPhone(found, least)),
  });
  return [
    rule(String.raw`(?<![\w+])(?<found>\+\(?${digits}{7,14})(?!\d)`, 8),
    rule(String.raw`(?<before>\b${announced})(?<found>\(?${digits}{5,14})(?!\d)`, 6),
    rule(String.raw`(?<![\w.+-])(?<found>${northAmerica})`, 10),
    rule(String.raw`(?<![\w.+-])(?<found>${europe})`, 9),
  ];
}

function isPhone(text: string, least: number): boolean {
  const { length } = text.replace(/\D/g, '');
  return length >= least && length <= 15;
}
