import { auditActions, newestAudit } from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.js';
import { nextCursor, oneOf, readPage, readQuery, word } from '../paging.js';
import { sendJson } from '../problem.js';
import { timeRange } from '../time-range.js';

/** Which entries are wanted. */
export const auditQuery = z.object({
  action: oneOf(auditActions).optional(),
  target: word.optional(),
  caller: word.optional(),
  ...timeRange,
});

/** Who changed what, newest first. */
export function mountAudit(app: Router, { pool }: Context): void {
  app.get('/audit', async (request, response) => {
    const page = readPage(request, response);
    const filter = page && readQuery(auditQuery, request, response);
    if (!page || !filter) return;
    const rows = await newestAudit(pool, filter, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });
}
