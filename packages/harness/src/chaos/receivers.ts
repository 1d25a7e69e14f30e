import { type Answer, type Listener, listen, type Received } from '../listener.js';
import type { Random } from './random.js';

/** What a receiver is like. */
export type Temper = 'fine' | 'slow' | 'failing' | 'throttling' | 'hanging' | 'resetting' | 'refusing';

/** One request that a receiver had in full. */
export interface Receipt {
  /** Whom it reached: a subscription, `notification` or `pagerduty`. */
  receiver: string;
  /** The id of the delivery, by which receivers tell repetitions. */
  id: string;
  /** Which attempt it says it is; null where it does not say. */
  attempt: number | null;
  body: string;
  /** What it was answered; null: nothing. */
  status: number | null;
  /** Unix ms. */
  at: number;
}

/** Receivers that write down all they get. */
export interface Receivers {
  readonly receipts: Receipt[];
  /** Lets a listener behave after a temper, in the name of a receiver. */
  readonly appoint: (listener: Listener, receiver: string, temper: Temper, good?: number) => void;
  /** Starts one more, to be appointed. */
  readonly open: () => Promise<Listener>;
  /** From now on everybody is fine, but who refuses something goes on refusing it. */
  readonly calm: () => void;
  readonly close: () => Promise<void>;
}

export function startReceivers(random: Random): Receivers {
  const receipts: Receipt[] = [];
  const opened: Listener[] = [];
  let calm = false;
  return {
    receipts,
    appoint: (listener, receiver, temper, good = 204) =>
      listener.respond((received) => {
        const id = idOf(received);
        const behave = calm && temper !== 'refusing' ? tempers.fine : tempers[temper];
        const answer = behave(good, id, random);
        receipts.push(receipt(received, receiver, id, answer));
        return answer;
      }),
    open: async () => {
      const listener = await listen();
      opened.push(listener);
      return listener;
    },
    calm: () => {
      calm = true;
    },
    close: async () => {
      await Promise.all(opened.map(({ close }) => close()));
    },
  };
}

const tempers: Record<Temper, (good: number, id: string, random: Random) => Answer> = {
  fine: (status) => ({ status }),
  slow: (status, _id, random) => ({ status, afterMs: random.between(50, 400) }),
  failing: (status, _id, random) => ({ status: random.next() < 0.1 ? 500 : status }),
  throttling: (status, _id, random) =>
    random.next() < 0.05 ? { status: 429, headers: { 'retry-after': '1' } } : { status },
  hanging: (status, _id, random) => (random.next() < 0.03 ? 'hang' : { status }),
  resetting: (status, _id, random) => (random.next() < 0.08 ? 'reset' : { status }),
  // Always the same ones, so that what was refused once is never taken later.
  refusing: (status, id) => ({ status: id.charCodeAt(id.length - 1) % 8 === 0 ? 400 : status }),
};

/** Webhooks carry it under the name of Standard Webhooks, everything under that of an idempotency key. */
function idOf({ headers }: Received): string {
  return String(headers['webhook-id'] ?? headers['idempotency-key']);
}

function receipt({ headers, body, at }: Received, receiver: string, id: string, answer: Answer): Receipt {
  const attempt = headers['x-signalbox-attempt'];
  return {
    receiver,
    id,
    attempt: attempt === undefined ? null : Number(attempt),
    body: body.toString(),
    status: typeof answer === 'string' ? null : answer.status,
    at,
  };
}
