import { toNormalizedEvent } from '@signalbox/domain';
import { deliveriesOfSignal, findSignal, newestSignals, type SignalRow } from '@signalbox/postgres';
import type { Router } from 'express';
import type { Context } from '../context.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';

/** What came in, newest first, and what became of it. */
export function mountEvents(app: Router, { pool }: Context): void {
  app.get('/events', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestSignals(pool, page.limit, page.before);
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
    if (!id || !page) return;
    const rows = await deliveriesOfSignal(pool, id, page.limit, page.before);
    if (rows.length === 0 && !(await findSignal(pool, id))) sendMissing(response, 'signal', id);
    else sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });
}

function toEvent(row: SignalRow) {
  return {
    ...toNormalizedEvent(row),
    routed: row.routed,
    delivered_to: row.deliveredTo,
    event_type: row.eventType,
    received_at: row.receivedAt.toISOString(),
    signal_id: row.id,
    revision: row.revision,
    correlation_id: row.correlationId,
  };
}
