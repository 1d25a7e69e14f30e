import { scopes } from '@signalbox/domain';
import { auditActions } from '@signalbox/postgres';
import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { newKey } from '../routes/api-keys.js';
import { auditQuery } from '../routes/audit.js';
import { at, ids } from './example-ids.js';
import { id, nothing, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';

const keyFields = {
  id: id.nullable().meta({ description: 'null: it is one of the environment.' }),
  name: z.string(),
  scope: z.enum(scopes),
  created_at: time.nullable(),
  last_used_at: time.nullable().meta({ description: 'To the minute; null: never.' }),
  revoked_at: time.nullable().meta({ description: 'null: it is in force.' }),
  from: z.enum(['environment', 'api']),
};
const apiKey = z.object(keyFields).meta({ id: 'ApiKey' });
const entry = z
  .object({
    id,
    at: time,
    caller: z.string().meta({ description: 'What the key is called; anyone where there is none.' }),
    key_id: id.nullable(),
    scope: z.string(),
    via: z.enum(['key', 'session', 'open']),
    address: z.string().nullable(),
    request_id: z.string(),
    action: z.enum(auditActions),
    target_kind: z.string(),
    target_id: z.string().nullable().meta({ description: 'null: many.' }),
    before: z.unknown(),
    after: z.unknown(),
  })
  .meta({ id: 'AuditEntry', description: 'Who changed what.' });

const keyExample = {
  id: ids.apiKey,
  name: 'Till 4',
  scope: 'ingest',
  created_at: at,
  last_used_at: null,
  revoked_at: null,
  from: 'api',
};

/** Who may call us, and who changed what. */
export const keys: Operations = {
  'get /api-keys': {
    summary: 'List API keys, newest first',
    description: 'Without the keys themselves. Those of the environment come on top of the first page.',
    query: [pageQuery],
    answers: { 200: { description: 'A page of keys.', schema: page(apiKey) } },
    examples: [{ name: 'All', status: 200, answer: { data: [keyExample], next_cursor: null } }],
  },
  'post /api-keys': {
    summary: 'Make an API key',
    description: 'The first one must be for admins: it closes everything.',
    body: { schema: newKey },
    answers: {
      201: {
        description: 'The key, shown this once.',
        schema: z.object({ ...keyFields, key: z.string() }).meta({ id: 'NewApiKey' }),
      },
    },
    examples: [
      {
        name: 'For a sender',
        body: { name: 'Till 4', scope: 'ingest' },
        status: 201,
        answer: { ...keyExample, key: 'sbx_0123456789ABCDEFGHIJKLMNOPQRSTUV' },
      },
    ],
  },
  'delete /api-keys/:id': {
    summary: 'Revoke an API key',
    description: 'It ends within a second, and sessions that were begun with it.',
    answers: { 204: nothing },
    examples: [{ name: 'A key', path: { id: ids.apiKey }, status: 204 }],
  },
  'get /audit': {
    summary: 'List what was changed, newest first',
    query: [pageQuery, auditQuery],
    answers: { 200: { description: 'A page of entries.', schema: page(entry) } },
    examples: [
      {
        name: 'Partners that were made',
        query: { action: 'partner.created', limit: 1 },
        status: 200,
        answer: {
          data: [
            {
              id: ids.unknown,
              at,
              caller: 'Ana',
              key_id: ids.apiKey,
              scope: 'admin',
              via: 'key',
              address: '192.0.2.7',
              request_id: 'ana-1',
              action: 'partner.created',
              target_kind: 'partner',
              target_id: ids.partner,
              before: null,
              after: { name: 'Acme' },
            },
          ],
          next_cursor: null,
        },
      },
    ],
  },
  'post /session': {
    summary: 'Begin a session: a cookie in the place of a key',
    description: 'For browsers. At most ten attempts a minute from one network. The login page sends a form.',
    body: { schema: z.object({ key: z.string(), next: z.string().optional() }), form: true },
    answers: {
      200: {
        description: 'It is begun.',
        schema: z.object({ name: z.string(), scope: z.enum(scopes), expires_at: time }),
        headers: { 'Set-Cookie': 'The session, for 12 hours.' },
      },
      303: {
        description: 'It is begun; for forms.',
        headers: { Location: 'Where the form wants to go on.' },
      },
    },
    refusals: { 401: ['unknown_key'], 403: ['cross_site'], 429: ['too_many_attempts'] },
    examples: [
      {
        name: 'A key that is none',
        body: { key: 'sbx_nonsense' },
        status: 401,
        answer: problemExample(
          401,
          'Unauthorized',
          'unknown_key',
          'There is no such API key; it may have been revoked.',
        ),
      },
    ],
  },
  'delete /session': {
    summary: 'End a session',
    answers: { 204: { ...nothing, headers: { 'Set-Cookie': 'None any more.' } } },
    refusals: { 403: ['cross_site'] },
    examples: [{ name: 'Ours', status: 204 }],
  },
};
