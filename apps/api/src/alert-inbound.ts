import { randomUUID } from 'node:crypto';
import type { Signal } from '@signalbox/domain';
import { alerts, isRejection, type Rejection } from '@signalbox/sources';

/**
 * An alert as if a camera had sent it; what is not given is made up. The rules for what is given are those of the door
 * for alerts.
 */
export function alertSignal(
  given: Record<string, unknown>,
): { signal: Signal; alertUuid: string } | Rejection {
  const alert = {
    url: 'https://example.com/signalbox-test.mp4',
    alert_uuid: randomUUID(),
    label: 'theft',
    time_spotted: Date.now() / 1000,
    ...given,
  };
  const bytes = Buffer.from(JSON.stringify(alert));
  const headers = { 'content-type': 'application/json' };
  const signal = alerts.normalize({ bytes, headers, receivedAt: new Date() });
  return isRejection(signal) ? signal : { signal, alertUuid: signal.eventId };
}
