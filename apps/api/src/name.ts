import { isName, nameRule } from '@signalbox/domain';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { sendProblem } from './problem.js';

const error = `must be ${nameRule}`;

/** What people or senders call something. */
export const name = z.string({ error }).refine(isName, { error });

/** The location in the path; null after having answered 404, since no store has a location that is none. */
export function readLocation(request: Request, response: Response): string | null {
  const location = name.safeParse(request.params.location);
  if (location.success) return location.data;
  const detail = `There is no such store: a location, URL-encoded in the path, must be ${nameRule}.`;
  sendProblem(response, { status: 404, reason: 'not_found', detail });
  return null;
}
