import { newId, onCall, type Signal, type Target } from '@signalbox/domain';
import {
  connect,
  deliveriesOfSignal,
  findSignal,
  isDataError,
  leaseDeliveries,
  type Pool,
  storeSignals,
} from '../src/index.js';
import { newSignal, type TestDatabase, testDatabase, toldUser } from '../src/testing.js';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase();
  pool = connect(database.url, 10, () => undefined);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const user = toldUser;

function incoming(change: Partial<Signal> = {}, targets = [user()]) {
  return newSignal(change, targets);
}

test('a new signal and its deliveries are kept, its body byte for byte', async () => {
  const item = incoming({}, [user(), user()]);
  const [stored] = await storeSignals(pool, [item]);
  expect(stored).toMatchObject({ type: 'new', signalId: item.id, revision: 1 });
  expect(stored?.owed).toHaveLength(2);

  const found = await findSignal(pool, item.id);
  expect(found?.raw.equals(item.signal.raw)).toBe(true);
  expect(found).toMatchObject({ routed: true, deliveredTo: [], severity: 'critical', revision: 1 });
  expect(await deliveriesOfSignal(pool, item.id, 50, null)).toHaveLength(2);
});

test('a batch keeps every body with its own signal, bytes that are no text included', async () => {
  const bodies = ['', '{}', '\u0000\u0001', 'ü€𝄞'].map((text) => Buffer.from(text));
  bodies.push(Buffer.from([0xff, 0xfe, 0x00, 0x5c]));
  const items = bodies.map((raw) => incoming({ raw }));
  await storeSignals(pool, items);
  for (const item of items) {
    expect((await findSignal(pool, item.id))?.raw.equals(item.signal.raw)).toBe(true);
  }
});

test('the same key again is a duplicate and owes nothing, in one batch, in two, and at the same time', async () => {
  const dedupeKey = newId();
  const same = () => incoming({ dedupeKey });
  const inOneBatch = await storeSignals(pool, [same(), same()]);
  const later = await storeSignals(pool, [same()]);
  const atOnce = await Promise.all(Array.from({ length: 8 }, () => storeSignals(pool, [same()])));

  expect(inOneBatch.map(({ type }) => type)).toEqual(['new', 'duplicate']);
  const id = inOneBatch[0]?.signalId;
  for (const stored of [...later, ...atOnce.flat()]) {
    expect(stored).toMatchObject({ type: 'duplicate', signalId: id, owed: [] });
  }
  expect(await deliveriesOfSignal(pool, id as string, 50, null)).toHaveLength(1);
});

test('many batches that hold the same keys in different orders do not deadlock, and one of each key is new', async () => {
  const keys = Array.from({ length: 40 }, () => newId());
  const batches = Array.from({ length: 12 }, (_, n) => (n % 2 ? keys : keys.toReversed()));
  const stored = await Promise.all(
    batches.map((batch) =>
      storeSignals(
        pool,
        batch.map((dedupeKey) => incoming({ dedupeKey })),
      ),
    ),
  );
  expect(stored.flat().filter(({ type }) => type === 'new')).toHaveLength(keys.length);
});

describe('a later version of a known signal', () => {
  const both = user();
  const standardOnly = user();
  const criticalOnly = user();
  const suspicious = { version: 1, severity: 'warning', raw: Buffer.from('"suspicious"') } as const;
  const theft = { version: 2, severity: 'critical', raw: Buffer.from('"theft"') } as const;

  test('is a revision: users not yet told at its class are owed it, and the old one stays on record', async () => {
    const dedupeKey = newId();
    const [first] = await storeSignals(pool, [incoming({ dedupeKey, ...suspicious }, [both, standardOnly])]);
    const [second] = await storeSignals(pool, [incoming({ dedupeKey, ...theft }, [both, criticalOnly])]);
    expect(second).toMatchObject({ type: 'revised', signalId: first?.signalId, revision: 2 });
    expect(second?.owed).toHaveLength(2);
    expect(await findSignal(pool, first?.signalId as string)).toMatchObject({
      revision: 2,
      severity: 'critical',
    });

    const { rows } = await pool.query(
      'select revision, severity, raw from signal_revisions where signal_id = $1',
      [first?.signalId],
    );
    expect(rows).toEqual([{ revision: 1, severity: 'warning', raw: suspicious.raw }]);
  });

  test('has the trace of its own request, and the earlier one keeps its', async () => {
    const dedupeKey = newId();
    const sent = async (change: Partial<Signal>, traceParent: string, target: Target) => {
      const [stored] = await storeSignals(pool, [
        { ...incoming({ dedupeKey, ...change }, [target]), traceParent },
      ]);
      return stored?.owed[0]?.id as string;
    };
    const ids = [await sent(suspicious, 'trace-1', both), await sent(theft, 'trace-2', criticalOnly)];
    const leased = await leaseDeliveries(pool, ids, 10_000);
    expect(leased.map((delivery) => delivery?.traceParent)).toEqual(['trace-1', 'trace-2']);
  });

  test('of the same class tells nobody twice', async () => {
    const dedupeKey = newId();
    const normal = { version: 0, severity: 'info' } as const;
    await storeSignals(pool, [incoming({ dedupeKey, ...normal }, [both])]);
    const [second] = await storeSignals(pool, [incoming({ dedupeKey, ...suspicious }, [both, standardOnly])]);
    expect(second).toMatchObject({ type: 'revised', revision: 2 });
    const owed = await deliveriesOfSignal(pool, second?.signalId as string, 50, null);
    expect(owed.map(({ target, revision }) => ({ target, revision }))).toEqual([
      { target: standardOnly.target, revision: 2 },
      { target: both.target, revision: 1 },
    ]);
  });

  test('that comes many times at once is one revision; an earlier one is a duplicate', async () => {
    const dedupeKey = newId();
    await storeSignals(pool, [incoming({ dedupeKey, ...suspicious }, [both])]);
    const stored = await Promise.all(
      Array.from({ length: 6 }, () => storeSignals(pool, [incoming({ dedupeKey, ...theft }, [both])])),
    );
    expect(
      stored
        .flat()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual([...Array(5).fill('duplicate'), 'revised']);
    const [late] = await storeSignals(pool, [incoming({ dedupeKey, ...suspicious }, [both])]);
    expect(late).toMatchObject({ type: 'duplicate', revision: 2 });
  });

  test('leaves what was owed for the old version as it was promised', async () => {
    const dedupeKey = newId();
    const [first] = await storeSignals(pool, [incoming({ dedupeKey, ...suspicious }, [both])]);
    const [second] = await storeSignals(pool, [incoming({ dedupeKey, ...theft }, [both])]);
    const ids = [first?.owed[0]?.id as string, second?.owed[0]?.id as string];
    const leased = await leaseDeliveries(pool, ids, 1_000);
    expect(leased.map((delivery) => delivery?.signal.raw.toString())).toEqual(['"suspicious"', '"theft"']);
  });
});

test('a row that Postgres will not take fails the batch with a data error, and keeps nothing of it', async () => {
  const good = incoming();
  const bad = incoming({ summary: 'no \u0000 in text' });
  const error = await storeSignals(pool, [good, bad]).catch((caught: unknown) => caught);
  expect(isDataError(error)).toBe(true);
  expect(await findSignal(pool, good.id)).toBeNull();
});

describe('a signal of a status page', () => {
  const page = onCall;
  const at = (version: number, change: Partial<Signal>) => ({
    ...change,
    version,
    kind: 'incident' as const,
  });

  test('pages when it escalates, not when it de-escalates, closes what it opened, and pages again when it reopens', async () => {
    const dedupeKey = newId();
    const send = async (version: number, change: Partial<Signal>, targets: Target[]) => {
      const [stored] = await storeSignals(pool, [incoming({ dedupeKey, ...at(version, change) }, targets)]);
      return `${stored?.type} ${stored?.owed.length}`;
    };
    const resolvedAt = new Date();
    expect(await send(1, { severity: 'warning' }, [])).toBe('new 0');
    expect(await send(2, { severity: 'critical' }, [page])).toBe('revised 1');
    expect(await send(3, { severity: 'critical', summary: 'more' }, [page])).toBe('revised 0');
    expect(await send(4, { severity: 'warning' }, [])).toBe('revised 0');
    expect(await send(5, { severity: 'warning', resolvedAt }, [])).toBe('revised 1');
    expect(await send(6, { severity: 'critical' }, [page])).toBe('revised 1');
    expect(await send(7, { severity: 'critical', resolvedAt }, [page])).toBe('revised 1');
    expect(await send(7, { severity: 'critical' }, [page])).toBe('duplicate 0');
  });

  test('that paged nobody is closed in silence', async () => {
    const dedupeKey = newId();
    await storeSignals(pool, [incoming({ dedupeKey, ...at(1, { severity: 'warning' }) }, [])]);
    const [over] = await storeSignals(pool, [
      incoming({ dedupeKey, ...at(2, { severity: 'warning', resolvedAt: new Date() }) }, []),
    ]);
    expect(over?.owed).toEqual([]);
  });

  test('is told in order where the channel asks for it: the resolve waits until its trigger has ended', async () => {
    const dedupeKey = newId();
    const [open] = await storeSignals(pool, [incoming({ dedupeKey, ...at(1, {}) }, [page])]);
    const [over] = await storeSignals(pool, [
      incoming({ dedupeKey, ...at(2, { resolvedAt: new Date() }) }, [page]),
    ]);
    const [trigger, resolve] = [open?.owed[0]?.id as string, over?.owed[0]?.id as string];
    expect(await leaseDeliveries(pool, [resolve], 1_000, true)).toEqual([null]);
    expect(
      (await leaseDeliveries(pool, [trigger, resolve], 1_000, true)).map((delivery) => delivery?.id),
    ).toEqual([trigger, undefined]);
    await pool.query("update deliveries set status = 'delivered' where id = $1", [trigger]);
    const [leased] = await leaseDeliveries(pool, [resolve], 1_000, true);
    expect(leased).toMatchObject({ id: resolve, revision: 2 });
    expect(leased?.signal.resolvedAt).not.toBeNull();
  });
});
