import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type Signal, toNormalizedEvent } from '@signalbox/domain';
import { isRejection, type Source, sources } from '../src/index.js';

const root = new URL('../../../fixtures/', import.meta.url);
const list: readonly Source[] = sources;

test.each(list.map(({ name }) => name))('%s has fixtures', (name) => {
  const found = namesOf(name);
  if (found.length > 0) return;
  throw new Error(`Add fixtures/${name}/<event>.json: a body as its sender sends it, one file per event.`);
});

const cases = list.flatMap((source) => namesOf(source.name).map((event) => ({ source, event })));

test.each(cases)('fixtures/$source.name/$event.json is the signal beside it', ({ source, event }) => {
  const bytes = readFileSync(new URL(`${source.name}/${event}.json`, root));
  const inbound = { bytes, headers: { 'content-type': 'application/json' }, receivedAt: new Date() };
  const result = source.normalize(inbound);
  if (isRejection(result)) throw new Error(`${result.detail} ${JSON.stringify(result.errors)}`);
  expect(inPairForm(result)).toEqual(pairOf(source.name, event, inPairForm(result)));
  expect(result.raw.equals(bytes)).toBe(true);
});

/** The events of a source's folder; a source that has none yet is the first test's business. */
function namesOf(source: string): string[] {
  const folder = new URL(`${source}/`, root);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.filter((file) => !file.endsWith('.signal.json')).map((file) => file.replace(/\.json$/, ''));
}

function pairOf(source: string, event: string, normalized: unknown): unknown {
  const path = `${source}/${event}.signal.json`;
  const file = new URL(path, root);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  throw new Error(`Add fixtures/${path}. If this is what it means:\n${JSON.stringify(normalized, null, 2)}`);
}

function inPairForm(signal: Signal) {
  const { raw: _, ...normalized } = toNormalizedEvent(signal);
  return {
    ...normalized,
    event_type: signal.eventType,
    version: signal.version,
    dedupe_key: signal.dedupeKey,
    test_mode: signal.testMode,
  };
}
