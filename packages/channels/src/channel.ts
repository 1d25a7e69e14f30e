import type { Delivery, Sent } from '@signalbox/domain';
import type { z } from 'zod';
import type { Http } from './http.js';

/** Makes one attempt. Expected trouble is in its answer; it throws only for a bug of ours. */
export type Send = (delivery: Delivery) => Promise<Sent>;

/**
 * One way to reach a receiver. To add one: copy the file of another and put it in the list in `index.ts`; its
 * queue, its worker, its place in a user's list of channels and its run through the conformance suite follow from that
 * entry.
 */
export interface Channel<Settings extends z.ZodObject = z.ZodObject> {
  /** As it stands on the delivery; its queue is `deliver-<name>`. */
  name: string;
  /** The environment variables it reads. */
  settings: Settings;
  /** What a user who chooses it has to tell; none: users cannot choose it. */
  recipient?: Recipient;
  /** Its deliveries go to subscriptions: each comes with its subscriber. */
  toSubscriptions?: true;
  /** Prepares what does not change from one delivery to the next (keys, headers, URLs), once per process. */
  open(settings: z.infer<Settings>, tools: Tools): Send;
  /** Its receiver must hear of the revisions of a signal one after the other: a resolve not before its trigger. */
  inOrder?: true;
  /** How fast the receiver of a delivery takes them; null, or no method at all, where it sets no limit. */
  limit?(settings: z.infer<Settings>, delivery: Delivery): Limit | null;
}

/** How a user is found on a channel; the API checks with it, and the console draws its form from it. */
export interface Recipient {
  /** What the channel is called by people. */
  label: string;
  /** What an address must look like; null: the user's id is enough, and an address is refused. */
  address: z.ZodType<string> | null;
  /** Addresses are URLs, which users have us call. */
  isUrl?: true;
  /** An address as it should look; for the form and for messages. Empty where there is none. */
  example: string;
  /**
   * Addresses are secrets: they are kept encrypted, and people see this instead. It has a "…", as no address may have,
   * and differs from one address to the next.
   */
  shown?: (address: string) => string;
}

/** What a channel is given to work with. */
export interface Tools {
  /** Sends where users and subscribers say: to nothing private, unless whoever runs us allows it. */
  http: Http;
  /** Sends where the environment says. Whoever runs us may well name a service in a network of their own. */
  operatorHttp: Http;
  /** For one attempt in all, as `http` keeps it for an exchange. Unit: ms. */
  timeoutMs: number;
  /** Called once when the process ends, after the last attempt. */
  onClose(close: () => void | Promise<void>): void;
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
