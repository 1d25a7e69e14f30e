import { preferences } from '@signalbox/domain';
import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { newStore, storeChange } from '../routes/stores.js';
import { membership, storeUsers } from '../user-schema.js';
import { at, ids, location } from './example-ids.js';
import { id, nothing, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';
import { userExample, userFields } from './users.js';

const store = z
  .object({
    id,
    location: z.string().meta({ description: 'What senders call it.' }),
    name: z.string(),
    users: z.int().meta({ description: 'How many belong to it.' }),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Store', description: 'Where alerts come from.' });
const storePreference = z
  .enum(preferences)
  .nullable()
  .meta({ description: "What holds in this store; null: the user's own." });
const storeUser = z.object({ ...userFields, store_preference: storePreference }).meta({ id: 'StoreUser' });
const joined = z.object({ location: z.string(), user_id: id, preference: storePreference });

const storeExample = {
  id: ids.store,
  location,
  name: 'La Rochelle',
  users: 2,
  created_at: at,
  updated_at: at,
};
const byLocation = { path: { location } };
const asMember = { path: { location, id: ids.user } };
const whole = { description: 'The store.', schema: store };

/** Stores and who belongs to them. */
export const stores: Operations = {
  'get /stores': {
    summary: 'List stores, newest first',
    query: [pageQuery],
    answers: { 200: { description: 'A page of stores.', schema: page(store) } },
    examples: [{ name: 'All', status: 200, answer: { data: [storeExample], next_cursor: null } }],
  },
  'get /stores/:location': {
    summary: 'Read a store',
    answers: { 200: whole },
    examples: [{ name: 'A store', ...byLocation, status: 200, answer: storeExample }],
  },
  'post /stores': {
    summary: 'Add a store',
    description: 'Called after its location unless told.',
    body: { schema: newStore },
    answers: { 201: whole },
    refusals: { 409: ['location_taken'] },
    examples: [
      {
        name: 'A store',
        body: { location: 'fr-auchan-niort', name: 'Niort' },
        status: 201,
        answer: { ...storeExample, location: 'fr-auchan-niort', name: 'Niort', users: 0 },
      },
      {
        name: 'The same again',
        body: { location: 'fr-auchan-niort' },
        status: 409,
        answer: problemExample(
          409,
          'Conflict',
          'location_taken',
          'There is a store fr-auchan-niort already.',
        ),
      },
    ],
  },
  'patch /stores/:location': {
    summary: 'Rename a store',
    body: { schema: storeChange },
    answers: { 200: whole },
    examples: [
      {
        name: 'Another name',
        ...byLocation,
        body: { name: 'La Rochelle' },
        status: 200,
        answer: storeExample,
      },
    ],
  },
  'delete /stores/:location': {
    summary: 'Delete a store',
    description: 'Its users stay.',
    answers: { 204: nothing },
    examples: [{ name: 'A store', ...byLocation, status: 204 }],
  },
  'get /stores/:location/users': {
    summary: 'List the users of a store, newest first',
    query: [pageQuery],
    answers: { 200: { description: 'A page of users.', schema: page(storeUser) } },
    examples: [
      {
        name: 'All',
        ...byLocation,
        status: 200,
        answer: { data: [{ ...userExample, store_preference: null }], next_cursor: null },
      },
    ],
  },
  'put /stores/:location/users': {
    summary: 'Set the whole list of the users of a store',
    description:
      'All of it happens or nothing. Users without a known id are made; who is no longer in the list stays a user. At most 20 MiB.',
    body: { schema: storeUsers },
    answers: {
      200: {
        description: 'What became of it.',
        schema: z.object({
          location: z.string(),
          users: z.int(),
          created: z.int(),
          updated: z.int(),
          added: z.int().meta({ description: 'To the store.' }),
          removed: z.int().meta({ description: 'From the store.' }),
          ids: z.array(id).meta({ description: 'Of the users, in the order of the list.' }),
        }),
      },
    },
    examples: [
      {
        name: 'Two users',
        ...byLocation,
        body: { users: [{ id: ids.user }, { id: ids.otherUser, store_preference: 'standard' }] },
        status: 200,
        answer: {
          location,
          users: 2,
          created: 0,
          updated: 2,
          added: 0,
          removed: 0,
          ids: [ids.user, ids.otherUser],
        },
      },
    ],
  },
  'put /stores/:location/users/:id': {
    summary: 'Make a user belong to a store',
    body: { schema: membership },
    answers: {
      200: { description: 'They did already.', schema: joined },
      201: { description: 'They do now.', schema: joined },
    },
    examples: [
      {
        name: 'For thefts only',
        ...asMember,
        body: { preference: 'critical' },
        status: 200,
        answer: { location, user_id: ids.user, preference: 'critical' },
      },
    ],
  },
  'delete /stores/:location/users/:id': {
    summary: 'Make a user belong to a store no longer',
    answers: { 204: nothing },
    examples: [{ name: 'A user', ...asMember, status: 204 }],
  },
};
