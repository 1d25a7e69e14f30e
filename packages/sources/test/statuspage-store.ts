import { readFileSync } from 'node:fs';
import { type RoutingPolicy, route, routeRevision, type Signal, type Told } from '@signalbox/domain';
import { type Change, closeVanished, type OpenSignal, readSummary } from '../src/statuspage.js';

export interface Kept {
  signal: Signal;
  suppressedBy: string | null;
  told: Told[];
}

const strict: RoutingPolicy = { routeWarning: false, production: true, fallbackAfterMs: 60_000 };

/** Keeps the signals of a page as the database does, and notes what PagerDuty would be told, in order. */
export function watch(name: string, options: { suppressComponents?: boolean; routeWarning?: boolean } = {}) {
  const kept = new Map<string, Kept>();
  const calls: string[] = [];
  let stored = 0;

  function keep({ signal, suppressedBy }: Change): void {
    const known = kept.get(signal.dedupeKey);
    if (known && signal.version <= known.signal.version) return;
    const policy = { ...strict, routeWarning: options.routeWarning ?? false };
    const nobody = { targets: [], untold: [] };
    const routed = suppressedBy === null ? route(signal, { members: [], subscriptions: [], policy }) : nobody;
    const { targets: owed } = known ? routeRevision(signal, routed, known.told) : routed;
    stored += 1;
    const action = signal.resolvedAt ? 'resolve' : 'trigger';
    calls.push(...owed.map(() => `${action} ${signal.eventId}`));
    const told = owed.map((target) => ({ ...target, severity: signal.severity }));
    kept.set(signal.dedupeKey, {
      signal,
      suppressedBy,
      told: signal.resolvedAt ? [] : [...(known?.told ?? []), ...told],
    });
  }

  /** One poll; null for one that failed. Answers what `readSummary` did. */
  function poll(body: unknown, now: string | Date, incidents: unknown = null) {
    if (body === null) return null;
    const at = new Date(now);
    const { open, closed } = split(kept);
    const reading = readSummary({ name }, toBytes(body), open, at, { closed, ...options });
    if ('invalid' in reading) return reading;
    const list = incidents === null ? null : toBytes(incidents);
    for (const gone of reading.vanished) {
      keep({ signal: closeVanished({ name }, gone, list, at), suppressedBy: null });
    }
    for (const change of reading.changes) keep(change);
    return reading;
  }

  return { poll, calls, kept, stored: () => stored, at: (key: string) => kept.get(key)?.signal };
}

function split(kept: ReadonlyMap<string, Kept>) {
  const open: OpenSignal[] = [];
  const closed = new Map<string, number>();
  for (const { signal, suppressedBy } of kept.values()) {
    if (signal.resolvedAt) closed.set(signal.dedupeKey, signal.version);
    else open.push({ ...signal, signalId: signal.dedupeKey, suppressedBy });
  }
  return { open, closed };
}

export function toBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/statuspage/${name}.json`, import.meta.url));
}
