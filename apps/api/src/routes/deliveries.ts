import {
  attemptsOf,
  cancel,
  type DeliveryRow,
  findDelivery,
  keepAudit,
  matchingDeliveries,
  newestDeliveries,
  type Pool,
  type Replayed,
  replay,
  replayMany,
  transaction,
} from '@signalbox/postgres';
import type { Response, Router } from 'express';
import { change, type Deed, deedOf, type Target } from '../audit.js';
import { readBody } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import type { Context } from '../context.js';
import { deliveryQuery, replayBody } from '../delivery-schema.js';
import { createOwnJobs } from '../own-jobs.js';
import { cursorAfter, nextCursor, readId, readPage, readQuery, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';

/** More would keep the caller waiting; the cursor leads to the rest. */
const mostReplayed = 10_000;
/** Deliveries at a time, so that other requests get their turn in between. */
const slice = 500;
/** Two cores deliver about 2,000 a second: a tenth of that is not felt by what comes in meanwhile. Unit: ms. */
const replayGapMs = 1_000 / 200;

/** What is owed to whom, what was tried for it, and another try where an operator wants one. */
export function mountDeliveries(app: Router, context: Context): void {
  mountReading(app, context);
  mountReplaying(app, context);
}

function mountReading(app: Router, { pool }: Context): void {
  app.get('/deliveries', async (request, response) => {
    const page = readPage(request, response);
    const filter = page && readQuery(deliveryQuery, request, response);
    if (!page || !filter) return;
    const rows = await newestDeliveries(pool, filter, page.limit, page.before);
    sendJson(response, 200, { data: rows, next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/deliveries/:id', async (request, response) => {
    const id = readId(request, response, 'delivery');
    if (!id) return;
    const delivery = await shownDelivery(pool, id);
    if (delivery) sendJson(response, 200, delivery);
    else sendMissing(response, 'delivery', id);
  });
}

function mountReplaying(app: Router, context: Context): void {
  const { pool, log } = context;
  const jobs = createOwnJobs(context);

  app.post('/deliveries/replay', jsonBody(16), async (request, response) => {
    const asked = readBody(replayBody, request, response);
    if (!asked) return;
    const ids = await matchingDeliveries(pool, asked.filter, mostReplayed + 1, asked.cursor);
    const deed = deedOf(request, response, 'deliveries.replayed');
    const replayed = await replayAll(ids.slice(0, mostReplayed), asked, deed, pool);
    log.info({ filter: asked.filter, replayed: replayed.length }, 'deliveries.replayed');
    const last = ids.length > mostReplayed ? ids[mostReplayed - 1] : undefined;
    const more = last && { remaining: true, next_cursor: cursorAfter(last) };
    sendJson(response, 202, { replayed: replayed.length, ...more });
    // They are promised. The last is due long after the first, and so are their jobs.
    await jobs.renew(replayed);
  });

  app.post('/deliveries/:id/replay', async (request, response) => {
    const id = readId(request, response, 'delivery');
    if (!id) return;
    const deed = deedOf(request, response, 'delivery.replayed');
    const replayed = await change(pool, deed, target(id), (db) => replay(db, id));
    if (!replayed) return sendUnfit(response, id, await findDelivery(pool, id), notEnded);
    await jobs.renew([replayed]);
    sendJson(response, 202, { replayed: 1, delivery_id: id });
  });

  app.post('/deliveries/:id/cancel', async (request, response) => {
    const id = readId(request, response, 'delivery');
    if (!id) return;
    const deed = deedOf(request, response, 'delivery.canceled');
    const canceled = await change(pool, deed, target(id), (db) => cancel(db, id, 'by_operator'));
    const delivery = await shownDelivery(pool, id);
    if (!canceled || !delivery) return sendUnfit(response, id, delivery, hasEnded);
    await jobs.remove(delivery);
    sendJson(response, 200, delivery);
  });
}

/** All of them, and the record of it, or none. */
function replayAll(ids: readonly string[], asked: object, deed: Deed, pool: Pool): Promise<Replayed[]> {
  return transaction(pool, async (db) => {
    const replayed: Replayed[] = [];
    for (let at = 0; at < ids.length; at += slice) {
      replayed.push(...(await replayMany(db, ids.slice(at, at + slice), replayGapMs)));
    }
    const after = { ...asked, replayed: replayed.length };
    await keepAudit(db, { ...deed, kind: 'delivery', id: null, after });
    return replayed;
  });
}

function target(id: string): Target {
  return { kind: 'delivery', id, look: (db) => findDelivery(db, id) };
}

async function shownDelivery(pool: Pool, id: string) {
  const [delivery, attempts] = await Promise.all([findDelivery(pool, id), attemptsOf(pool, id)]);
  return delivery && { ...delivery, target_url: attempts.at(-1)?.target_url ?? null, attempts };
}

/** There is no such delivery, or it is not in a state for what is asked. */
function sendUnfit(response: Response, id: string, delivery: DeliveryRow | null, problem: Unfit): void {
  if (delivery) sendProblem(response, { status: 409, ...problem, detail: problem.detail(delivery) });
  else sendMissing(response, 'delivery', id);
}

interface Unfit {
  reason: string;
  detail(delivery: DeliveryRow): string;
}

const notEnded: Unfit = {
  reason: 'not_ended',
  detail: ({ status }) =>
    status === 'held'
      ? 'The delivery is held: it is sent when its subscription is enabled again.'
      : 'The delivery is pending: it is going to be sent anyway.',
};

const hasEnded: Unfit = {
  reason: 'has_ended',
  detail: ({ status }) => `The delivery has ended: it is ${status}.`,
};
