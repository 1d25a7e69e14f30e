import type { Delivery, Sent } from '@signalbox/domain';
import type { z } from 'zod';
import type { Http } from './http.js';

/** Makes one attempt. Expected trouble is in its answer; it throws only for a bug of ours. */
export type Send = (delivery: Delivery) => Promise<Sent>;

/**
 * One way to reach a receiver. To add one: copy the file of another and put it in the list in `index.ts`; its
 * queue, its worker and its run through the conformance suite follow from that entry.
 */
export interface Channel<Settings extends z.ZodObject = z.ZodObject> {
  /** As it stands on the delivery; its queue is `deliver-<name>`. */
  name: string;
  /** The environment variables it reads. */
  settings: Settings;
  /** Prepares what does not change from one delivery to the next (keys, headers, URLs), once per process. */
  open(settings: z.infer<Settings>, http: Http): Send;
  /** Its receiver must hear of the revisions of a signal one after the other: a resolve not before its trigger. */
  inOrder?: true;
  /** How fast its receiver takes deliveries; null, or no method at all, where it sets no limit. */
  limit?(settings: z.infer<Settings>): Limit | null;
}

/** At most `count` requests in any `periodMs`, `burst` of them at once; the worker sees to it, over all processes. */
export interface Limit {
  /** Whose limit it is, without a secret in it: what has the same key shares it. */
  key: string;
  count: number;
  periodMs: number;
  /** 1 to `count`. */
  burst: number;
}
