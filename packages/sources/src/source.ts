import type { IncomingHttpHeaders } from 'node:http';
import type { Signal } from '@signalbox/domain';
import type { z } from 'zod';

/** A request as it came in, before anybody trusted it. */
export interface Inbound {
  /** The body as it was sent (decompressed, otherwise untouched): signatures are made over these bytes. */
  bytes: Buffer;
  headers: IncomingHttpHeaders;
  receivedAt: Date;
}

/** Why a request is turned away, in words for the sender. */
export interface Rejection {
  status: 400 | 401 | 415 | 503;
  /** One word for logs and metrics, e.g. `bad_signature`. */
  reason: string;
  /** What was wrong and what would be right. */
  detail: string;
  /** Each field that is wrong; `path` in dotted form. */
  errors?: { path: string; message: string }[];
}

/** What a source says to its sender. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/**
 * One kind of sender. To add one: copy the file of another, put it in the list in `index.ts`, and add its fixtures.
 * A source only reads: it does no I/O and keeps no state.
 */
export interface Source<Settings extends z.ZodObject = z.ZodObject> {
  /** The `source` of its signals; also the folder of its fixtures. */
  name: string;
  /** Where its senders POST. */
  path: string;
  /** The environment variables it reads. */
  settings: Settings;
  /** Whether `verify` asks for a signature; without one, the door needs an API key once there are keys. */
  asksForSignature(settings: z.infer<Settings>): boolean;
  /** Whether the request comes from whom it claims; null when it does. */
  verify(inbound: Inbound, settings: z.infer<Settings>): Rejection | null;
  /** What a request means whose sender is known; what is turned away here is kept for an operator to look at. */
  normalize(inbound: Inbound): Signal | Rejection;
  /** The answer to a new signal, once it is stored and scheduled. */
  accepted(signal: Signal): Answer;
  /** The answer to a signal we had already. */
  deduped(signal: Signal): Answer;
}

/** The last Unix second that four digits of a year can write, as V7 and Postgres need it. */
export const lastSecond = 253_402_300_799;

/** Says which part of `normalize`'s answer it is. */
export function isRejection(result: Signal | Rejection): result is Rejection {
  return 'status' in result;
}
