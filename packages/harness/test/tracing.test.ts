import { randomBytes } from 'node:crypto';
import { eventually } from '../src/eventually.js';
import { type Listener, listen } from '../src/listener.js';
import { type System, startSystem } from '../src/system.js';
import { alert, call, postAlert, query, told } from './alerting.js';
import { type CollectedSpan, type Collector, startCollector } from './collector.js';

let collector: Collector;
let system: System;
const receivers: Listener[] = [];

beforeAll(async () => {
  collector = await startCollector();
  // Spans are sent soon, rather than every 5 s.
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  system = await startSystem({ env: { ...env, RETRY_SCHEDULE: '200ms,200ms', LOG_LEVEL: 'debug' } });
});

afterAll(async () => {
  await system.stop();
  await collector.close();
  await Promise.all(receivers.map(({ close }) => close()));
});

/** Who calls us is in a trace already. */
function sender() {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

async function subscribe(url = '/hook'): Promise<{ id: string; receiver: Listener }> {
  const receiver = await listen();
  receivers.push(receiver);
  const { status, body } = await call('POST', `${system.apiUrl}/subscriptions`, { url: receiver.url + url });
  expect(status).toBe(201);
  return { id: String(body.id), receiver };
}

const ingest = (id: string, body: string, headers: Record<string, string>) =>
  call('POST', `${system.apiUrl}/ingest/${id}`, body, headers);

/** Waits for the attempts of a trace, and gives all of it, by name. */
async function traced(traceId: string, attempts: number): Promise<Map<string, CollectedSpan[]>> {
  const names = (name: string) => collector.trace(traceId).filter((span) => span.name.startsWith(name));
  await eventually(() => names('deliver ').length >= attempts && names('POST ').length === 1);
  const byName = new Map<string, CollectedSpan[]>();
  for (const span of collector.trace(traceId))
    byName.set(span.name, [...(byName.get(span.name) ?? []), span]);
  return byName;
}

test('a trace goes from the sender through the API and the queue to the receiver', async () => {
  const { id, receiver } = await subscribe('/hook?key=geheim');
  const { traceId, spanId, headers } = sender();
  const { body } = await ingest(id, '{"card":"4242424242424242"}', { ...headers, 'x-api-token': 'tok-7' });
  const trace = await traced(traceId, 1);
  const [request] = trace.get('POST /ingest/:subscription_id') as [CollectedSpan];
  const [attempt] = trace.get('deliver webhook') as [CollectedSpan];
  expect(request).toMatchObject({ service: 'signalbox-api', parentSpanId: spanId, kind: 2, statusCode: 0 });
  expect(request.attributes).toMatchObject({
    'http.route': '/ingest/:subscription_id',
    'http.response.status_code': 202,
    'signalbox.source': 'webhook',
    'signalbox.outcome': 'accepted',
    'signalbox.deliveries': 1,
    'signalbox.signal_id': body.signal_id,
  });
  expect(attempt).toMatchObject({ service: 'signalbox-worker', parentSpanId: request.spanId, kind: 3 });
  expect(attempt.attributes).toMatchObject({
    'signalbox.delivery_id': body.delivery_id,
    'signalbox.attempt': 1,
    'signalbox.outcome': 'success',
    'http.response.status_code': 204,
    'url.full': `${receiver.url}/hook`,
  });
  expect(receiver.requests[0]?.headers.traceparent).toBe(`00-${traceId}-${attempt.spanId}-01`);
  for (const step of ['store', 'enqueue']) {
    expect(trace.get(step)).toMatchObject([{ parentSpanId: request.spanId, kind: 1 }]);
  }
  const [job] = attempt.links;
  await eventually(() => collector.spans().some((span) => span.spanId === job?.spanId));
  expect(collector.trace(job?.traceId ?? '').map(({ name }) => name)).toEqual(
    expect.arrayContaining(['addBulk deliver-webhook', 'process deliver-webhook']),
  );
  for (const secret of ['geheim', '4242', 'tok-7']) expect(collector.text()).not.toContain(secret);
});

test('requests that share a batch keep their traces apart', async () => {
  const { id } = await subscribe();
  const senders = Array.from({ length: 20 }, sender);
  const answers = await Promise.all(senders.map(({ headers }, n) => ingest(id, `${n}`, headers)));
  for (const [n, { traceId }] of senders.entries()) {
    const trace = await traced(traceId, 1);
    expect([...trace.keys()].toSorted()).toEqual([
      'POST /ingest/:subscription_id',
      'deliver webhook',
      'enqueue',
      'store',
    ]);
    expect(trace.get('deliver webhook')).toMatchObject([
      { attributes: { 'signalbox.delivery_id': answers[n]?.body.delivery_id } },
    ]);
  }
  const jobs = senders.map(({ traceId }) => jobOf(traceId));
  expect(new Set(jobs).size).toBeLessThan(jobs.length);
});

const jobOf = (traceId: string) =>
  collector.trace(traceId).find(({ name }) => name === 'deliver webhook')?.links[0]?.spanId;

test('a retry is one more span of the same trace, and says what went wrong', async () => {
  const { id, receiver } = await subscribe();
  receiver.respond(() => ({ status: receiver.requests.length < 2 ? 500 : 204 }));
  const { traceId, headers } = sender();
  await ingest(id, '{}', headers);
  const attempts = (await traced(traceId, 2)).get('deliver webhook') ?? [];
  const told = attempts
    .toSorted((a, b) => Number(a.attributes['signalbox.attempt']) - Number(b.attributes['signalbox.attempt']))
    .map(({ attributes, statusCode }) => [attributes['signalbox.outcome'], statusCode]);
  expect(told).toEqual([
    ['failed_attempt', 2],
    ['success', 0],
  ]);
  expect(attempts.map(({ spanId }) => `00-${traceId}-${spanId}-01`).toSorted()).toEqual(
    receiver.requests.map(({ headers }) => String(headers.traceparent)).toSorted(),
  );
});

test('everybody who is told of an alert is told in its trace', async () => {
  const { traceId, headers } = sender();
  await postAlert(system.apiUrl, alert(), headers);
  const trace = await traced(traceId, 2);
  expect([...trace.keys()].toSorted()).toEqual([
    'POST /webhooks/alerts',
    'claim',
    'deliver notification',
    'enqueue',
    'store',
  ]);
  expect(trace.get('deliver notification')).toHaveLength(2);
});

test('what Redis lost and the sweep found again is still in the trace of its request', async () => {
  const { id, receiver } = await subscribe();
  const [worker] = system.workers;
  await worker?.stop();
  const { traceId, headers } = sender();
  await ingest(id, '{}', headers);
  await system.redis.flush();
  await worker?.restart();
  await eventually(() => receiver.requests.length === 1, { timeoutMs: 60_000 });
  expect((await traced(traceId, 1)).get('deliver webhook')).toHaveLength(1);
});

/** In what Node says with NODE_DEBUG=module: a file of the SDK was loaded. */
const sdk = /node_modules\/@opentelemetry\/(sdk|exporter)/;

test('what was not sent yet is sent when a process stops', async () => {
  const slow = await startCollector();
  const own = await startSystem({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: slow.url, OTEL_BSP_SCHEDULE_DELAY: '600000', NODE_DEBUG: 'module' },
  });
  try {
    await postAlert(own.apiUrl, alert());
    await eventually(() => told(own).size === 2);
    expect(slow.spans()).toEqual([]);
    for (const app of [...own.workers, ...own.apis]) {
      expect(await app.stop()).toBe('exit code 0');
      expect(app.output()).toMatch(sdk);
    }
    expect(new Set(slow.spans().map(({ service }) => service))).toEqual(
      new Set(['signalbox-worker', 'signalbox-api']),
    );
  } finally {
    await own.stop();
    await slow.close();
  }
});

test('a collector that is away holds nothing up, and is complained of once', async () => {
  const away = await listen();
  await away.close();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: away.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
  const own = await startSystem({ env });
  try {
    for (let n = 0; n < 5; n += 1) expect((await postAlert(own.apiUrl, alert())).status).toBe(202);
    await eventually(() => told(own).size === 10);
    const complaints = () => own.apis[0]?.output().match(/tracing\.trouble/g)?.length ?? 0;
    await eventually(() => complaints() > 0, { timeoutMs: 60_000 });
    for (const app of [...own.workers, ...own.apis]) expect(await app.stop()).toBe('exit code 0');
    expect(complaints()).toBe(1);
  } finally {
    await own.stop();
  }
});

test('without a collector nothing is traced, and the SDK is not even read', async () => {
  const own = await startSystem({ env: { NODE_DEBUG: 'module' } });
  try {
    await postAlert(own.apiUrl, alert(), sender().headers);
    await eventually(() => told(own).size === 2);
    expect(own.receiver.requests.map(({ headers }) => headers.traceparent)).toEqual([undefined, undefined]);
    const traced = await query(own, 'select 1 from signals where trace_parent is not null');
    expect(traced).toEqual([]);
    for (const app of [...own.apis, ...own.workers]) {
      expect(app.output()).not.toMatch(sdk);
    }
  } finally {
    await own.stop();
  }
});
