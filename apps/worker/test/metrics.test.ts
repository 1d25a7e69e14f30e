import { channelNames } from '@signalbox/channels';
import {
  apiKeys,
  attemptOutcome,
  type EnvironmentKey,
  type Fallback,
  hashApiKey,
  newApiKey,
  newId,
  reasons,
} from '@signalbox/domain';
import { addApiKey, revokeApiKey } from '@signalbox/postgres';
import { enqueueFirst } from '@signalbox/redis';
import { metrics } from '@signalbox/runtime';
import { type Family, namingLabels, parseExposition, sampleOf } from '@signalbox/runtime/testing';
import { fallBackAll } from '../src/fall-back.js';
import { grantsReading } from '../src/metrics-access.js';
import { serveMetrics } from '../src/metrics-server.js';
import { putInQueues } from '../src/put-in-queues.js';
import { releaseUntil } from '../src/releasing.js';
import { repairLostRedis, rescueFanOuts, searchLostJobs } from '../src/sweep.js';
import { type Bench, channel, eventually, scripted, startBench } from './running-worker.js';

let bench: Bench;
let stopMetrics: () => Promise<void>;
let url: string;
/** Of the environment. */
let given: EnvironmentKey[];

const mayRead = (authorization?: string) => grantsReading(authorization, given, bench.pool);

beforeEach(async () => {
  metrics.resetMetrics();
  given = [];
  bench = await startBench();
  stopMetrics = serveMetrics(0, '127.0.0.1', mayRead, bench.log);
  await eventually(() => bench.lines.some(({ msg }) => msg === 'metrics.listening'));
  const { address } = bench.lines.find(({ msg }) => msg === 'metrics.listening') as {
    address: { port: number };
  };
  url = `http://127.0.0.1:${address.port}`;
});

afterEach(async () => {
  await stopMetrics();
  await bench.stop();
});

async function scrape(): Promise<Map<string, Family>> {
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return parseExposition(await answer.text());
}

const delivered = { type: 'delivered' } as const;
const timeout = { type: 'retry', reason: 'timeout' } as const;
const gone = { type: 'refused', reason: 'gone' } as const;

test('attempts, how long they took, how late what arrived was, and what never did', async () => {
  const [good, late, dead, refused] = (await bench.owe(4, 2)).map(({ id }) => id);
  const outcomes = new Map([
    [good, scripted(delivered)],
    [late, scripted(timeout, delivered)],
    [dead, scripted(timeout)],
    [refused, scripted(gone)],
  ]);
  bench.start((delivery) => (outcomes.get(delivery.id) ?? scripted(delivered))(delivery));
  await enqueueFirst(
    bench.queue,
    [...outcomes.keys()].map((id) => ({ id: id as string, correlationId: 'request-1' })),
  );
  await eventually(() => bench.lines.filter(({ msg }) => msg === 'delivery.attempted').length === 6);
  const families = await scrape();
  const attempts = (outcome: string, reason: string) =>
    sampleOf(families, 'signalbox_delivery_attempts_total', { channel, outcome, reason });
  expect({
    success: attempts('success', 'none'),
    again: attempts('failed_attempt', 'timeout'),
    timeout: attempts('failure', 'timeout'),
    gone: attempts('failure', 'gone'),
  }).toEqual({ success: 2, again: 2, timeout: 1, gone: 1 });
  expect(families.get('signalbox_delivery_attempts_total')?.samples).toHaveLength(4);
  expect(sampleOf(families, 'signalbox_delivery_attempt_duration_seconds_count', { channel })).toBe(6);
  expect(sampleOf(families, 'signalbox_delivery_lag_seconds_count', { channel })).toBe(2);
  expect(sampleOf(families, 'signalbox_dead_letters_total', { channel, reason: 'timeout' })).toBe(1);
  expect(sampleOf(families, 'signalbox_dead_letters_total', { channel, reason: 'gone' })).toBe(1);
});

test('what the sweep made up for, by how it was found', async () => {
  const rescues = (families: Map<string, Family>, kind: string) =>
    sampleOf(families, 'signalbox_sweep_rescues_total', { queue: `deliver-${channel}`, kind });
  await repairLostRedis(bench);
  await bench.owe(3);
  await bench.redis.flushdb();
  await repairLostRedis(bench);
  await bench.redis.del(bench.queue.toKey('wait'));
  await bench.pool.query(`update deliveries set queued_at = queued_at - interval '1 minute',
    next_attempt_at = next_attempt_at - interval '1 minute'`);
  await searchLostJobs(bench);
  const families = await scrape();
  expect(rescues(families, 'redis_lost')).toBe(3);
  expect(rescues(families, 'passed_over')).toBe(3);
  expect(rescues(families, 'overdue')).toBe(0);
});

test('what was held, what took another channel, who was passed by, and what found no job', async () => {
  const owed = await bench.owe(3);
  const [held, slow] = owed.map(({ id }) => id);
  const gone = newId();
  await bench.pool.query(
    `update deliveries set status = 'held', channel = 'webhook', target = $2 where id = $1`,
    [held, gone],
  );
  await bench.pool.query(
    `update deliveries set channel = 'email', fallback_at = now(), fallback = $2 where id = $1`,
    [slow, JSON.stringify({ next: [{ channel: 'sms', address: null }], afterMs: null } satisfies Fallback)],
  );
  await bench.pool.query(
    `insert into fan_outs (signal_id, revision, location, severity, max_attempts, correlation_id, touched_at)
     values ($1, 1, 'x', 'critical', 6, 'request-1', now() - interval '1 minute')`,
    [gone],
  );
  const stopping = new AbortController();
  const releasing = releaseUntil(stopping.signal, bench);
  await eventually(() => bench.lines.some(({ msg }) => msg === 'held.released'));
  stopping.abort();
  await releasing;
  await fallBackAll({ ...bench, maxAttempts: 3 });
  await rescueFanOuts(bench);
  bench.redis.disconnect();
  await putInQueues(owed, bench.queues, bench.log);

  const families = await scrape();
  expect({
    released: sampleOf(families, 'signalbox_held_released_total'),
    fallbacks: sampleOf(families, 'signalbox_fallbacks_total', { channel: 'sms' }),
    fanOuts: sampleOf(families, 'signalbox_sweep_rescues_total', { queue: 'fan-out', kind: 'fan_out' }),
    withoutJob: sampleOf(families, 'signalbox_enqueue_failures_total', { queue: bench.queue.name }),
  }).toEqual({ released: 1, fallbacks: 1, fanOuts: 1, withoutJob: 3 });
});

test('no label names anybody, and ours come from closed lists', async () => {
  const owed = await bench.owe(2);
  bench.start(scripted(gone));
  await enqueueFirst(bench.queue, owed);
  await eventually(() => bench.lines.filter(({ msg }) => msg === 'delivery.attempted').length === 2);
  const families = await scrape();
  expect(namingLabels(families)).toEqual([]);
  const lists: Record<string, readonly string[]> = {
    channel: [...channelNames, channel],
    outcome: (['delivered', 'pending', 'failed'] as const).map((status) =>
      attemptOutcome({ status, reason: 'gone', delayMs: 0 }),
    ),
    reason: [...reasons, 'none'],
    queue: [...channelNames, channel].map((name) => `deliver-${name}`).concat('fan-out'),
    kind: ['passed_over', 'overdue', 'redis_lost', 'fan_out'],
    change: ['opened', 'closed', 'recovered'],
  };
  for (const [name, { samples, help }] of families) {
    if (!name.startsWith('signalbox_')) continue;
    expect(help).toMatch(/^[A-Z].+\.$/);
    for (const [label, value] of samples.flatMap(({ labels }) => Object.entries(labels))) {
      if (label !== 'le') expect(lists[label]).toContain(value);
    }
  }
});

test('/healthz says that we live, anything else is not there, and a port that is taken stops nothing', async () => {
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ ok: true });
  expect((await fetch(`${url}/metrics?name=x`)).status).toBe(200);
  expect((await fetch(url)).status).toBe(404);
  const stop = serveMetrics(Number(new URL(url).port), '127.0.0.1', mayRead, bench.log);
  await eventually(() => bench.lines.some(({ msg }) => msg === 'metrics.cannot_listen'));
  await stop();
  await stopMetrics();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});

test('once there are keys, one that may read is asked for; /healthz stays open', async () => {
  const status = async (key?: string) => {
    const headers = new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` });
    const answer = await fetch(`${url}/metrics`, { headers });
    if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    return answer.status;
  };
  const [kept, reader, publisher] = [newApiKey(), newApiKey(), newApiKey()];
  const id = newId();
  await addApiKey(bench.pool, { id, name: 'x', scope: 'read', hash: hashApiKey(kept) });
  expect([await status(), await status(newApiKey()), await status(kept)]).toEqual([401, 401, 200]);
  given = apiKeys(false).parse(`ingest:${publisher},read:${reader}`);
  expect([await status(), await status(publisher), await status(reader), await status(kept)]).toEqual([
    401, 401, 200, 200,
  ]);
  await revokeApiKey(bench.pool, id);
  expect(await status(kept)).toBe(401);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});
