/** Commands of the README, and the JSON that is printed below them as their answer. */
export interface Example {
  /** where it stands, as in `README.md:15` */
  at: string;
  commands: string;
  answer?: unknown;
}

/** The examples of a Markdown text: its `sh` blocks in order, each with the `json` block that follows at once. */
export function examplesOf(markdown: string, file: string): Example[] {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```\n/gm)];
  return blocks.flatMap((block, index) => {
    if (block[1] !== 'sh') return [];
    const line = markdown.slice(0, block.index).split('\n').length;
    const example = { at: `${file}:${line}`, commands: block[2] ?? '' };
    const next = blocks[index + 1];
    const follows = next?.[1] === 'json' && next.index === block.index + block[0].length;
    return [follows ? { ...example, answer: JSON.parse(next[2] ?? '') } : example];
  });
}

const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const withoutChance = (text: string) => text.replaceAll(id, '{id}').replaceAll(time, '{time}');

/**
 * How a real answer differs from a printed one, as sentences; none when they are alike. Ids and times may differ, and
 * durations; `…` ends a text, a list or an object of which only the beginning is printed.
 */
export function differences(printed: unknown, real: unknown, path = 'the answer'): string[] {
  if (typeof printed === 'string') return textDifference(printed, real, path);
  if (Array.isArray(printed)) return listDifferences(printed, real, path);
  if (typeof printed === 'object' && printed !== null) return objectDifferences(printed, real, path);
  const varies = /(_ms|\.p\d\d)$/.test(path) && typeof printed === 'number' && typeof real === 'number';
  return varies || printed === real ? [] : [`${path} is ${JSON.stringify(real)}, not ${String(printed)}`];
}

function textDifference(printed: string, real: unknown, path: string): string[] {
  const said = JSON.stringify(real);
  if (typeof real !== 'string') return [`${path} is ${said}, no text`];
  const [is, shown] = [withoutChance(real), withoutChance(printed)];
  const same = shown.endsWith('…') ? is.startsWith(shown.slice(0, -1)) : is === shown;
  return same ? [] : [`${path} is ${said}, not ${JSON.stringify(printed)}`];
}

function listDifferences(printed: unknown[], real: unknown, path: string): string[] {
  if (!Array.isArray(real)) return [`${path} is no list`];
  const isPart = printed.at(-1) === '…';
  const items = isPart ? printed.slice(0, -1) : printed;
  const tooMany = !isPart && real.length !== items.length;
  const length = tooMany ? [`${path} has ${real.length} items, not ${items.length}`] : [];
  return [...length, ...items.flatMap((item, index) => differences(item, real[index], `${path}[${index}]`))];
}

function objectDifferences(printed: object, real: unknown, path: string): string[] {
  if (typeof real !== 'object' || real === null) return [`${path} is ${JSON.stringify(real)}, no object`];
  const told = Object.entries(printed).filter(([key]) => key !== '…');
  const unsaid = '…' in printed ? [] : Object.keys(real).filter((key) => !Object.hasOwn(printed, key));
  const inner = told.flatMap(([key, value]) =>
    differences(value, (real as Record<string, unknown>)[key], `${path}.${key}`),
  );
  return [...unsaid.map((key) => `${path} also has ${key}`), ...inner];
}
