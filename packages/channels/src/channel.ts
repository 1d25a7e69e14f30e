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
}
