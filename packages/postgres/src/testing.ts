import { newId, onCall, type Signal, type Target } from '@signalbox/domain';
import { Client } from 'pg';
import { migrate } from './migrate.js';
import type { NewSignal } from './new-signal.js';

/** A database of a test's own, with the newest schema. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes one on the server `TEST_DATABASE_URL` names, which `npm test` brings up. */
export async function testDatabase(adminUrl = process.env.TEST_DATABASE_URL): Promise<TestDatabase> {
  if (!adminUrl) throw new Error('TEST_DATABASE_URL is not set: run the tests with npm test');
  const name = `test_${newId().replaceAll('-', '')}`;
  await asAdmin(adminUrl, `create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  await migrate(url.href);
  return { url: url.href, drop: () => asAdmin(adminUrl, `drop database ${name} with (force)`) };
}

/** A theft at store x, unlike any other, owed to whoever is on call unless told otherwise. */
export function newSignal(change: Partial<Signal> = {}, targets: Target[] = [onCall]): NewSignal {
  return {
    id: newId(),
    signal: { ...theft, dedupeKey: newId(), ...change },
    routed: { targets, untold: [] },
    fanOut: false,
    maxAttempts: 6,
    correlationId: 'request-1',
    traceParent: null,
    suppressedBy: null,
  };
}

/** A user who is told through the notification service. */
export function toldUser(userId = newId()): Target {
  return { ...onCall, channel: 'notification', target: userId, userId };
}

const theft: Omit<Signal, 'dedupeKey'> = {
  eventId: 'evt',
  source: 'test',
  version: 0,
  eventType: 'alert.theft',
  kind: 'alert',
  severity: 'critical',
  service: 'x',
  summary: 'theft at x',
  description: null,
  startedAt: new Date('2024-01-15T10:40:00Z'),
  resolvedAt: null,
  audience: { type: 'store', location: 'x' },
  testMode: false,
  raw: Buffer.from('{"n":1.0,"big":12345678901234567890}'),
};

async function asAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
