import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from './signals.js';

/** What became of a signal, as its sender saw it. */
export interface Sending {
  signal: Signal;
  /** Unix ms of the first 2xx; null: there was none. */
  acceptedAt: number | null;
  tries: number;
  /** The answers nobody should get: neither 2xx, nor 5xx, nor silence. */
  refusals: number[];
}

/** Sends signals, as many as are given to it, at the same time. */
export interface Sender {
  readonly sendings: Sending[];
  readonly send: (signal: Signal) => void;
  /** How many still wait for their 2xx. */
  readonly open: () => number;
  /** Ends the patience of those that still wait, and waits for them. */
  readonly stop: () => Promise<void>;
}

/** How long a sender of webhooks waits for an answer, and before it tries again. Unit: ms. */
const timeoutMs = 10_000;
const pauseMs = 500;

/** @param apis to each of which a signal is sent in turn, as a load balancer would do */
export function startSender(apis: readonly string[]): Sender {
  const stopping = new AbortController();
  const sendings: Sending[] = [];
  const open = new Set<Promise<void>>();
  return {
    sendings,
    send: (signal) => {
      const sending: Sending = { signal, acceptedAt: null, tries: 0, refusals: [] };
      sendings.push(sending);
      const done = untilAccepted(sending, apis, sendings.length, stopping.signal).finally(() =>
        open.delete(done),
      );
      open.add(done);
    },
    open: () => open.size,
    stop: async () => {
      stopping.abort();
      await Promise.all(open);
    },
  };
}

async function untilAccepted(
  sending: Sending,
  apis: readonly string[],
  first: number,
  stopping: AbortSignal,
): Promise<void> {
  const { signal } = sending;
  const wanted = signal.manner === 'repeats' ? 2 : 1;
  for (let accepted = 0; accepted < wanted && !stopping.aborted; ) {
    const status = await post(apis[(first + sending.tries) % apis.length] as string, signal);
    sending.tries += 1;
    if (isAccepted(status)) {
      accepted += 1;
      sending.acceptedAt ??= Date.now();
      continue;
    }
    if (status !== 0 && status < 500) sending.refusals.push(status);
    if (signal.manner === 'gives-up') return;
    await sleep(pauseMs);
  }
}

const isAccepted = (status: number) => status >= 200 && status < 300;

/** The status it was answered with; 0: none. */
async function post(api: string, { path, body, headers }: Signal): Promise<number> {
  try {
    const response = await fetch(api + path, {
      method: 'POST',
      body,
      headers: headers(),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // 2xx is known with the head; a body that breaks off does not take it back.
    await response.arrayBuffer().catch(() => null);
    return response.status;
  } catch {
    return 0;
  }
}
