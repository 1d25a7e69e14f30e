import { compileReshape, type Transform } from '@signalbox/domain';
import type { Transformed, Transformer } from '@signalbox/jsonata';
import type { Response } from 'express';
import { sendInvalid } from './body.js';

/** Whether a transform can be used, as far as that can be told without a payload; false after having answered why not. */
export async function compiles(
  transform: Transform | null | undefined,
  transformer: Transformer,
  response: Response,
): Promise<boolean> {
  if (transform?.jsonata === undefined) return true;
  const checked = await transformer.check(transform.jsonata);
  if (checked.ok) return true;
  const where = checked.position === null ? '' : ` (character ${checked.position})`;
  sendInvalid(response, [
    { path: 'transform.jsonata', message: `does not compile: ${checked.message}${where}` },
  ]);
  return false;
}

/** What a transform makes of a JSON body, or why nothing. */
export async function reshape(
  transform: Transform | null | undefined,
  json: Buffer,
  transformer: Transformer,
): Promise<Transformed> {
  if (!transform) return { ok: true, body: json };
  if (transform.jsonata !== undefined) return transformer.evaluate(transform.jsonata, json);
  return { ok: true, body: compileReshape(transform)(json) };
}
