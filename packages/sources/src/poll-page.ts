import type { Signal } from '@signalbox/domain';
import { closeVanished, type OpenSignal, type Reading, readSummary, type StatusPage } from './statuspage.js';
import type { Fetched } from './statuspage-fetch.js';

/** What a poll needs from outside. */
export interface PollPorts {
  /** The summary, unless it is still the one with this ETag. */
  fetchSummary(etag: string | null): Promise<Fetched>;
  /** The page's incidents, resolved ones included; null when they cannot be had. */
  fetchIncidents(): Promise<Buffer | null>;
  /** What is stored of the page and not over. */
  openSignals(): Promise<OpenSignal[]>;
  /** What is stored of the page and over: versions by dedupe key. */
  closedVersions(): Promise<Map<string, number>>;
  /** Keeps a signal and routes it; `suppressedBy` is the id of the signal that speaks for it. */
  accept(signal: Signal, suppressedBy: string | null): Promise<Kept>;
}

export interface Kept {
  signalId: string;
  /** New or changed. */
  stored: boolean;
  /** Owed to somebody. */
  routed: boolean;
}

/** What a poll found. A poll that failed, or whose page made no sense, changed nothing. */
export type Poll =
  | { ok: true; fetched: number; stored: number; routed: number; etag: string | null; problems: string[] }
  | { ok: false; error: string };

/** What is to be remembered after a poll: one that failed leaves what the last good one found. */
export function stateAfter(poll: Poll, last: { etag: string | null; fetched: number | null }) {
  if (poll.ok) return { etag: poll.etag, fetched: poll.fetched, error: null };
  return { etag: last.etag, fetched: last.fetched, error: poll.error };
}

/** Reads a page once and passes on what has changed since the last poll. */
export async function pollPage(
  page: StatusPage,
  last: { etag: string | null; fetched: number | null },
  options: { suppressComponents: boolean },
  ports: PollPorts,
): Promise<Poll> {
  const summary = await ports.fetchSummary(last.etag);
  if (summary.type === 'failed') return { ok: false, error: `${summary.reason}: ${summary.detail}` };
  if (summary.type === 'unchanged') return nothingNew(last);

  const [open, closed] = await Promise.all([ports.openSignals(), ports.closedVersions()]);
  const reading = readSummary(page, summary.bytes, open, new Date(), { ...options, closed });
  if ('invalid' in reading) return { ok: false, error: `invalid: ${reading.invalid}` };
  const counts = await pass(page, reading, open, ports);
  return { ok: true, fetched: reading.fetched, ...counts, etag: summary.etag, problems: reading.problems };
}

function nothingNew({ etag, fetched }: { etag: string | null; fetched: number | null }): Poll {
  return { ok: true, fetched: fetched ?? 0, stored: 0, routed: 0, etag, problems: [] };
}

async function pass(page: StatusPage, reading: Reading, open: OpenSignal[], ports: PollPorts) {
  const ids = new Map(open.map(({ dedupeKey, signalId }) => [dedupeKey, signalId]));
  const counts = { stored: 0, routed: 0 };
  const keep = async (signal: Signal, speaker: string | null) => {
    const kept = await ports.accept(signal, speaker === null ? null : (ids.get(speaker) ?? null));
    ids.set(signal.dedupeKey, kept.signalId);
    counts.stored += Number(kept.stored);
    counts.routed += Number(kept.routed);
  };
  const incidents = reading.vanished.length > 0 ? await ports.fetchIncidents() : null;
  // One after the other: what is over is closed first, and an incident is stored before a component refers to it.
  for (const gone of reading.vanished) await keep(closeVanished(page, gone, incidents, new Date()), null);
  for (const { signal, suppressedBy } of reading.changes) await keep(signal, suppressedBy);
  return counts;
}
