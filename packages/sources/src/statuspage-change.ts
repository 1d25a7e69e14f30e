import type { Kind, Severity, Signal } from '@signalbox/domain';

/** A status page we watch. */
export interface StatusPage {
  /** E.g. `spreedly`; the source of its signals is `spreedly_status`. */
  name: string;
}

/** A signal of a page as it is stored, that is not over. */
export interface OpenSignal {
  signalId: string;
  dedupeKey: string;
  version: number;
  eventId: string;
  kind: Kind;
  severity: Severity;
  summary: string;
  description: string | null;
  startedAt: Date;
  raw: Buffer;
  /** The dedupe key of the incident that speaks for it; null when it speaks for itself. */
  suppressedBy: string | null;
}

/** A signal that is new, or a later version of a known one. */
export interface Change {
  signal: Signal;
  /** The dedupe key of the open critical incident of this page that speaks for it, or null. */
  suppressedBy: string | null;
}

/** What is stored of a page. */
export interface Known {
  /** By dedupe key. */
  open: ReadonlyMap<string, OpenSignal>;
  /** The open outages of each component by its id, oldest first. */
  episodes: ReadonlyMap<string, readonly OpenSignal[]>;
  /** What is over: each dedupe key with its version. */
  closed: ReadonlyMap<string, number>;
}

export function knownOf(open: readonly OpenSignal[], closed: ReadonlyMap<string, number>): Known {
  const episodes = new Map<string, OpenSignal[]>();
  for (const signal of open) {
    const id = /^component\/([^/]+)\//.exec(signal.dedupeKey)?.[1];
    if (id !== undefined) episodes.set(id, [...(episodes.get(id) ?? []), signal]);
  }
  return { open: new Map(open.map((signal) => [signal.dedupeKey, signal])), episodes, closed };
}

/** The fields in which the signals of one page differ, and the row they come from. */
type Told = Omit<Signal, 'source' | 'service' | 'audience' | 'testMode' | 'raw'> & { json: unknown };

export function signalOf(page: StatusPage, { json, ...told }: Told): Signal {
  return {
    ...told,
    source: `${page.name}_status`,
    service: page.name,
    audience: { type: 'operators' },
    testMode: false,
    // Pages are polled, not signed: nobody has to prove their bytes later.
    raw: Buffer.from(JSON.stringify(json)),
  };
}

/** The version after the known one, which may be over: what comes back is the same thing, and open again. */
export function nextVersion(
  dedupeKey: string,
  known: OpenSignal | undefined,
  closed: ReadonlyMap<string, number>,
): number {
  return (known?.version ?? closed.get(dedupeKey) ?? 0) + 1;
}

/** Nothing ends before it began, whatever a page says. */
export function notBefore(start: Date, end: Date): Date {
  return end < start ? start : end;
}
