import { isUtf8 } from 'node:buffer';
import {
  dismissRejected,
  findRejected,
  keepAudit,
  newestRejected,
  rejectedStatuses,
  transaction,
} from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import { deedOf } from '../audit.js';
import type { Context } from '../context.js';
import { nextCursor, oneOf, readId, readPage, readQuery, sendMissing, word } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { timeRange } from '../time-range.js';

const noun = 'rejected request';

/** Which of them are wanted. */
export const rejectedQuery = z.object({
  source: word.optional(),
  reason: word.optional(),
  status: oneOf(rejectedStatuses).optional(),
  ...timeRange,
});

/** What was turned away for what it says. */
export function mountRejected(app: Router, { pool }: Context): void {
  app.get('/rejected', async (request, response) => {
    const page = readPage(request, response);
    const filter = page && readQuery(rejectedQuery, request, response);
    if (!page || !filter) return;
    const rows = await newestRejected(pool, filter, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/rejected/:id', async (request, response) => {
    const id = readId(request, response, noun);
    const [rejected] = id ? await findRejected(pool, [id]) : [];
    if (rejected) sendJson(response, 200, { ...rejected, ...readable(rejected.body) });
    else if (id) sendMissing(response, noun, id);
  });

  app.post('/rejected/:id/dismiss', async (request, response) => {
    const id = readId(request, response, noun);
    if (!id) return;
    const deed = deedOf(request, response, 'rejected.dismissed');
    await transaction(pool, async (db) => {
      if (await dismissRejected(db, id)) await keepAudit(db, { ...deed, kind: 'rejected', id });
    });
    const [rejected] = await findRejected(pool, [id]);
    if (!rejected) return sendMissing(response, noun, id);
    if (rejected.status === 'dismissed') return sendJson(response, 200, { id, status: rejected.status });
    const detail = `It was resubmitted: it is signal ${rejected.signal_id}.`;
    sendProblem(response, { status: 409, reason: 'has_been_resubmitted', detail });
  });
}

/** The bytes as text where they are text, so that people can read them. */
function readable(body: Buffer) {
  const encoding = isUtf8(body) ? 'utf8' : 'base64';
  return { body: body.toString(encoding), encoding };
}
