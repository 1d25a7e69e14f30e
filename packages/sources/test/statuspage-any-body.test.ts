import { normalizedEventSchema, toNormalizedEvent } from '@signalbox/domain';
import * as fc from 'fast-check';
import { closeVanished, type OpenSignal, readSummary } from '../src/statuspage.js';
import { watch } from './statuspage-store.js';

const now = new Date('2026-03-01T12:00:00Z');

const junk = fc.jsonValue({ maxDepth: 2 });

/** Mostly something that fits, so that most rows can be used, and now and then anything. */
function mostly(...fitting: unknown[]): fc.Arbitrary<unknown> {
  return orJunk(fc.constantFrom(...fitting));
}

function orJunk(fitting: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: fitting }, { weight: 1, arbitrary: junk });
}

/** Few, so that the rows of several polls meet. */
const id = mostly('a', 'b', 'c');
const name = orJunk(fc.string({ minLength: 1 }));
const time = mostly(
  '2026-03-01T11:00:00Z',
  '2021-09-30T00:55:18.175-07:00',
  '9999-12-31T23:59:59-23:59',
  null,
);
const status = mostly(
  'investigating',
  'monitoring',
  'resolved',
  'completed',
  '\u0000',
  '\ud800',
  '__proto__',
);
const impact = mostly('critical', 'major', 'minor', 'none', 'maintenance', 'cosmic', 'constructor');
const update = fc.record({ id, status, body: name, created_at: time });
const announcement = fc.record(
  {
    id,
    name,
    status,
    impact,
    started_at: time,
    created_at: time,
    updated_at: time,
    resolved_at: mostly(null, null, null, '2026-03-01T11:30:00Z'),
    scheduled_for: time,
    incident_updates: orJunk(fc.array(orJunk(update), { maxLength: 3 })),
  },
  { requiredKeys: ['id', 'name', 'status', 'impact'] },
);
const component = fc.record(
  {
    id,
    name,
    status: mostly(
      'operational',
      'operational',
      'partial_outage',
      'major_outage',
      'under_maintenance',
      'on_fire',
    ),
    updated_at: time,
    group: mostly(false, false, false, true, null),
  },
  { requiredKeys: ['id', 'name', 'status'] },
);

function listOf(row: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return orJunk(fc.array(orJunk(row), { maxLength: 3 }));
}

const page = fc.record(
  {
    incidents: listOf(announcement),
    components: listOf(component),
    scheduled_maintenances: listOf(announcement),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 8, arbitrary: page },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
);

test('whatever pages say, one after the other: what is kept is well-formed, what is told makes sense', () => {
  let calls = 0;
  fc.assert(
    fc.property(fc.array(body, { maxLength: 8 }), body, (bodies, incidents) => {
      const seen = watch('vendor');
      for (const [minute, said] of bodies.entries()) {
        const at = now.getTime() + minute * 60_000;
        seen.poll(said ?? 'null', new Date(at), incidents ?? 'null');
        const again = seen.poll(said ?? 'null', new Date(at + 1), incidents ?? 'null');
        expect(again).toEqual(again && 'invalid' in again ? again : { ...again, changes: [], vanished: [] });
      }
      calls += seen.calls.length;
      for (const { signal } of seen.kept.values()) {
        normalizedEventSchema.parse(toNormalizedEvent(signal));
        expect(signal.resolvedAt === null || signal.resolvedAt >= signal.startedAt).toBe(true);
      }
      expect(seen.calls.filter((call, at) => !alternates(seen.calls, call, at))).toEqual([]);
    }),
    { numRuns: 600, seed: 20_260_301 },
  );
  expect(calls).toBeGreaterThan(300);
});

/** Of one signal a trigger comes first, and then resolve and trigger in turn. */
function alternates(calls: readonly string[], call: string, at: number): boolean {
  const [action, id] = call.split(/ (.*)/s);
  const before = calls.slice(0, at).filter((earlier) => earlier.split(/ (.*)/s)[1] === id).length;
  return action === (before % 2 === 0 ? 'trigger' : 'resolve');
}

test('bytes that are no JSON at all are no poll, and close nothing wrongly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
      const bytes = Buffer.from(array);
      expect(readSummary({ name: 'vendor' }, bytes, [], now)).toHaveProperty('invalid');
      const vanished: OpenSignal = {
        signalId: 'id',
        dedupeKey: 'incident/a',
        version: 1,
        eventId: 'a',
        kind: 'incident',
        severity: 'critical',
        summary: 'A',
        description: null,
        startedAt: now,
        raw: bytes,
        suppressedBy: null,
      };
      expect(closeVanished({ name: 'vendor' }, vanished, bytes, now).resolvedAt).toEqual(now);
    }),
    { numRuns: 500, seed: 20_260_301 },
  );
});
