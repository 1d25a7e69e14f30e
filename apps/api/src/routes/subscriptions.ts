import { createEnvelope, type Envelope, newId } from '@signalbox/domain';
import {
  addSubscription,
  changeSubscription,
  type Db,
  findSubscriptions,
  type NewSecret,
  newestSubscriptions,
  removeSubscription,
  rotateSecret,
  type SavedSubscription,
} from '@signalbox/postgres';
import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { change, deedOf, type Target } from '../audit.js';
import { readBody, sendInvalid } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import { changedTarget, mayBeCalled } from '../callable.js';
import type { Context } from '../context.js';
import { nextCursor, readId, readPage, readQuery, sendMissing } from '../paging.js';
import { sendJson, sendProblem } from '../problem.js';
import { type SealedHeaders, sealTold } from '../subscription-headers.js';
import { newSubscription, shownSubscription, subscriptionChange, toFields } from '../subscription-schema.js';
import { rotation } from '../subscription-secret.js';
import { compiles } from '../transforms.js';

/** Where webhooks go, and which. Secrets come in and go out once, and are kept sealed. */
export function mountSubscriptions(app: Router, context: Context): void {
  const envelope = createEnvelope(context.config.ENCRYPTION_KEY);
  mountReading(app, context);
  mountAdding(app, context, envelope);
  mountChanging(app, context, envelope);
  mountRotating(app, context, envelope);
}

const json = jsonBody(256);

/** Which subscriptions are wanted. */
export const listQuery = z.object({
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
    const { url, secret, ingest_secret, headers = {}, ...told } = body;
    const called = { path: 'url', url, allowHttp: told.allow_http ?? false };
    if (!(await mayBeCalled([called], context, response))) return;
    const id = newId();
    const sealed = sealTold(headers, null, id, envelope);
    if (sealed.type === 'invalid') return sendInvalid(response, sealed.errors);
    const secrets: NewSecret[] = [{ kind: 'signing', sealed: envelope.seal(secret, id) }];
    if (ingest_secret !== null) secrets.push({ kind: 'ingest', sealed: envelope.seal(ingest_secret, id) });
    const deed = deedOf(request, response, 'subscription.created');
    const saved = await change(context.pool, deed, target(id), (db) =>
      addSubscription(db, { ...toFields(told), ...sealed.kept, id, url }, secrets),
    );
    if (saved.type !== 'saved') return sendNotSaved(response, saved, id);
    context.directoryChanged();
    sendJson(response, 201, { ...shownSubscription(saved.subscription), secret, ingest_secret });
  });
}

function mountChanging(app: Router, context: Context, envelope: Envelope): void {
  app.patch('/subscriptions/:id', json, async (request, response) => {
    const id = readSubscriptionId(request, response);
    const body = id && readBody(subscriptionChange, request, response);
    if (!id || !body || !(await compiles(body.transform, context.transformer, response))) return;
    if (!(await mayBeCalled(await changedTarget(context.pool, id, body), context, response))) return;
    const deed = deedOf(request, response, 'subscription.changed');
    const saved = await change(context.pool, deed, target(id), (db) => changeSealed(db, id, body, envelope));
    if (saved.type === 'invalid') return sendInvalid(response, saved.errors);
    if (saved.type !== 'saved') return sendNotSaved(response, saved, id);
    context.directoryChanged();
    sendJson(response, 200, shownSubscription(saved.subscription));
  });

  app.delete('/subscriptions/:id', async (request, response) => {
    const id = readSubscriptionId(request, response);
    if (!id) return;
    const deed = deedOf(request, response, 'subscription.deleted');
    const removed = await change(context.pool, deed, target(id), (db) => removeSubscription(db, id));
    if (!removed) return sendMissing(response, 'subscription', id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

/** Its headers are read and written in one transaction, so that of two changes at once none is lost. */
async function changeSealed(
  db: Db,
  id: string,
  { headers, ...told }: z.infer<typeof subscriptionChange>,
  envelope: Envelope,
): Promise<SavedSubscription | Exclude<SealedHeaders, { type: 'sealed' }>> {
  if (!headers) return changeSubscription(db, id, toFields(told));
  const [before] = await findSubscriptions(db, [id]);
  if (!before) return { type: 'unknown-subscription' };
  const sealed = sealTold(headers, before, id, envelope);
  return sealed.type === 'invalid'
    ? sealed
    : changeSubscription(db, id, { ...toFields(told), ...sealed.kept });
}

function mountRotating(app: Router, context: Context, envelope: Envelope): void {
  app.post('/subscriptions/:id/rotate-secret', json, async (request, response) => {
    const id = readSubscriptionId(request, response);
    const body = id && readBody(rotation, request, response);
    if (!id || !body) return;
    const { kind, secret, overlapSeconds } = body;
    const sealed = secret === null ? null : envelope.seal(secret, id);
    const action = kind === 'signing' ? 'subscription.secret_rotated' : 'subscription.ingest_secret_rotated';
    const deed = deedOf(request, response, action);
    const outcome = await change(context.pool, deed, target(id), (db) =>
      rotateSecret(db, id, kind, sealed, overlapSeconds),
    );
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

function target(id: string): Target {
  return {
    kind: 'subscription',
    id,
    look: async (db) => {
      const [subscription] = await findSubscriptions(db, [id]);
      return subscription ? shownSubscription(subscription) : null;
    },
  };
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
