import { jsonView, type Severity, type Signal } from '@signalbox/domain';
import {
  type Known,
  nextVersion,
  notBefore,
  type OpenSignal,
  type StatusPage,
  signalOf,
} from './statuspage-change.js';
import { impactSeverity } from './statuspage-severity.js';
import { findIncident, type Incident, parseIncident, type Row, type Update } from './statuspage-summary.js';

/** Incidents and maintenances are rows of one form that mean different things. */
export type Announcement = 'incident' | 'maintenance';

export function announcementKey(type: Announcement, id: string): string {
  return `${type}/${id}`;
}

/** Maintenances never page, whatever impact their page gives them. */
export function announcementSeverity(type: Announcement, { impact }: Incident): Severity {
  return type === 'maintenance' ? 'info' : impactSeverity(impact ?? '');
}

/** Whether a row says itself that it is over; usually it just leaves the page. */
export function isOver({ status, resolved_at }: Incident): boolean {
  return endings.has(status) || Boolean(resolved_at);
}

const endings = new Set(['resolved', 'postmortem', 'completed']);

/** The signal of a row; null where it tells nothing new, or that something is over which we never saw open. */
export function readAnnouncement(
  page: StatusPage,
  type: Announcement,
  found: Row<Incident>,
  { open, closed }: Known,
  now: Date,
): Signal | null {
  const { row, json } = found;
  const dedupeKey = announcementKey(type, row.id);
  const known = open.get(dedupeKey);
  if (isOver(row)) return known ? endOf(page, type, known, found, now) : null;
  if (known && fingerprint(row) === fingerprint(parseIncident(known.raw))) return null;
  return signalOf(page, {
    eventId: row.id,
    dedupeKey,
    version: nextVersion(dedupeKey, known, closed),
    eventType: `${type}.${row.status}`,
    kind: type === 'incident' ? 'incident' : 'status',
    severity: announcementSeverity(type, row),
    summary: `${row.name} (${type === 'incident' ? row.impact : 'maintenance'})`,
    description: newest(row.incident_updates ?? [])?.body ?? null,
    startedAt: startOf(type, row) ?? known?.startedAt ?? now,
    resolvedAt: null,
    json,
  });
}

/**
 * Closes a signal that left its page. It ends when its page says so, else now, but never before it began, and
 * no longer carries what was said while it lasted.
 * @param incidents the body of the page's `incidents.json`, which a maintenance is not in; null without it
 */
export function closeVanished(
  page: StatusPage,
  vanished: OpenSignal,
  incidents: Buffer | null,
  now: Date,
): Signal {
  if (vanished.kind !== 'incident') return endOf(page, 'maintenance', vanished, null, now);
  const found = incidents && findIncident(incidents, vanished.eventId);
  return endOf(page, 'incident', vanished, found, now);
}

function endOf(
  page: StatusPage,
  type: Announcement,
  known: OpenSignal,
  found: Row<Incident> | null,
  now: Date,
): Signal {
  const over = found && isOver(found.row) ? found.row : null;
  const ending = over && endings.has(over.status) ? over.status : null;
  return signalOf(page, {
    eventId: known.eventId,
    dedupeKey: known.dedupeKey,
    version: known.version + 1,
    eventType: `${type}.${ending ?? (type === 'incident' ? 'resolved' : 'completed')}`,
    kind: known.kind,
    severity: known.severity,
    summary: known.summary,
    description: newest((over?.incident_updates ?? []).filter(isResolving))?.body ?? null,
    startedAt: known.startedAt,
    resolvedAt: notBefore(known.startedAt, over?.resolved_at ?? over?.updated_at ?? now),
    json: found?.json ?? jsonView(known.raw),
  });
}

/** A postmortem is told long after the end, and is a text of its own. */
function isResolving({ status }: Update): boolean {
  return status === 'resolved' || status === 'completed';
}

/** A maintenance is announced days before it starts. */
function startOf(type: Announcement, { scheduled_for, started_at, created_at }: Incident): Date | null {
  const planned = type === 'maintenance' ? scheduled_for : null;
  return planned ?? started_at ?? created_at ?? null;
}

/** Everything in a row whose change is worth a revision. */
function fingerprint(row: Incident | null): string | null {
  if (!row) return null;
  const { id, body } = newest(row.incident_updates ?? []) ?? {};
  return JSON.stringify([row.name, row.status, row.impact, row.scheduled_for, row.updated_at, id, body]);
}

/** Pages list their newest update first, but not all by other vendors do. */
function newest(updates: readonly Update[]): Update | undefined {
  const [first, ...rest] = updates;
  if (!first) return undefined;
  return rest.reduce((latest, update) => (timeOf(update) > timeOf(latest) ? update : latest), first);
}

function timeOf({ created_at }: Update): number {
  return created_at?.getTime() ?? 0;
}
