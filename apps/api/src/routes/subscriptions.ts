import { createEnvelope, type Envelope, newId } from '@signalbox/domain';
import {
  addSubscription,
  changeSubscription,
  findSubscriptions,
  type NewSecret,
  newestSubscriptions,
  removeSubscription,
  rotateSecret,
  type SavedSubscription,
} from '@signalbox/postgres';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { readBody, sendInvalid } from '../body.js';
import type { Context } from '../context.js';
import { nextCursor, readId, readPage, readQuery, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { newSubscription, shownSubscription, subscriptionChange, toFields } from '../subscription-schema.js';
import { rotation } from '../subscription-secret.js';
import { compiles } from '../transforms.js';

/** Where webhooks go, and which. Secrets come in and go out once, and are kept sealed. */
export function mountSubscriptions(app: Router, context: Context): void {
  const envelope = createEnvelope(context.config.ENCRYPTION_KEY);
  mountReading(app, context);
  mountAdding(app, context, envelope);
  mountChanging(app, context);
  mountRotating(app, context, envelope);
}

const json = express.json({ limit: '256kb' });

const listQuery = z.object({
  partner_id: z.guid({ error: 'must be the id of a partner' }).nullable().default(null),
  enabled: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .nullable()
    .default(null),
});

function mountReading(app: Router, { pool }: Context): void {
  app.get('/subscriptions', async (request, response) => {
    const page = readPage(request, response);
    const query = page && readQuery(listQuery, request, response);
    if (!page || !query) return;
    const filter = { partnerId: query.partner_id, enabled: query.enabled };
    const rows = await newestSubscriptions(pool, filter, page.limit, page.before);
    sendJson(response, 200, { data: rows.map(shownSubscription), next_cursor: nextCursor(rows, page.limit) });
  });

  app.get('/subscriptions/:id', async (request, response) => {
    const id = readSubscriptionId(request, response);
    if (!id) return;
    const [subscription] = await findSubscriptions(pool, [id]);
    if (subscription) sendJson(response, 200, shownSubscription(subscription));
    else sendMissing(response, 'subscription', id);
  });
}

function mountAdding(app: Router, context: Context, envelope: Envelope): void {
  app.post('/subscriptions', json, async (request, response) => {
    const body = readBody(newSubscription, request, response);
    if (!body || !(await compiles(body.transform, context.transformer, response))) return;
    const { url, secret, ingest_secret, ...told } = body;
    const id = newId();
    const secrets: NewSecret[] = [{ kind: 'signing', sealed: envelope.seal(secret, id) }];
    if (ingest_secret !== null) secrets.push({ kind: 'ingest', sealed: envelope.seal(ingest_secret, id) });
    const saved = await addSubscription(context.pool, { ...toFields(told), id, url }, secrets);
    if (saved.type !== 'saved') return sendNotSaved(response, saved, id);
    context.directoryChanged();
    sendJson(response, 201, { ...shownSubscription(saved.subscription), secret, ingest_secret });
  });
}

function mountChanging(app: Router, context: Context): void {
  app.patch('/subscriptions/:id', json, async (request, response) => {
    const id = readSubscriptionId(request, response);
    const change = id && readBody(subscriptionChange, request, response);
    if (!id || !change || !(await compiles(change.transform, context.transformer, response))) return;
    const saved = await changeSubscription(context.pool, id, toFields(change));
    if (saved.type !== 'saved') return sendNotSaved(response, saved, id);
    context.directoryChanged();
    sendJson(response, 200, shownSubscription(saved.subscription));
  });

  app.delete('/subscriptions/:id', async (request, response) => {
    const id = readSubscriptionId(request, response);
    if (!id) return;
    if (!(await removeSubscription(context.pool, id))) return sendMissing(response, 'subscription', id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

function mountRotating(app: Router, context: Context, envelope: Envelope): void {
  app.post('/subscriptions/:id/rotate-secret', json, async (request, response) => {
    const id = readSubscriptionId(request, response);
    const body = id && readBody(rotation, request, response);
    if (!id || !body) return;
    const { kind, secret, overlapSeconds } = body;
    const sealed = secret === null ? null : envelope.seal(secret, id);
    const outcome = await rotateSecret(context.pool, id, kind, sealed, overlapSeconds);
    if (outcome === 'unknown-subscription') return sendMissing(response, 'subscription', id);
    if (outcome === 'too-many') {
      const detail =
        'Too many secrets overlap already; wait for one to expire, or end all with overlap_seconds 0.';
      return sendProblem(response, { status: 409, reason: 'too_many_secrets', detail });
    }
    context.directoryChanged();
    sendJson(response, 200, { secret });
  });
}

/** In lower case, as Postgres writes it: secrets are sealed for it. */
function readSubscriptionId(request: Request, response: Response): string | null {
  return readId(request, response, 'subscription')?.toLowerCase() ?? null;
}

function sendNotSaved(
  response: Response,
  saved: Exclude<SavedSubscription, { type: 'saved' }>,
  id: string,
): void {
  if (saved.type === 'unknown-subscription') sendMissing(response, 'subscription', id);
  else sendInvalid(response, [{ path: 'partner_id', message: 'there is no such partner' }]);
}
