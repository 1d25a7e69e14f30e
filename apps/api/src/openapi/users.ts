import { preferences, severities } from '@signalbox/domain';
import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { newUser, userChange } from '../user-schema.js';
import { at, ids, location } from './example-ids.js';
import { id, nothing, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';

const contact = z
  .object({
    channel: z.string(),
    address: z
      .string()
      .optional()
      .meta({ description: 'Of one that is a secret, what stands for it; sent back, it stays.' }),
    severities: z.array(z.enum(severities)).optional().meta({ description: 'Left out: all.' }),
  })
  .meta({ id: 'Contact', description: 'One way to reach a user.' });

/** What is shown of a user. */
export const userFields = {
  id,
  name: z.string(),
  preference: z.enum(preferences).meta({ description: 'critical: thefts; standard: all that is milder.' }),
  active: z.boolean(),
  channels: z.array(contact).meta({ description: 'In order of fallback; empty: the notification service.' }),
  quiet_hours: z
    .object({ from: z.string(), to: z.string(), time_zone: z.string() })
    .nullable()
    .meta({ description: 'When standard alerts wait.' }),
  created_at: time,
  updated_at: time,
};
const user = z.object(userFields).meta({ id: 'User', description: 'Who is told of alerts.' });
const userWithStores = z
  .object({
    ...userFields,
    stores: z.array(z.object({ location: z.string(), preference: z.enum(preferences).nullable() })),
  })
  .meta({ id: 'UserWithStores' });

/** A user, as examples show it. */
export const userExample = {
  id: ids.user,
  name: 'Camille',
  preference: 'both',
  active: true,
  channels: [{ channel: 'email', address: 'camille@example.com', severities: ['critical'] }],
  quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Paris' },
  created_at: at,
  updated_at: at,
};
const { created_at: _, updated_at: __, ...told } = { ...userExample, id: ids.unknown };
const byId = { path: { id: ids.user } };
const whole = { description: 'The user.', schema: user };

/** Who is told of alerts. */
export const users: Operations = {
  'get /users': {
    summary: 'List users, newest first',
    query: [pageQuery],
    answers: { 200: { description: 'A page of users.', schema: page(user) } },
    examples: [{ name: 'All', status: 200, answer: { data: [userExample], next_cursor: null } }],
  },
  'get /users/:id': {
    summary: 'Read a user and their stores',
    answers: { 200: { description: 'The user.', schema: userWithStores } },
    examples: [
      {
        name: 'A user',
        ...byId,
        status: 200,
        answer: { ...userExample, stores: [{ location, preference: null }] },
      },
    ],
  },
  'post /users': {
    summary: 'Add a user',
    description: 'Only the name is needed.',
    body: { schema: newUser },
    answers: { 201: whole },
    refusals: { 409: ['id_taken'] },
    examples: [
      { name: 'A user', body: told, status: 201, answer: { ...userExample, id: ids.unknown } },
      {
        name: 'The same again',
        body: told,
        status: 409,
        answer: problemExample(409, 'Conflict', 'id_taken', `There is a user ${ids.unknown} already.`),
      },
    ],
  },
  'patch /users/:id': {
    summary: 'Change a user',
    description: 'What is left out stays as it is.',
    body: { schema: userChange },
    answers: { 200: whole },
    examples: [
      {
        name: 'On holiday',
        ...byId,
        body: { active: false },
        status: 200,
        answer: { ...userExample, active: false },
      },
    ],
  },
  'delete /users/:id': {
    summary: 'Delete a user',
    answers: { 204: nothing },
    examples: [{ name: 'A user', ...byId, status: 204 }],
  },
};
