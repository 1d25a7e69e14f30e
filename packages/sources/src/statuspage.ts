import { type Change, type Known, knownOf, type OpenSignal, type StatusPage } from './statuspage-change.js';
import { readComponent } from './statuspage-component.js';
import {
  type Announcement,
  announcementKey,
  announcementSeverity,
  isOver,
  readAnnouncement,
} from './statuspage-incident.js';
import { unknownComponentStatus, unknownIncidentWords } from './statuspage-severity.js';
import {
  type Component,
  type Incident,
  parseSummary,
  problem,
  type Rows,
  type Summary,
} from './statuspage-summary.js';

export type { Change, OpenSignal, StatusPage } from './statuspage-change.js';
export { closeVanished } from './statuspage-incident.js';

/** What a page told us. */
export interface Reading {
  /** Incidents and components seen; groups and maintenances do not count. */
  fetched: number;
  /** Incidents first, so that what speaks for a component is stored before it. */
  changes: Change[];
  /** Open incidents and maintenances that the page lists no more; to be closed with `closeVanished`. */
  vanished: OpenSignal[];
  /** What could not be read or was not known, for the log: the first 20. */
  problems: string[];
}

export interface ReadingOptions {
  /**
   * The signals of the page that are over: each dedupe key with its version. What comes back takes the next version
   * of its own; a caller that leaves this out will take it for a duplicate. Default: none.
   */
  closed?: ReadonlyMap<string, number>;
  /** Whether an open critical incident speaks for the components of its page. Default: true. */
  suppressComponents?: boolean;
}

const mostProblems = 20;

/**
 * Compares a `summary.json` with what is open of its page. Never throws, whatever the bytes are; `invalid`, in words
 * for a log, means that the poll says nothing about the page, so that nothing may be concluded from it.
 * @param open every signal of the page that is not over, oldest first
 */
export function readSummary(
  page: StatusPage,
  bytes: Buffer,
  open: readonly OpenSignal[],
  now: Date,
  { closed = new Map(), suppressComponents = true }: ReadingOptions = {},
): Reading | { invalid: string } {
  const summary = parseSummary(bytes);
  if ('invalid' in summary) return summary;
  const known = knownOf(open, closed);
  const vanished = [
    ...vanishedFrom(summary.incidents, 'incident', open),
    ...vanishedFrom(summary.maintenances, 'maintenance', open),
  ];
  const components = summary.components?.rows.filter(({ row }) => !row.group) ?? [];
  const speaker = suppressComponents ? speakerOf(summary.incidents, open, vanished) : null;
  return {
    fetched: (summary.incidents?.rows.length ?? 0) + components.length,
    changes: [
      ...announced(page, 'incident', summary.incidents, known, now),
      ...announced(page, 'maintenance', summary.maintenances, known, now),
      ...components.flatMap((found) => readComponent(page, found, known, speaker, now)),
    ],
    vanished,
    problems: [...summary.problems, ...unknownWords(summary)].slice(0, mostProblems),
  };
}

/** A list that is missing, or holds rows without an id, does not tell what is not in it. */
function vanishedFrom(
  list: Rows<Incident> | null,
  type: Announcement,
  open: readonly OpenSignal[],
): OpenSignal[] {
  return open.filter(
    ({ dedupeKey, eventId }) => dedupeKey === announcementKey(type, eventId) && list?.lacks(eventId),
  );
}

function announced(
  page: StatusPage,
  type: Announcement,
  list: Rows<Incident> | null,
  known: Known,
  now: Date,
): Change[] {
  const signals = list?.rows.map((found) => readAnnouncement(page, type, found, known, now)) ?? [];
  return signals.flatMap((signal) => (signal ? [{ signal, suppressedBy: null }] : []));
}

/** The dedupe key of a critical incident that is open after this reading; null without one. */
function speakerOf(
  list: Rows<Incident> | null,
  open: readonly OpenSignal[],
  vanished: readonly OpenSignal[],
): string | null {
  const rows = list?.rows.map(({ row }) => row) ?? [];
  const listed = rows.find((row) => !isOver(row) && announcementSeverity('incident', row) === 'critical');
  if (listed) return announcementKey('incident', listed.id);
  // The page may have told us nothing about an incident that is open: it goes on as it was.
  const seen = new Set([...rows.map(({ id }) => id), ...vanished.map(({ eventId }) => eventId)]);
  const unseen = open.filter(({ kind, eventId }) => kind === 'incident' && !seen.has(eventId));
  return unseen.find(({ severity }) => severity === 'critical')?.dedupeKey ?? null;
}

function unknownWords({ incidents, maintenances, components }: Summary): string[] {
  return [
    ...unknownIn('incident', incidents, ({ status, impact }) => unknownIncidentWords(status, impact)),
    ...unknownIn('maintenance', maintenances, ({ status, impact }) => unknownIncidentWords(status, impact)),
    ...unknownIn('component', components, ({ status }) => unknownComponentStatus(status)),
  ];
}

function unknownIn<Content extends Incident | Component>(
  list: string,
  rows: Rows<Content> | null,
  unknown: (row: Content) => string | null,
): string[] {
  const found = rows?.rows.map(({ row }) => ({ id: row.id, what: unknown(row) })) ?? [];
  return found.flatMap(({ id, what }) => (what === null ? [] : [problem(list, id, what)]));
}
