import { type EnvironmentKey, hashApiKey, newApiKey, newId, scopes } from '@signalbox/domain';
import { type ApiKeyRow, addApiKey, findApiKey, newestApiKeys, revokeApiKey } from '@signalbox/postgres';
import type { Router } from 'express';
import { z } from 'zod';
import { change, deedOf, type Target } from '../audit.js';
import { readBody, sendInvalid } from '../body.js';
import { jsonBody } from '../body-parsers.js';
import { callerOf } from '../caller.js';
import type { Context } from '../context.js';
import { name } from '../name.js';
import { nextCursor, readId, readPage, sendMissing } from '../paging.js';
import { sendJson } from '../problem.js';

/** A key that is to be made. */
export const newKey = z.strictObject(
  { name, scope: z.enum(scopes, { error: `must be one of ${scopes.join(', ')}` }) },
  { error: 'must be an object' },
);

/** Who may call us: keys made, shown without the key, and revoked. */
export function mountApiKeys(app: Router, context: Context): void {
  const { config, pool } = context;
  app.get('/api-keys', async (request, response) => {
    const page = readPage(request, response);
    if (!page) return;
    const rows = await newestApiKeys(pool, page.limit, page.before);
    // Those of the environment come on top of the first page.
    const given = page.before === null ? config.API_KEYS.map(shownGiven) : [];
    const data = [...given, ...rows.map(shown)];
    sendJson(response, 200, { data, next_cursor: nextCursor(rows, page.limit) });
  });

  app.post('/api-keys', jsonBody(16), async (request, response) => {
    const asked = readBody(newKey, request, response);
    if (!asked) return;
    if (callerOf(response).via === 'open' && asked.scope !== 'admin')
      return sendInvalid(response, [firstKey]);
    const key = newApiKey();
    const id = newId();
    const row = await change(pool, deedOf(request, response, 'api_key.created'), target(id), (db) =>
      addApiKey(db, { id, ...asked, hash: hashApiKey(key) }),
    );
    context.directoryChanged();
    sendJson(response, 201, { ...shown(row), key });
  });

  app.delete('/api-keys/:id', async (request, response) => {
    const id = readId(request, response, 'API key');
    if (!id) return;
    const revoked = await change(pool, deedOf(request, response, 'api_key.revoked'), target(id), (db) =>
      revokeApiKey(db, id),
    );
    if (!revoked) return sendMissing(response, 'API key', id);
    context.directoryChanged();
    response.writeHead(204).end();
  });
}

const firstKey = {
  path: 'scope',
  message: 'must be admin: the first key closes everything, and only an admin key makes others',
};

function target(id: string): Target {
  return { kind: 'api_key', id, look: (db) => findApiKey(db, id) };
}

function shown(row: ApiKeyRow) {
  return { ...row, from: 'api' };
}

function shownGiven({ name, scope }: EnvironmentKey) {
  return {
    id: null,
    name,
    scope,
    created_at: null,
    last_used_at: null,
    revoked_at: null,
    from: 'environment',
  };
}
