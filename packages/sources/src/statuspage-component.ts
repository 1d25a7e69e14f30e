import type { Signal } from '@signalbox/domain';
import {
  type Change,
  type Known,
  notBefore,
  type OpenSignal,
  type StatusPage,
  signalOf,
} from './statuspage-change.js';
import { componentSeverity } from './statuspage-severity.js';
import { type Component, parseComponent, type Row } from './statuspage-summary.js';

/**
 * What a component tells us anew. Each outage of it is an episode with a signal of its own, which ends when the
 * page says `operational`: pages list only some of their components at a time, so absence means nothing.
 * @param speaker the dedupe key of the incident that speaks for the components of the page; null without one
 */
export function readComponent(
  page: StatusPage,
  found: Row<Component>,
  known: Known,
  speaker: string | null,
  now: Date,
): Change[] {
  const episodes = known.episodes.get(found.row.id) ?? [];
  if (found.row.status === 'operational') {
    return episodes.map((episode) => ({
      signal: endOf(page, found, episode, now),
      suppressedBy: episode.suppressedBy === null ? null : speaker,
    }));
  }
  const episode = episodes.at(-1);
  const signal = episode ? revisionOf(page, found, episode) : newEpisode(page, found, known, now);
  // An info pages nobody, so nobody has to speak for it.
  const suppressedBy = signal.severity === 'info' ? null : speaker;
  const isNews = !episode || isChanged(found.row, episode) || isReleased(episode, suppressedBy);
  return isNews ? [{ signal, suppressedBy }] : [];
}

/** The incident that spoke for it is over and the component is not: now it must speak for itself. */
function isReleased(episode: OpenSignal, suppressedBy: string | null): boolean {
  return episode.suppressedBy !== null && suppressedBy === null;
}

function isChanged(row: Component, episode: OpenSignal): boolean {
  const before = parseComponent(episode.raw);
  return before?.status !== row.status || before.name !== row.name;
}

function newEpisode(page: StatusPage, { row, json }: Row<Component>, known: Known, now: Date): Signal {
  const startedAt = unusedStart(row, known, now);
  return signalOf(page, {
    ...words(row),
    eventId: `${row.id}@${startedAt.toISOString()}`,
    dedupeKey: keyOf(row, startedAt),
    version: 1,
    kind: 'status',
    description: null,
    startedAt,
    resolvedAt: null,
    json,
  });
}

/** A page that never moves `updated_at` must not make a second outage look like the first. */
function unusedStart(row: Component, { closed }: Known, now: Date): Date {
  if (row.updated_at && !closed.has(keyOf(row, row.updated_at))) return row.updated_at;
  let start = now;
  while (closed.has(keyOf(row, start))) start = new Date(start.getTime() + 1);
  return start;
}

function keyOf({ id }: Component, start: Date): string {
  return `component/${id}/${start.toISOString()}`;
}

function revisionOf(page: StatusPage, { row, json }: Row<Component>, episode: OpenSignal): Signal {
  return signalOf(page, { ...lasting(episode), ...words(row), resolvedAt: null, json });
}

/** The words and the severity stay those of the outage, which is what has ended. */
function endOf(page: StatusPage, { row, json }: Row<Component>, episode: OpenSignal, now: Date): Signal {
  // `updated_at` that did not move since the outage began tells nothing about its end.
  const told = row.updated_at && row.updated_at > episode.startedAt ? row.updated_at : now;
  return signalOf(page, {
    ...lasting(episode),
    eventType: 'component.operational',
    severity: episode.severity,
    summary: episode.summary,
    resolvedAt: notBefore(episode.startedAt, told),
    json,
  });
}

/** What every later version of an episode keeps. */
function lasting({ eventId, dedupeKey, version, kind, startedAt }: OpenSignal) {
  return { eventId, dedupeKey, version: version + 1, kind, startedAt, description: null };
}

function words({ name, status }: Component) {
  return {
    eventType: `component.${status}`,
    severity: componentSeverity(status),
    summary: `${name}: ${status.replaceAll('_', ' ')}`,
  };
}
