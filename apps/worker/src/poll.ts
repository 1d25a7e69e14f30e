import { setTimeout as sleep } from 'node:timers/promises';
import { newId, type Signal } from '@signalbox/domain';
import { closedVersions, openSignals, pollExclusively, statusPages } from '@signalbox/postgres';
import {
  allPages,
  fetchIncidents,
  fetchSummary,
  type Kept,
  type Poll,
  pollPage,
  type StatusSettings,
  stateAfter,
} from '@signalbox/sources';
import { type Keeping, keepSignal } from './keep-signal.js';

export interface Polling extends Keeping {
  settings: StatusSettings;
}

/** Polls every page that has a URL, at once but for a little jitter; answers with what came of each, for Bull Board. */
export async function pollAll(context: Polling): Promise<Record<string, Poll | null>> {
  const pages = await pagesWithUrl(context);
  const polls = pages.map(async ({ name, url }) => {
    // Everybody's poll on the full minute is what a page's operator sees as a flood.
    await sleep(Math.random() * 2_000);
    return [name, await pollOne(name, url, context)] as const;
  });
  return Object.fromEntries(await Promise.all(polls));
}

async function pagesWithUrl({ pool, settings, policy }: Polling): Promise<{ name: string; url: string }[]> {
  const pages = allPages(settings, policy.production, await statusPages(pool));
  return pages.flatMap(({ name, location }) =>
    location.type === 'url' ? [{ name, url: location.url }] : [],
  );
}

/** null: another process is at this page. */
async function pollOne(name: string, url: string, context: Polling): Promise<Poll | null> {
  const { pool, log, settings } = context;
  const correlationId = newId();
  const options = { suppressComponents: settings.STATUS_SUPPRESS_COMPONENTS };
  const poll = await pollExclusively(pool, name, false, async (last) => {
    const result = await pollPage({ name }, last, options, {
      fetchSummary: (etag) => fetchSummary(url, { etag }),
      fetchIncidents: () => fetchIncidents(url),
      openSignals: () => openSignals(pool, `${name}_status`),
      closedVersions: () => closedVersions(pool, `${name}_status`),
      accept: (signal, suppressedBy) => accept(signal, suppressedBy, correlationId, context),
    });
    return { result, state: stateAfter(result, last) };
  });
  log.info({ page: name, correlation_id: correlationId, ...poll }, 'page.polled');
  return poll;
}

async function accept(
  signal: Signal,
  suppressedBy: string | null,
  correlationId: string,
  context: Polling,
): Promise<Kept> {
  const { type, signalId, owed } = await keepSignal(signal, suppressedBy, correlationId, context);
  return { signalId, stored: type !== 'duplicate', routed: owed.length > 0 };
}
