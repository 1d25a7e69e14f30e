import { readFile } from 'node:fs/promises';
import type { Signal } from '@signalbox/domain';
import { closedVersions, openSignals, pollExclusively } from '@signalbox/postgres';
import {
  type Fetched,
  fetchIncidents,
  fetchSummary,
  type Kept,
  type Poll,
  type PolledPage,
  pollPage,
  stateAfter,
} from '@signalbox/sources';
import type { Context } from './context.js';
import { accept } from './receive.js';

/** The database went away, or had too much to do, in the middle of a poll; nothing of the rest was stored. */
export class PullInterrupted extends Error {
  override name = 'PullInterrupted';
}

const fixtures = new URL('../../../fixtures/statuspage/', import.meta.url);

/** Polls one page now, after any poll of it that is under way. */
export async function pull(page: PolledPage, correlationId: string, context: Context): Promise<Poll> {
  const { config, pool, log } = context;
  const { name, location } = page;
  if (location.type === 'nowhere') return { ok: false, error: `${location.missing} is not set` };
  const options = { suppressComponents: config.STATUS_SUPPRESS_COMPONENTS };
  const poll = await pollExclusively(pool, name, true, async (last) => {
    const result = await pollPage({ name }, last, options, {
      fetchSummary: (etag) =>
        location.type === 'url' ? fetchSummary(location.url, { etag }) : readFixture(name),
      fetchIncidents: async () => (location.type === 'url' ? fetchIncidents(location.url) : null),
      openSignals: () => openSignals(pool, `${name}_status`),
      closedVersions: () => closedVersions(pool, `${name}_status`),
      accept: (signal, suppressedBy) => keep(signal, suppressedBy, correlationId, context),
    });
    return { result, state: stateAfter(result, last) };
  });
  if (poll === null) throw new Error('a poll that waits for its turn has one');
  log.info({ page: name, correlation_id: correlationId, ...poll }, 'page.polled');
  return poll;
}

async function readFixture(name: string): Promise<Fetched> {
  return { type: 'fetched', bytes: await readFile(new URL(`${name}_summary.json`, fixtures)), etag: null };
}

async function keep(
  signal: Signal,
  suppressedBy: string | null,
  correlationId: string,
  { gateway }: Context,
): Promise<Kept> {
  const accepted = await accept(signal, correlationId, gateway, { suppressedBy });
  if (accepted.type === 'unavailable') throw new PullInterrupted(accepted.detail);
  if (accepted.type === 'seen') return { signalId: accepted.signalId, stored: false, routed: false };
  const { stored } = accepted;
  return { signalId: stored.signalId, stored: stored.type !== 'duplicate', routed: stored.owed.length > 0 };
}
