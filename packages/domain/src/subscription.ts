import type { Filter } from './filter.js';
import type { Transform } from './transform.js';

/** Where webhooks go, and which. */
export interface Subscription {
  id: string;
  /** Whose it is; null: nobody's in particular. */
  partnerId: string | null;
  url: string;
  /** The URL may be a plain http one where else it must be https: in production. */
  allowHttp: boolean;
  description: string | null;
  /** Names and patterns such as `order.*`; none means all. */
  eventTypes: readonly string[];
  /** Only payloads that match are delivered; null: all. */
  filter: Filter | null;
  /** How the payload is changed on its way; null: not a byte. */
  transform: Transform | null;
  /** At most `limit` requests in any `periodSeconds`; null: no limit. */
  rateLimit: { limit: number; periodSeconds: number } | null;
  /** At most so many requests at once, 1 to 100. */
  maxInFlight: number;
  /** For a whole exchange. Unit: ms, 5,000 to 30,000. */
  timeoutMs: number;
  /** Waits after the 1st, 2nd, … attempt, at most 20; null: as the environment says. Unit: ms. */
  retrySchedule: readonly number[] | null;
  /** Join ours, and never replace them; names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Sign with X-Hub-Signature-256 too. */
  hubSignature: boolean;
  /** A disabled one holds what comes for it. */
  enabled: boolean;
  /** Why it is disabled; null while it is not. */
  disabledReason: DisabledReason | null;
  /** Since when nothing has been delivered although it was tried; null: the last try went well, or there was none. */
  failingSince: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/** An operator said so; the receiver answered 410; nothing has been delivered for days. */
export const disabledReasons = ['by_operator', 'gone', 'failing'] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** What a webhook is sent with: a subscription as it is when an attempt begins. */
export interface Subscriber {
  /** The subscription. */
  id: string;
  url: string;
  /** As the subscription says. */
  allowHttp: boolean;
  /** What the receiver gets: the body as it was sent to us, or what the subscription's transform made of it. */
  body: Buffer;
  /** Join ours, and never replace them; names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** Signing secrets in force: `whsec_` and base64; every one of them signs. */
  secrets: readonly string[];
  /** Sign with X-Hub-Signature-256 too. */
  hubSignature: boolean;
  /** For a whole exchange. Unit: ms, 5,000 to 30,000. */
  timeoutMs: number;
}
