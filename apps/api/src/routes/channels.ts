import type { Router } from 'express';
import { z } from 'zod';
import { choices } from '../contact-schema.js';
import { sendJson } from '../problem.js';

/** The channels a user may choose, and what each wants to know. */
export function mountChannels(app: Router): void {
  const data = choices.map(({ name, recipient: { label, example, address } }) => ({
    name,
    label,
    example,
    address: address && z.toJSONSchema(address, { io: 'input', unrepresentable: 'any' }),
  }));

  app.get('/channels', (_request, response) => sendJson(response, 200, { data, next_cursor: null }));
}
