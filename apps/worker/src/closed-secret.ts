import type { Send } from '@signalbox/channels';
import {
  CannotOpen,
  type Delivery,
  type Envelope,
  isSealedAddress,
  openAddress,
  type Sent,
} from '@signalbox/domain';
import { atMostEveryMinute, type Log } from '@signalbox/runtime';

/** A secret that an attempt needs cannot be opened, most likely because its key was dropped from ENCRYPTION_KEY too early. */
const unavailable: Sent = {
  outcome: { type: 'retry', reason: 'secret_unavailable' },
  targetUrl: '',
  statusCode: null,
  responseExcerpt: null,
};

/** Gives a channel its deliveries with their addresses as it needs them. */
export function addressed(send: Send, envelope: Envelope): Send {
  return (delivery) => {
    const opened = withAddress(delivery, envelope);
    return opened instanceof CannotOpen ? Promise.reject(opened) : send(opened);
  };
}

/** Sends, unless a secret it needs cannot be opened: then this is what came of the attempt, and the log says so. */
export function unlessClosed(send: Send, log: Log): Send {
  const say = atMostEveryMinute<{ error: CannotOpen; delivery: Delivery }>(({ error, delivery }, times) => {
    const { id: delivery_id, channel, target } = delivery;
    log.error({ err: error, delivery_id, channel, target, times }, 'secret.unavailable');
  });
  return async (delivery) => {
    try {
      return await send(delivery);
    } catch (error) {
      if (!(error instanceof CannotOpen)) throw error;
      say({ error, delivery });
      return unavailable;
    }
  };
}

/** A delivery with its address as the channel needs it; the error where it cannot be opened. */
export function withAddress(delivery: Delivery, envelope: Envelope): Delivery | CannotOpen {
  const { address, target } = delivery;
  if (address === null || !isSealedAddress(address)) return delivery;
  try {
    return { ...delivery, address: openAddress(envelope, address, target) };
  } catch (error) {
    if (error instanceof CannotOpen) return error;
    throw error;
  }
}
