import {
  type AdmissionRequest,
  type AttemptReport,
  admit,
  connectCommands,
  type Gate,
  openBreakers,
  type Redis,
  settleAdmissions,
} from '../src/index.js';
import { type TestRedis, testRedis } from '../src/testing.js';
import { type Answer, type Simulation, simulate, stopClock, type Wind } from './simulation.js';

let server: TestRedis;
/** By the clock of Redis. */
let redis: Redis;
/** By a clock that stands still until it is wound. */
let wound: Redis;
let wind: Wind;

beforeAll(async () => {
  server = await testRedis();
  redis = await connected();
  wound = await connected();
  wind = stopClock(wound);
});

beforeEach(() => wind(0));

afterEach(async () => {
  const keys = await redis.keys('{gates}:*');
  for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0);
  await redis.flushdb();
});

afterAll(async () => {
  redis.disconnect();
  wound.disconnect();
  await server.drop();
});

async function connected(): Promise<Redis> {
  const connection = connectCommands(server.url, (error) => {
    throw error;
  });
  if (connection.status !== 'ready') await new Promise((resolve) => connection.once('ready', resolve));
  return connection;
}

const open: Gate = { target: 'a', maxInFlight: 10, pace: null };
const tenPerSecond: Gate = { ...open, pace: { count: 10, periodMs: 1_000 } };

function request(delivery: number | string, change: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return { gate: open, delivery: `d${delivery}`, reserved: false, leaseMs: 15_000, ...change };
}

function requests(count: number, change: Partial<AdmissionRequest> = {}, from = 0): AdmissionRequest[] {
  return Array.from({ length: count }, (_, index) => request(from + index, change));
}

function report(delivery: number | string, change: Partial<AttemptReport> = {}): AttemptReport {
  return {
    gate: open,
    delivery: `d${delivery}`,
    result: 'ok',
    durationMs: 50,
    retryAfterMs: null,
    ...change,
  };
}

/** Admits a delivery that must be admitted, and reports what came of it. */
async function attempt(delivery: number | string, change: Partial<AttemptReport> = {}) {
  const { gate = open } = change;
  expect(await admit(wound, [request(delivery, { gate, reserved: true })])).toEqual([0]);
  return settleAdmissions(wound, [report(delivery, change)]);
}

function reports(count: number, change: Partial<AttemptReport> = {}, from = 0): AttemptReport[] {
  return Array.from({ length: count }, (_, index) => report(from + index, change));
}

const zeros = (waits: number[]) => waits.filter((wait) => wait === 0).length;

/** The most that fall within any window of `ms`, both of its ends included. */
function fullest(times: readonly number[], ms: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  return Math.max(
    ...sorted.map((at, index) => {
      while (at - (sorted[first] as number) > ms) first += 1;
      return index - first + 1;
    }),
  );
}

const quick = (): Answer => ({ result: 'ok', durationMs: 50, retryAfterMs: null });
const hanging = (): Answer => ({ result: 'failed', durationMs: 10_000, retryAfterMs: null });
const throttled = (): Answer => ({ result: 'throttled', durationMs: 5, retryAfterMs: null });

function simulated(given: Pick<Simulation, 'arrivals' | 'serve'> & Partial<Simulation>) {
  return simulate(wound, wind, { gate: open, untilMs: 3_600_000, ...given });
}

describe('the cap', () => {
  test('holds over two processes; a place is free as soon as an attempt is reported', async () => {
    const other = await connected();
    const gate = { ...open, maxInFlight: 5 };
    const answers = await Promise.all(
      requests(20, { gate }).map((one, index) => admit(index % 2 ? redis : other, [one])),
    );
    const waits = answers.flat();
    expect(zeros(waits)).toBe(5);
    const inFlight = waits.indexOf(0);
    const waiting = waits.findIndex((wait) => wait > 0);
    const again = [request(waiting, { gate, reserved: true })];
    expect(zeros(await admit(other, again))).toBe(0);
    await settleAdmissions(redis, [report(inFlight, { gate })]);
    expect(zeros(await admit(other, again))).toBe(1);
    other.disconnect();
  });

  test('a delivery that is under way is admitted again, and takes no second place', async () => {
    const gate = { ...open, maxInFlight: 2 };
    expect(await admit(wound, requests(2, { gate }))).toEqual([0, 0]);
    await wind(10_000);
    expect(await admit(wound, [request(0, { gate })])).toEqual([0]);
    expect(zeros(await admit(wound, [request('new', { gate })]))).toBe(0);
    const [first, second] = requests(2, { gate: { ...gate, target: 'b' } }) as [
      AdmissionRequest,
      AdmissionRequest,
    ];
    expect(await admit(wound, [first, first, second])).toEqual([0, 0, 0]);
    // The lease of the one that asked again was renewed, that of the other was not.
    await wind(6_000);
    expect(zeros(await admit(wound, requests(2, { gate, reserved: true }, 10)))).toBe(1);
  });

  test('what a dead worker had under way expires with its lease', async () => {
    expect(zeros(await admit(wound, requests(10)))).toBe(10);
    await wind(14_999);
    expect(zeros(await admit(wound, requests(10, { reserved: true }, 10)))).toBe(0);
    await wind(2);
    expect(zeros(await admit(wound, requests(20, { reserved: true }, 10)))).toBe(10);
  });

  test('other targets are not concerned', async () => {
    await admit(wound, requests(20));
    expect(await admit(wound, [request(1, { gate: { ...open, target: 'b' } })])).toEqual([0]);
  });

  test('a newcomer does not overtake those who wait, unless nobody has come for a while', async () => {
    await admit(wound, requests(2_000));
    await settleAdmissions(wound, reports(10, { durationMs: 1_000 }));
    expect(zeros(await admit(wound, [request('new')]))).toBe(0);
    // Those who waited were canceled.
    await wind(3_000);
    expect(await admit(wound, [request('newer'), request('newest')])).toEqual([0, 0]);
  });

  test('a short line needs nobody to wake it', async () => {
    const { changes, moves } = await simulated({ arrivals: Array(60).fill(0), serve: quick });
    expect(changes).toEqual([]);
    expect(moves).toBeLessThan(2);
  });

  test('nobody is sent away for much more than an hour, however slow the target is', async () => {
    const gate = { ...open, maxInFlight: 1 };
    await attempt(0, { gate, durationMs: 10_000 });
    const waits = await admit(wound, requests(2_000, { gate }, 1));
    expect(Math.max(...waits)).toBeLessThanOrEqual(60 * 60 * 1_000);
    // Nor do they all come at once.
    expect(new Set(waits).size).toBeGreaterThan(500);
  });
});

describe('the pace', () => {
  test('300 at once: each has a slot of its own, 100 ms after the one before', async () => {
    const waits = await admit(wound, requests(300, { gate: tenPerSecond }));
    expect(waits).toEqual(Array.from({ length: 300 }, (_, index) => 100 * index));
  });

  test('10 per second are 600 ± 2 in a minute, evenly, however the deliveries arrive', async () => {
    const arrivals = Array.from({ length: 1_000 }, (_, index) => (index * 7_919) % 40_000);
    const { sends } = await simulated({ gate: tenPerSecond, arrivals, serve: quick, untilMs: 65_000 });
    const [first = 0] = sends;
    const minute = sends.filter((at) => at < first + 60_000);
    expect(Math.abs(minute.length - 600)).toBeLessThanOrEqual(2);
    expect(fullest(sends, 999)).toBeLessThanOrEqual(10);
  });

  test('by the clock of Redis, over two processes: 150 of 50 per second take three seconds', async () => {
    const gate = { ...open, maxInFlight: 100, pace: { count: 50, periodMs: 1_000 } };
    const other = await connected();
    const times = await Promise.all(
      requests(151, { gate }).map((one, index) => admittedAt(index % 2 ? redis : other, one)),
    );
    other.disconnect();
    const took = Math.max(...times) - Math.min(...times);
    // Whoever comes late shifts its send, by a quarter of a second at most.
    expect(took).toBeGreaterThanOrEqual(3_000 - 250);
    expect(took).toBeLessThan(5_500);
    expect(fullest(times, 1_000)).toBeLessThanOrEqual(51 + 13);
  });

  /** Waits as it is told until it is admitted; answers when that was by the clock of Redis, in ms. */
  async function admittedAt(connection: Redis, one: AdmissionRequest): Promise<number> {
    for (let reserved = false; ; reserved = true) {
      const [[wait = 0], [seconds, micros]] = await Promise.all([
        admit(connection, [{ ...one, reserved }]),
        connection.time(),
      ]);
      if (wait === 0) {
        await settleAdmissions(connection, [{ ...report(''), gate: one.gate, delivery: one.delivery }]);
        return Number(seconds) * 1_000 + Number(micros) / 1_000;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  test('those who come much too late do not go all at once', async () => {
    const late = requests(100, { gate: tenPerSecond });
    await admit(wound, late);
    await wind(20_000);
    const waits = await admit(
      wound,
      late.map((one) => ({ ...one, reserved: true })),
    );
    expect(zeros(waits)).toBeLessThanOrEqual(4);
    const waiting = waits.filter((wait) => wait > 0);
    expect(fullest(waiting, 999)).toBeLessThanOrEqual(10);
  });

  test('a slot that nobody comes for is lost and delays nobody', async () => {
    const waits = await admit(wound, requests(3, { gate: tenPerSecond }));
    await wind(waits[2] as number);
    expect(await admit(wound, [request(2, { gate: tenPerSecond, reserved: true })])).toEqual([0]);
  });

  test('three per second never are four, although a third of a second is no whole number', async () => {
    const gate = { ...open, pace: { count: 3, periodMs: 1_000 } };
    expect(await admit(wound, requests(4, { gate }))).toEqual([0, 334, 667, 1_001]);
  });

  test('a pace of a few per hour is kept as well', async () => {
    const gate = { ...open, pace: { count: 3, periodMs: 3_600_000 } };
    expect(await admit(wound, requests(5, { gate }))).toEqual([
      0, 1_200_000, 2_400_000, 3_600_000, 4_800_000,
    ]);
    expect(await redis.pttl('{gates}:a')).toBeGreaterThan(4_800_000);
  });
});

describe('the breaker', () => {
  const failed = { result: 'failed' as const, durationMs: 10_000 };

  async function fail(times: number) {
    const changes = [];
    for (let i = 0; i < times; i += 1) changes.push(...(await attempt(i, failed)));
    return changes;
  }

  /** The wait of one who comes for its place while nobody may go. */
  async function wait(): Promise<number> {
    const [ms = 0] = await admit(wound, [request('w', { reserved: true })]);
    return ms;
  }

  test('opens after five failures in a row; a success and a 429 in between count as what they are', async () => {
    expect(await fail(4)).toEqual([]);
    expect(await attempt(9)).toEqual([]);
    expect(await fail(4)).toEqual([]);
    await attempt(9, { result: 'throttled' });
    await wind(10_000);
    expect(await fail(1)).toEqual([{ target: 'a', change: 'opened' }]);
    expect(await wait()).toBeGreaterThanOrEqual(5_000);
    expect(Math.min(...(await admit(wound, requests(50))))).toBeGreaterThanOrEqual(5_000);
  });

  test('lets one of 50 probe, of newcomers and others; a success closes it and says so', async () => {
    await fail(5);
    await wind(5_001);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => admit(wound, [request(index, { reserved: index % 2 === 0 })])),
    );
    const waits = answers.flat();
    expect(zeros(waits)).toBe(1);
    expect(await settleAdmissions(wound, [report(waits.indexOf(0))])).toEqual([
      { target: 'a', change: 'closed' },
    ]);
    expect(await admit(wound, requests(10, {}, 100))).toEqual(Array(10).fill(0));
  });

  test('is counted while it is open, until nothing is known of its target any more', async () => {
    const startedAt = 0;
    await fail(5);
    expect(await openBreakers(wound, startedAt)).toBe(1);
    expect(await openBreakers(wound, Number.MAX_SAFE_INTEGER)).toBe(0);
    await wind(5_001);
    await attempt('probe');
    expect(await openBreakers(wound, startedAt)).toBe(0);
  });

  test('may be probed by a newcomer, although others wait', async () => {
    await fail(5);
    await admit(wound, requests(100));
    await wind(5_000);
    expect(await admit(wound, [request('new')])).toEqual([0]);
  });

  test('stays open twice as long with every probe that fails, up to a minute', async () => {
    await fail(5);
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      await wind(seconds * 1_000 - 1);
      expect(await wait()).toBeGreaterThan(0);
      await wind(1);
      expect(await attempt('probe', failed)).toEqual([]);
    }
    await wind(60_000);
    expect(await attempt('probe')).toEqual([{ target: 'a', change: 'closed' }]);
    // And starts with five seconds when it opens again.
    await fail(5);
    await wind(5_000);
    expect(await attempt('probe')).toEqual([{ target: 'a', change: 'closed' }]);
  });

  test('is not concerned by attempts that were under way when it opened, except by a success', async () => {
    await admit(wound, requests(10));
    await settleAdmissions(wound, reports(5, failed));
    await settleAdmissions(wound, reports(4, failed, 5));
    await wind(5_000);
    expect(await attempt('probe', failed)).toEqual([]);
    expect(await settleAdmissions(wound, [report(9)])).toEqual([{ target: 'a', change: 'closed' }]);
  });

  test('a probe that nobody reports expires with its lease', async () => {
    await fail(5);
    await wind(5_000);
    expect(await admit(wound, [request('probe', { reserved: true })])).toEqual([0]);
    await wind(14_999);
    expect(await wait()).toBeGreaterThan(0);
    await wind(1);
    expect(await wait()).toBe(0);
  });

  test('a probe that is throttled neither closes it nor opens it for longer', async () => {
    await fail(5);
    await wind(5_000);
    expect(await attempt('probe', { result: 'throttled' })).toEqual([]);
    expect(await wait()).toBeGreaterThanOrEqual(5_000);
    await wind(5_000);
    expect(await attempt('probe')).toEqual([{ target: 'a', change: 'closed' }]);
  });

  test('reports of attempts that were not admitted change nothing', async () => {
    expect(await settleAdmissions(wound, reports(10, failed))).toEqual([]);
    expect(await admit(wound, [request(0)])).toEqual([0]);
  });
});

describe('a target that asks us to be slower', () => {
  /** Sends evenly, as fast as `everyMs`, and lets all succeed. */
  async function send(count: number, everyMs: number) {
    for (let i = 0; i < count; i += 1) {
      await wind(everyMs);
      await attempt(i, { durationMs: 5 });
    }
  }

  /** How far apart two deliveries are sent that come at once, when nobody waits. */
  async function distance(gate = open): Promise<number> {
    await wind(10_000);
    const [now, later = 0] = await admit(wound, requests(2, { gate }, 1_000));
    expect(now).toBe(0);
    await settleAdmissions(wound, reports(2, { gate }, 1_000));
    return later;
  }

  test('is left alone for as long as it says, by all', async () => {
    await attempt(0, { result: 'throttled', retryAfterMs: 30_000 });
    await wind(29_999);
    const waits = await admit(wound, [...requests(10), ...requests(10, { reserved: true }, 10)]);
    expect(zeros(waits)).toBe(0);
    await wind(1);
    expect(await admit(wound, [request(10, { reserved: true })])).toEqual([0]);
  });

  test('is not left alone for more than an hour', async () => {
    await attempt(0, { result: 'throttled', retryAfterMs: 1e12 });
    await wind(3_600_000 - 1);
    expect(zeros(await admit(wound, [request(1, { reserved: true })]))).toBe(0);
    await wind(1);
    expect(await admit(wound, [request(1, { reserved: true })])).toEqual([0]);
  });

  test('still gets one in five seconds, however often it asks', async () => {
    for (let i = 0; i < 20; i += 1) {
      await wind(20_000);
      await attempt(i, { result: 'throttled' });
    }
    expect(await distance()).toBe(5_000);
  });

  test('gets half of what it got before; what was sent before that does not halve it again', async () => {
    await send(500, 10);
    await admit(wound, requests(5, {}, 900));
    await settleAdmissions(wound, reports(5, { result: 'throttled' }, 900));
    // About 100 per second were sent, and five more in the end.
    const ms = await distance();
    expect(ms).toBeGreaterThanOrEqual(17);
    expect(ms).toBeLessThanOrEqual(22);
  });

  test('gets more with every success, but only while it could do with more', async () => {
    await send(500, 10);
    await attempt(900, { result: 'throttled' });
    for (let i = 0; i < 100; i += 1) {
      await wind(500);
      // The second of the two is held back by the cap, not by us.
      const gate = { ...open, maxInFlight: 1 };
      expect(zeros(await admit(wound, requests(2, { gate, reserved: true })))).toBe(1);
      await settleAdmissions(wound, [report(0, { gate, durationMs: 5 })]);
    }
    expect(await distance()).toBeGreaterThanOrEqual(17);
    const { sends } = await simulated({ arrivals: Array.from({ length: 300 }, () => 0), serve: quick });
    expect(sends.filter((at) => at <= 200).length).toBeLessThanOrEqual(25);
    expect(await distance()).toBe(0);
  });

  test('is believed to be well again five minutes after it last asked', async () => {
    await attempt(0, { result: 'throttled' });
    expect(await distance()).toBeGreaterThan(1_000);
    await wind(300_000);
    await attempt(1);
    expect(await distance()).toBe(0);
  });

  test('never gets more than its pace', async () => {
    await send(5, 100);
    await attempt(900, { gate: tenPerSecond, result: 'throttled' });
    expect(await distance(tenPerSecond)).toBeGreaterThan(100);
    const arrivals = Array.from({ length: 300 }, () => 0);
    const { sends } = await simulated({ gate: tenPerSecond, arrivals, serve: quick });
    expect(fullest(sends, 999)).toBeLessThanOrEqual(10 + 3);
  });
});

describe('2,000 deliveries at once', () => {
  const arrivals = Array.from({ length: 2_000 }, () => 0);
  test('for a target that hangs: ten are tried, and each is moved less than twice in a minute', async () => {
    const { sends, moves, mostMoves } = await simulated({ arrivals, serve: hanging, untilMs: 60_000 });
    expect(sends.length).toBeLessThanOrEqual(15);
    expect(moves).toBeLessThan(2);
    expect(mostMoves).toBeLessThan(20);
  });

  test('for a target that was quick and now hangs: they do not come back as soon as they used to', async () => {
    await attempt(0, { durationMs: 5 });
    const { moves } = await simulated({ arrivals, serve: hanging, untilMs: 30_000 });
    expect(moves).toBeLessThan(3);
  });

  test('for a target that refuses connections: hardly any attempt is spent', async () => {
    const serve = () => ({ ...hanging(), durationMs: 5 });
    const { sends, moves } = await simulated({ arrivals, serve, untilMs: 300_000 });
    expect(sends.length).toBeLessThanOrEqual(25);
    expect(moves).toBeLessThan(2.5);
  });

  test('for a target that answers 429 to all: hardly any attempt is spent', async () => {
    const { sends, moves } = await simulated({ arrivals, serve: throttled, untilMs: 60_000 });
    expect(sends.length).toBeLessThanOrEqual(40);
    expect(moves).toBeLessThan(2);
  });

  test('for a target that takes ten per second and says no more than 429: it gets nearly as much', async () => {
    let [second, taken] = [0, 0];
    const serve = (at: number) => {
      if (Math.floor(at / 1_000) !== second) [second, taken] = [Math.floor(at / 1_000), 0];
      taken += 1;
      return taken > 10 ? throttled() : quick();
    };
    const { sends, endMs, moves } = await simulated({ arrivals, serve });
    expect(sends.length).toBeLessThan(2_100);
    expect(endMs).toBeLessThan(500_000);
    expect(moves).toBeLessThan(5);
  });

  test('are delivered at once when a dead target is back, within the minute that the breaker may take', async () => {
    const serve = (at: number) => (at < 100_000 ? hanging() : quick());
    const { endMs, changes, moves } = await simulated({ arrivals, serve });
    expect(endMs).toBeLessThan(190_000);
    expect(changes).toEqual(['opened', 'closed']);
    expect(moves).toBeLessThan(3.5);
  });

  test('are delivered at once when a very slow target is quick again', async () => {
    const serve = (at: number) => ({ ...quick(), durationMs: at < 60_000 ? 9_900 : 50 });
    const { endMs, changes } = await simulated({ arrivals, serve });
    expect(changes).toEqual(['recovered']);
    expect(endMs).toBeLessThan(120_000);
  });

  test('keep a target busy whose answers take very different times', async () => {
    const { endMs, moves, mostMoves } = await simulated({ arrivals, serve: varying(500) });
    // 100 s if all ten places were taken all the time.
    expect(endMs).toBeLessThan(130_000);
    expect(moves).toBeLessThan(3);
    expect(mostMoves).toBeLessThan(20);
  });
});

/** Answers that take `averageMs` and are distributed exponentially. */
function varying(averageMs: number): () => Answer {
  let attempts = 0;
  return () => {
    attempts += 389;
    const part = ((attempts % 997) + 0.5) / 997;
    return { ...quick(), durationMs: -averageMs * Math.log(part) };
  };
}

test('with half as many again as a target can take, nobody is overtaken for long', async () => {
  const arrivals = Array.from({ length: 6_000 }, (_, index) => Math.floor(index / 0.3));
  const { done, moves, mostMoves } = await simulated({ arrivals, serve: varying(50) });
  const overtaken = done.map((arrival, place) => place - arrival);
  expect(Math.max(...overtaken)).toBeLessThan(300);
  expect(moves).toBeLessThan(2.5);
  expect(mostMoves).toBeLessThan(20);
});

test('a target that does well costs Redis less than 300 bytes, and nothing after ten minutes', async () => {
  const target = '0190b5f0-0000-7000-8000-000000000000';
  const gate = { ...tenPerSecond, target };
  await admit(redis, [request(0, { gate })]);
  await settleAdmissions(redis, [report(0, { gate })]);
  const [key, ...others] = (await redis.keys('*')).filter((name) => name !== 'stopped-clock');
  expect([key, others]).toEqual([`{gates}:${target}`, []]);
  expect(await redis.memory('USAGE', key as string)).toBeLessThan(300);
  const left = await redis.pttl(key as string);
  expect(left).toBeGreaterThan(500_000);
  expect(left).toBeLessThanOrEqual(601_000);
});

test('nothing is asked of Redis for nothing', async () => {
  expect(await admit(redis, [])).toEqual([]);
  expect(await settleAdmissions(redis, [])).toEqual([]);
});

test.each([
  [{ maxInFlight: 0 }, 'maxInFlight is 0'],
  [{ maxInFlight: 1.5 }, 'maxInFlight is 1.5'],
  [{ pace: { count: 0, periodMs: 1_000 } }, 'count is 0'],
  [{ pace: { count: 1, periodMs: Number.NaN } }, 'periodMs is NaN'],
])('no target can be held to %j', async (change, message) => {
  const gate = { ...open, ...change };
  await expect(admit(redis, [request(0, { gate })])).rejects.toThrow(new RegExp(`^${message}: it must be`));
  await expect(settleAdmissions(redis, [report(0, { gate })])).rejects.toThrow(RangeError);
});

test('a lease is 1 ms to 10 minutes long, and no time is negative', async () => {
  for (const leaseMs of [0, 600_001]) {
    await expect(admit(redis, [request(0, { leaseMs })])).rejects.toThrow(RangeError);
  }
  await expect(settleAdmissions(redis, [report(0, { durationMs: -1 })])).rejects.toThrow(RangeError);
  const retryAfterMs = Number.POSITIVE_INFINITY;
  await expect(settleAdmissions(redis, [report(0, { retryAfterMs })])).rejects.toThrow(RangeError);
});
