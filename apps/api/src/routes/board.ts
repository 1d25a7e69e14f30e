import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type AuditAction, keepAudit, transaction } from '@signalbox/postgres';
import type { Express, RequestHandler } from 'express';
import { deedOf } from '../audit.js';
import type { Context } from '../context.js';
import { boardHeaders } from '../page-headers.js';
import { problemOf } from '../problem.js';
import { listed } from '../queues.js';

const path = '/admin/queues';

/** Bull Board over all queues; what is done there is put on record. */
export function mountBoard(app: Express, context: Context): void {
  const server = new ExpressAdapter();
  server.setBasePath(path);
  const adapters = listed(context.queues).map((queue) => new BullMQAdapter(queue));
  createBullBoard({
    queues: adapters,
    serverAdapter: server,
    options: { uiConfig: { boardTitle: 'Signalbox' } },
  });
  server.setErrorHandler(toBoardError);
  const board = server.getRouter() as Express;
  board.disable('x-powered-by');
  app.use(path, boardHeaders, recorded(context), board);
}

/** Its own way to tell of an error shows the stack outside production. */
function toBoardError(error: unknown) {
  const { status, reason, detail } = problemOf(error);
  // Its type lists no more than it answers by itself.
  return { status: status as 500, body: { error: reason, message: detail } };
}

/** The queues are in no transaction of ours. So we make sure that Postgres is there before anything is done to them. */
function recorded({ pool }: Context): RequestHandler {
  return async (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    const [, , ...words] = request.path.split('/').filter(Boolean);
    const done = `${request.method} ${request.originalUrl}`;
    // Listened for first: a browser may go away at any time, and what it asked for is done all the same.
    const answered = new Promise<void>((resolve) => response.once('close', resolve));
    await transaction(pool, async (db) => {
      next();
      await answered;
      if (response.statusCode >= 400) return;
      const deed = deedOf(request, response, actionOf(words));
      // Without a queue's name it is about all of them.
      const id = words.length > 1 ? (words[0] ?? null) : null;
      await keepAudit(db, { ...deed, kind: 'queue', id, after: { request: done } });
    });
  };
}

const actions = new Map<string, AuditAction>([
  ['retry', 'queue.retried'],
  ['promote', 'queue.promoted'],
  ['clean', 'queue.cleaned'],
  ['empty', 'queue.emptied'],
  ['obliterate', 'queue.obliterated'],
  ['pause', 'queue.paused'],
  ['resume', 'queue.resumed'],
]);

/** @param words of the path below `/api/queues`, such as `deliver-email`, `clean`, `failed` */
function actionOf(words: readonly string[]): AuditAction {
  return words.map((word) => actions.get(word)).find(Boolean) ?? 'queue.changed';
}
