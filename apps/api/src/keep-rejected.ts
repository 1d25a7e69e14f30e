import { storable } from '@signalbox/domain';
import { type Inbound, keptHeaders, type Rejection } from '@signalbox/sources';
import type { Gateway } from './gateway.js';
import { whyUnavailable } from './unavailable.js';

/** Where a request was made. */
export interface Place {
  source: string;
  subscriptionId: string | null;
  correlationId: string;
}

/**
 * Keeps a request whose sender is known, but that was turned away for what it says.
 * @returns why it cannot be kept; null when it is: answered 400 the sender would give up, and nobody would ever see it
 */
export async function keepRejection(
  { reason, detail, errors = [] }: Rejection,
  { bytes: body, headers }: Inbound,
  place: Place,
  gateway: Pick<Gateway, 'keepRejected'>,
): Promise<string | null> {
  if (body.length === 0) return null;
  const told = { reason, detail: storable(detail), errors, headers: keptHeaders(headers), body };
  try {
    await gateway.keepRejected({ ...told, ...place });
    return null;
  } catch (error) {
    const why = whyUnavailable(error);
    if (why === null) throw error;
    return why;
  }
}
