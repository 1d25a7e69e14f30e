import { eventTypeName } from '@signalbox/domain';
import {
  type FoundRejected,
  findRejected,
  keepAudit,
  noteResubmitted,
  oldestRejected,
  transaction,
} from '@signalbox/postgres';
import type { Response, Router } from 'express';
import { z } from 'zod';
import { deedOf, difference } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { cursor, cursorAfter, readId, sendMissing, word } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { type Resubmission, type Resubmitted, resubmit } from '../resubmit.js';
import { timeRange } from '../time-range.js';

/** Takes in what was turned away, once it is understood or put right. */
export function mountResubmit(app: Router, context: Context): void {
  mountOne(app, context);
  mountMany(app, context);
}

/** What takes the place of what was sent. */
export const correction = z.strictObject(
  { body: z.unknown().optional(), event_type: eventTypeName.optional() },
  { error: 'must be an object; its body and event_type, if there, take the place of what was sent' },
);

function mountOne(app: Router, context: Context): void {
  const { pool } = context;
  app.post('/rejected/:id/resubmit', jsonBody(2 * 1_024), async (request, response) => {
    const id = readId(request, response, 'rejected request');
    const given = id && readBody(correction, request, response);
    if (!id || !given) return;
    const [rejected] = await findRejected(pool, [id]);
    if (!rejected) return sendMissing(response, 'rejected request', id);
    if (rejected.signal_id !== null) return sendTaken(response, 'deduped', rejected.signal_id);

    const resubmission = correct(rejected, given);
    const resubmitted = await resubmit(resubmission, String(response.getHeader('x-request-id')), context);
    if (!('signalId' in resubmitted)) return sendRefused(response, resubmitted);
    const { type, signalId } = resubmitted;
    const deed = deedOf(request, response, 'rejected.resubmitted');
    await transaction(pool, async (db) => {
      const noted = await noteResubmitted(db, [{ id, signalId }]);
      const put = difference(shown(rejected), shown(resubmission));
      const after = { signal_id: signalId, ...put?.after };
      if (noted > 0) await keepAudit(db, { ...deed, kind: 'rejected', id, before: put?.before, after });
    });
    sendTaken(response, type, signalId);
  });
}

function correct(rejected: FoundRejected, { body, event_type }: z.infer<typeof correction>): Resubmission {
  const headers = { ...rejected.headers, ...(event_type && { 'x-event-type': event_type }) };
  if (body === undefined) return { ...rejected, headers };
  return {
    ...rejected,
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

function shown({ headers, body }: Resubmission) {
  return { event_type: headers['x-event-type'], body: body.toString('utf8') };
}

function sendTaken(response: Response, type: 'accepted' | 'deduped', signal_id: string): void {
  if (type === 'accepted') sendJson(response, 202, { received: true, signal_id });
  else sendJson(response, 200, { received: true, deduped: true, signal_id });
}

function sendRefused(
  response: Response,
  refused: Exclude<Resubmitted, { type: 'accepted' | 'deduped' }>,
): void {
  if (refused.type === 'refused') sendProblem(response, { ...refused.rejection, status: 422 });
  else sendProblem(response, { status: 503, reason: 'unavailable', detail: refused.detail });
}

/** Which of those that are open are to be taken in. */
export const many = z.strictObject(
  {
    filter: z.strictObject(
      { source: word.optional(), reason: word.optional(), ...timeRange },
      { error: 'must be an object' },
    ),
    cursor,
  },
  { error: 'must be an object such as {"filter": {"reason": "unknown_label"}}' },
);

/** More would keep the caller waiting; the cursor leads to the rest. */
const most = 1_000;
/** At a time: they share transactions, and each may be 1 MiB large. */
const slice = 20;

function mountMany(app: Router, context: Context): void {
  const { pool } = context;
  app.post('/rejected/resubmit', jsonBody(16), async (request, response) => {
    const asked = readBody(many, request, response);
    if (!asked) return;
    const { filter, cursor } = asked;
    const ids = await oldestRejected(pool, { ...filter, status: 'open' }, most + 1, cursor);
    const deed = deedOf(request, response, 'rejected.resubmitted');
    const after = { filter, found: Math.min(ids.length, most) };
    await keepAudit(pool, { ...deed, kind: 'rejected', id: null, after });
    const counts = await resubmitAll(ids.slice(0, most), deed.requestId, context);
    const last = ids.length > most ? ids[most - 1] : undefined;
    sendJson(response, 200, { ...counts, ...(last && { remaining: true, next_cursor: cursorAfter(last) }) });
  });
}

async function resubmitAll(ids: readonly string[], correlationId: string, context: Context) {
  const counts = { accepted: 0, deduped: 0, refused: 0, unavailable: 0 };
  for (let at = 0; at < ids.length; at += slice) {
    const rejected = await findRejected(context.pool, ids.slice(at, at + slice));
    const outcomes = await Promise.all(
      rejected.map(async (one) => ({ id: one.id, ...(await resubmit(one, correlationId, context)) })),
    );
    for (const { type } of outcomes) counts[type]++;
    await noteResubmitted(
      context.pool,
      outcomes.flatMap((one) => ('signalId' in one ? [one] : [])),
    );
  }
  return counts;
}
