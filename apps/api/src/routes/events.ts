import { jsonView, kinds, severities, toNormalizedEvent } from '@signalbox/domain';
import {
  deliveriesOfSignal,
  findSignal,
  newestSignals,
  revisionsOf,
  type SignalFilter,
  type SignalRow,
} from '@signalbox/postgres';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { signalDeliveryQuery } from '../delivery-schema.js';
import {
  limit,
  nextCursor,
  oneOf,
  type Page,
  readId,
  readPage,
  readQuery,
  sendMissing,
  word,
} from '../paging.js';
import { sendJson } from '../problem.js';
import { timeRange } from '../time-range.js';

/** What came in, newest first, and what became of it. */
export function mountEvents(app: Router, { pool }: Context): void {
  app.get('/events', async (request, response) => {
    const asked = readFilter(request, response);
    if (!asked) return;
    const { page, filter } = asked;
    const rows = await newestSignals(pool, filter, page.limit, page.before);
    sendJson(response, 200, { events: rows.map(toEvent), next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/signals/:id', async (request, response) => {
    const id = readId(request, response, 'signal');
    if (!id) return;
    const signal = await findSignal(pool, id);
    if (signal) sendJson(response, 200, toEvent(signal));
    else sendMissing(response, 'signal', id);
  });

  app.get('/signals/:id/deliveries', async (request, response) => {
    const id = readId(request, response, 'signal');
    const page = id && readPage(request, response);
    const filter = page && readQuery(signalDeliveryQuery, request, response);
    if (!id || !page || !filter) return;
    const rows = await deliveriesOfSignal(pool, id, page.limit, page.before, filter);
    if (rows.length === 0 && !(await findSignal(pool, id))) sendMissing(response, 'signal', id);
    else sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/signals/:id/revisions', async (request, response) => {
    const id = readId(request, response, 'signal');
    const asked = id && readQuery(revisionQuery, request, response);
    if (!id || !asked) return;
    const rows = await revisionsOf(pool, id, asked.limit, asked.cursor);
    if (rows.length === 0 && asked.cursor === null) return sendMissing(response, 'signal', id);
    const last = rows.length === asked.limit ? rows.at(-1) : undefined;
    const data = rows.map(({ raw, ...row }) => ({ ...row, raw: jsonView(raw) }));
    sendJson(response, 200, { data, next_cursor: last && last.revision > 1 ? String(last.revision) : null });
  });
}

/** Which revisions of a signal are wanted. */
export const revisionQuery = z.object({
  limit,
  cursor: z
    .string()
    .regex(/^\d{1,9}$/, 'must be the next_cursor of an earlier page')
    .transform(Number)
    .nullable()
    .default(null),
});

/** Which signals are wanted. */
export const filterQuery = z.object({
  source: word.optional(),
  kind: oneOf(kinds).optional(),
  severity: oneOf(severities).optional(),
  type: word.optional(),
  ...timeRange,
});

function readFilter(request: Request, response: Response): { page: Page; filter: SignalFilter } | null {
  const page = readPage(request, response);
  const query = page && readQuery(filterQuery, request, response);
  if (!page || !query) return null;
  const { type, ...rest } = query;
  return { page, filter: { ...rest, eventType: type } };
}

function toEvent(row: SignalRow) {
  return {
    ...toNormalizedEvent(row),
    routed: row.routed,
    delivered_to: row.deliveredTo,
    event_type: row.eventType,
    test_mode: row.testMode,
    received_at: row.receivedAt.toISOString(),
    signal_id: row.id,
    revision: row.revision,
    correlation_id: row.correlationId,
    suppressed_by: row.suppressedBy,
  };
}
