import { randomUUID } from 'node:crypto';
import { Validator } from '@seriousme/openapi-schema-validator';
import { newApiKey, newId, onCall } from '@signalbox/domain';
import { type AttemptRecord, recordAttempts, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import request from 'supertest';
import { access } from '../src/access.js';
import { createDocument } from '../src/openapi/document.js';
import { ids, location } from '../src/openapi/example-ids.js';
import type { Example } from '../src/openapi/operation.js';
import { type Documented, documented, headings, pages } from '../src/openapi/operations.js';
import { type Answered, answersAre } from '../src/openapi/testing.js';
import { type RunningApi, startApi } from './running-api.js';

const document = createDocument();
const check = answersAre(document);
/** Each of them; what others need is deleted after them. */
const examples = documented()
  .toSorted((one, other) => placeOf(one) - placeOf(other))
  .flatMap(({ name, access, operation }) =>
    operation.examples.map((example) => ({ title: `${name}: ${example.name}`, name, access, example })),
  );
const admin = { authorization: `Bearer ${newApiKey()}` };

let api: RunningApi;
/** What was made, by what it is called in the examples. */
let made: Record<string, string>;

beforeAll(async () => {
  api = await startApi({
    PAGERDUTY_MOCK: 'true',
    STATUS_FIXTURES: 'true',
    API_KEYS: `admin:${admin.authorization.slice('Bearer '.length)}`,
  });
  made = await makeAll();
});

afterAll(() => api.stop());

test('is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate({ ...document });
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
});

test('tells of every route that is no page, and of nothing else', () => {
  const routes = access.map(({ method, path }) => `${method} ${path}`);
  const operations = Object.values(headings).flatMap((some) => Object.keys(some));
  expect([...operations, ...pages].toSorted()).toEqual(routes.toSorted());
});

test('tells what each route needs', () => {
  const { paths } = document;
  expect(paths['/healthz']?.get?.security).toEqual([]);
  expect(paths['/deliveries/{id}/replay']?.post).toMatchObject({
    description: 'Needs a key with `operate`.',
    security: [{ key: ['operate'] }, { session: ['operate'] }],
  });
});

test.each(examples.filter(({ example }) => 'answer' in example))(
  '$title: its answer is as documented',
  ({ name, example }) => {
    const [method = '', path = ''] = name.split(' ');
    expect(check(answered(method, path, example.status, example.answer))).toEqual([]);
  },
);

test.each(examples)('$title: a real API says so', async ({ access, example }) => {
  const { path = {}, query = {}, headers = {}, body } = real(example);
  const url = access.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
  const ask = request(api.url)[access.method as 'get'];
  const asked = ask(url)
    .query(query)
    .set({ ...admin, ...headers });
  const { status, text } = await (body === undefined ? asked : asked.send(body as object));
  // That the answer is as documented is seen where the API is stopped.
  expect({ status, text }).toEqual({ status: example.status, text });
});

test('an answer that is not as documented is found', () => {
  const partner = { id: newId(), name: 'Acme', created_at: '2026-01-15', updated_at: 1, more: true };
  expect(check(answered('get', '/partners/x', 200, partner))).toEqual([
    'get /partners/{id} 200: / must NOT have additional properties {"additionalProperty":"more"}',
    'get /partners/{id} 200: /created_at must match format "date-time" {"format":"date-time"}',
    'get /partners/{id} 200: /updated_at must be string {"type":"string"}',
  ]);
  expect(check(answered('get', '/partners/x', 418, {}))[0]).toMatch(/418: the status is not documented/);
  expect(check({ ...answered('get', '/healthz', 200, { ok: true }), type: 'text/html' })).toHaveLength(1);
});

function placeOf({ access: { method, path } }: Documented): number {
  const isDeepest = path.split('/').length > 4;
  const order = ['get', 'post', 'patch', 'put', 'delete'].indexOf(method);
  return method === 'delete' && !isDeepest ? order + 1 : order;
}

function answered(method: string, path: string, status: number, answer: unknown): Answered {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return { method, path, status, type, text: JSON.stringify(answer) };
}

/** An example about what there is. */
function real(example: Example): Example {
  const text = JSON.stringify({ ...example, answer: undefined });
  return JSON.parse(
    Object.entries(made).reduce((said, [shown, id]) => said.replaceAll(shown, id), text),
  ) as Example;
}

async function makeAll(): Promise<Record<string, string>> {
  const partner = await post('/partners', { name: 'Acme' });
  const emptyPartner = await post('/partners', { name: 'Nobody' });
  const hook = { url: 'https://example.com/hook', partner_id: partner };
  const subscription = await post('/subscriptions', { ...hook, event_types: ['order.*'] });
  const user = await post('/users', { name: 'Camille', preference: 'both' });
  const otherUser = await post('/users', { name: 'Sam', preference: 'standard' });
  await post('/stores', { location });
  const members = { users: [{ id: user }, { id: otherUser }] };
  await request(api.url).put(`/stores/${location}/users`).set(admin).send(members);
  return {
    [ids.partner]: partner,
    [ids.emptyPartner]: emptyPartner,
    [ids.subscription]: subscription,
    [ids.user]: user,
    [ids.otherUser]: otherUser,
    ...(await makeDeliveries(subscription)),
    [ids.rejected]: await reject('arson'),
    [ids.otherRejected]: await reject('vandalism'),
    [ids.apiKey]: await post('/api-keys', { name: 'Till 4', scope: 'ingest' }),
    [ids.alert]: (await postAlert('theft')).alert_uuid,
  };
}

/** @returns the id of what was made */
async function post(path: string, body: object): Promise<string> {
  const answer = await request(api.url).post(path).set(admin).send(body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

async function makeDeliveries(subscription: string): Promise<Record<string, string>> {
  const targets = [subscription, newId(), subscription].map((target) => ({
    ...onCall,
    channel: 'webhook',
    target,
  }));
  const stored = await storeSignals(
    api.pool,
    targets.map((target) => newSignal({ eventType: 'order.created' }, [target])),
  );
  const [delivery = '', failed = '', pending = ''] = stored.map(({ owed }) => owed[0]?.id ?? '');
  await recordAttempts(api.pool, [attempted(delivery, true), attempted(failed, false)]);
  return {
    [ids.signal]: stored[0]?.signalId ?? '',
    [ids.delivery]: delivery,
    [ids.failedDelivery]: failed,
    [ids.pendingDelivery]: pending,
  };
}

function attempted(deliveryId: string, isGood: boolean): AttemptRecord {
  return {
    deliveryId,
    attempt: 1,
    attemptedAt: new Date(),
    outcome: isGood ? 'success' : 'failure',
    statusCode: isGood ? 200 : 500,
    error: isGood ? null : 'server_error',
    durationMs: 34,
    targetUrl: 'https://example.com/hook',
    responseExcerpt: 'ok',
    status: isGood ? 'delivered' : 'failed',
    delayMs: null,
  };
}

/** Sends an alert that is turned away, and finds it. */
async function reject(label: string): Promise<string> {
  await postAlert(label);
  const { body } = await request(api.url).get('/rejected?limit=1').set(admin);
  return body.data[0].id;
}

async function postAlert(label: string) {
  const body = {
    url: 'https://x.example',
    location,
    alert_uuid: randomUUID(),
    label,
    time_spotted: 1_768_473_600,
  };
  await request(api.url).post('/webhooks/alerts').set(admin).send(body);
  return body;
}
