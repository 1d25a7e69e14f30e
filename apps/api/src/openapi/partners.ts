import { z } from 'zod';
import { page as pageQuery } from '../paging.js';
import { named } from '../routes/partners.js';
import { at, ids } from './example-ids.js';
import { id, nothing, page, problemExample, time } from './nouns.js';
import type { Operations } from './operation.js';

const partner = z
  .object({ id, name: z.string(), created_at: time, updated_at: time })
  .meta({ id: 'Partner', description: 'Whoever owns subscriptions.' });

const partnerExample = { id: ids.partner, name: 'Acme', created_at: at, updated_at: at };
const byId = { path: { id: ids.partner } };

/** Whoever owns subscriptions. */
export const partners: Operations = {
  'get /partners': {
    summary: 'List partners, newest first',
    query: [pageQuery],
    answers: { 200: { description: 'A page of partners.', schema: page(partner) } },
    examples: [{ name: 'All', status: 200, answer: { data: [partnerExample], next_cursor: null } }],
  },
  'get /partners/:id': {
    summary: 'Read a partner',
    answers: { 200: { description: 'The partner.', schema: partner } },
    examples: [{ name: 'A partner', ...byId, status: 200, answer: partnerExample }],
  },
  'post /partners': {
    summary: 'Add a partner',
    body: { schema: named },
    answers: { 201: { description: 'The partner.', schema: partner } },
    examples: [
      { name: 'A partner', body: { name: 'Acme' }, status: 201, answer: partnerExample },
      {
        name: 'No name',
        body: { name: '' },
        status: 422,
        answer: problemExample(
          422,
          'Unprocessable Entity',
          'invalid_body',
          'The body is not right; errors says where, and what would be.',
        ),
      },
    ],
  },
  'patch /partners/:id': {
    summary: 'Rename a partner',
    body: { schema: named },
    answers: { 200: { description: 'The partner.', schema: partner } },
    examples: [
      {
        name: 'Another name',
        ...byId,
        body: { name: 'Acme & Sons' },
        status: 200,
        answer: { ...partnerExample, name: 'Acme & Sons' },
      },
    ],
  },
  'delete /partners/:id': {
    summary: 'Delete a partner',
    answers: { 204: nothing },
    refusals: { 409: ['has_subscriptions'] },
    examples: [
      { name: 'One without subscriptions', path: { id: ids.emptyPartner }, status: 204 },
      {
        name: 'One with subscriptions',
        ...byId,
        status: 409,
        answer: problemExample(
          409,
          'Conflict',
          'has_subscriptions',
          `Partner ${ids.partner} has subscriptions; delete them first, or give them to another partner.`,
        ),
      },
    ],
  },
};
