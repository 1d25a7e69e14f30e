import { readFileSync } from 'node:fs';
import type { Delivery, Subscriber } from '@signalbox/domain';

/** A delivery of the signal that a fixture stands for, such as `alerts/theft`. */
export function deliveryOf(fixture: string, change: Partial<Delivery> = {}): Delivery {
  const pair = JSON.parse(read(`${fixture}.signal.json`).toString('utf8'));
  return {
    id: '01890000-0000-7000-8000-000000000001',
    signalId: '01890000-0000-7000-8000-000000000002',
    revision: 1,
    channel: 'any',
    target: '01890000-0000-7000-8000-000000000003',
    address: null,
    attempt: 1,
    maxAttempts: 6,
    again: false,
    subscriber: null,
    correlationId: 'request-1',
    traceParent: null,
    createdAt: new Date(),
    signal: {
      eventId: pair.event_id,
      eventType: pair.event_type,
      source: pair.source,
      kind: pair.kind,
      severity: pair.severity,
      service: pair.service,
      summary: pair.summary,
      description: pair.description,
      startedAt: new Date(pair.started_at),
      resolvedAt: null,
      testMode: false,
      raw: read(`${fixture}.json`),
    },
    ...change,
  };
}

/** Whoever gets a webhook at this URL; nothing of it is signed unless told otherwise. */
export function subscriberAt(url: string, change: Partial<Subscriber> = {}): Subscriber {
  return {
    id: '01890000-0000-7000-8000-000000000003',
    url,
    allowHttp: false,
    body: Buffer.from('{}'),
    headers: {},
    secrets: [],
    hubSignature: false,
    timeoutMs: 10_000,
    ...change,
  };
}

function read(path: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url));
}
