/** One line of what Prometheus reads. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** All samples of one metric. */
export interface Family {
  help: string;
  type: string;
  samples: Sample[];
}

/**
 * Reads the text format that Prometheus scrapes, more strictly than Prometheus does.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4
 * @returns the metrics by name
 * @throws Error naming the first line that is wrong
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line);
    if (comment) describe(families, comment[1] as string, comment[2] as string, comment[3] as string);
    else addSample(families, seen, line);
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family);
  return families;
}

/** The value of the sample with exactly these labels; undefined where there is none. */
export function sampleOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const samples = [...families.values()].flatMap((family) => family.samples);
  const wanted = seriesOf(name, labels);
  return samples.find((sample) => seriesOf(sample.name, sample.labels) === wanted)?.value;
}

/** Label values that name somebody or something instead of a kind of it: ids, addresses, URLs. */
export function namingLabels(families: ReadonlyMap<string, Family>): string[] {
  const samples = [...families.values()].flatMap((family) => family.samples);
  return samples.flatMap(({ labels }) => Object.values(labels)).filter((value) => naming.test(value));
}

const naming = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|:\/\/|@|\d{6}/i;

function describe(families: Map<string, Family>, kind: string, name: string, said: string): void {
  const known = families.get(name);
  if (kind === 'HELP' && !known) families.set(name, { help: said, type: '', samples: [] });
  else if (kind === 'TYPE' && known?.type === '') known.type = said;
  else throw new Error(`${kind} of ${name} stands in the wrong place, or twice`);
}

function addSample(families: Map<string, Family>, seen: Set<string>, line: string): void {
  const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  const [, name = '', labelText = '', valueText = ''] = parts ?? [];
  const value = toNumber(valueText);
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
  if (!parts || value === null || !family?.type) throw new Error(`not a sample of a metric: ${line}`);
  const labels = readLabels(labelText, line);
  const series = seriesOf(name, labels);
  if (seen.has(series)) throw new Error(`told twice: ${line}`);
  if (family.type === 'counter' && !(value >= 0)) throw new Error(`a counter below 0: ${line}`);
  seen.add(series);
  family.samples.push({ name, labels, value });
}

function seriesOf(name: string, labels: Record<string, string>): string {
  return name + JSON.stringify(labels, Object.keys(labels).toSorted());
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const rest = text.replace(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/g, (_, name, value) => {
    labels[name] = value;
    return '';
  });
  if (rest !== '') throw new Error(`labels that cannot be read: ${line}`);
  return labels;
}

function toNumber(text: string): number | null {
  if (/^nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : null;
}

/** Buckets count up to their last, which holds as many as there are. */
function checkHistogram(name: string, { samples }: Family): void {
  const last = new Map<string, number>();
  for (const { name: part, labels, value } of samples) {
    const { le, ...rest } = labels;
    const series = JSON.stringify(rest);
    const before = last.get(series) ?? 0;
    if (part.endsWith('_bucket')) {
      if (value < before) throw new Error(`${name}${series}: bucket ${le} holds less than the one before`);
      last.set(series, value);
    } else if (part.endsWith('_count') && value !== before) {
      throw new Error(`${name}${series}: its buckets hold ${before} of ${value}`);
    }
  }
}
