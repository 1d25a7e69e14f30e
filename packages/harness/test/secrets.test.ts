import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openQueue } from '@signalbox/redis';
import { Redis } from 'ioredis';
import { eventually } from '../src/eventually.js';
import { type Listener, listen } from '../src/listener.js';
import { rootDir } from '../src/paths.js';
import { freePort } from '../src/ports.js';
import { senders } from '../src/senders.js';
import { type Answered, alert, call } from './alerting.js';
import { askApi } from './documented.js';
import { given, type MarkedSystem, startMarkedSystem, withPassword } from './marked-system.js';
import { type Marks, marksIn, newBase64, newMark } from './marks.js';
import { apiTexts, boardTexts, postgresTexts, redisTexts, type Texts } from './secret-places.js';

/** What callers tell us, or are told once, that nobody else should hear of. */
const told = {
  signing: newBase64(24),
  nextSigning: newBase64(24),
  ingest: newMark(),
  header: newMark(),
  slack: newMark(),
  strangersKey: newMark(),
};
/** No secrets: what is planted where it must be found, so that we know that we would find the others. */
const planted = { planted: newMark() };
/** No secrets either, so that readers see them; but nobody's business who looks after queues and logs. */
const personal = {
  media: newMark(),
  email: `${newMark(20)}@example.com`,
  phone: `+33${Date.now()}`.slice(0, 12),
};
const secrets: Marks = { ...given, ...told, ...planted };
const marks: Marks = { ...secrets, ...personal };

let system: MarkedSystem;
let receiver: Listener;
let subscription: string;
let partner: string;
/** All that was answered to whoever sent or changed something, but for the answers that show a secret once. */
const answers: string[] = [];

const authorization = `Bearer ${given.adminKey}`;

async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await call(method, system.apiUrl + path, body, { authorization, ...headers });
  answers.push(JSON.stringify(answer.body));
  return answer;
}

/** For what shows a secret once. */
const sendInPrivate = (method: string, path: string, body: unknown): Promise<Answered> =>
  call(method, system.apiUrl + path, body, { authorization });

async function ask(path: string): Promise<string> {
  const response = await askApi(system.apiUrl + path, { headers: { authorization } });
  if (!response.ok) throw new Error(`GET ${path} was answered ${response.status}: ${await response.text()}`);
  return response.text();
}

const hub = (secret: string, text: string) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
});

beforeAll(async () => {
  [system, receiver] = await Promise.all([startMarkedSystem(), listen()]);
  partner = String((await send('POST', '/partners', { name: planted.planted })).body.id);
  subscription = await subscribe(`${receiver.url}/hook`);
  await deliver();
  await refuse();
  await tellUsers();
  await loseRedis();
  await plant();
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await receiver?.close();
});

async function subscribe(url: string): Promise<string> {
  const { status, body } = await sendInPrivate('POST', '/subscriptions', {
    url,
    partner_id: partner,
    secret: `whsec_${told.signing}`,
    ingest_secret: told.ingest,
    headers: { Authorization: `Bearer ${told.header}`, 'x-key': told.header },
    retry_schedule: ['1s'],
  });
  expect(status).toBe(201);
  return String(body.id);
}

/** Sends webhooks to one who takes them, one who quotes them, and one who is not there. */
async function deliver(): Promise<void> {
  const quoting = await subscribe(`${system.echo.url}/hook`);
  const gone = await subscribe(`http://127.0.0.1:${await freePort()}/hook`);
  const next = { secret: `whsec_${told.nextSigning}`, overlap_seconds: 3_600 };
  await sendInPrivate('POST', `/subscriptions/${subscription}/rotate-secret`, next);
  for (const id of [subscription, quoting, gone]) {
    const sent = await send('POST', `/ingest/${id}`, '{"n":1}', hub(told.ingest, '{"n":1}'));
    expect(sent.status).toBe(202);
    await send('POST', `/ingest/${id}`, '{"n":1}', hub(told.strangersKey, '{"n":1}'));
    await send('POST', `/subscriptions/${id}/test`, {});
  }
  const headers = { headers: { authorization: '***', 'x-key': '***' } };
  expect((await send('PATCH', `/subscriptions/${subscription}`, headers)).status).toBe(200);
  await send('POST', '/events', { type: 'order.created', data: { note: planted.planted } });
  await useNewKey();
  await eventually(() => receiver.requests.length >= 3);
  expect(receiver.requests[0]?.headers.authorization).toBe(`Bearer ${told.header}`);
}

/** The key is made by the API, and shown once. */
async function useNewKey(): Promise<void> {
  const { body } = await sendInPrivate('POST', '/api-keys', { name: 'reader', scope: 'read' });
  const key = String(body.key);
  Object.assign(secrets, { key });
  Object.assign(marks, { key });
  const reading = await send('GET', '/subscriptions', undefined, { authorization: `Bearer ${key}` });
  expect(reading.status).toBe(200);
  expect((await send('DELETE', `/api-keys/${String(body.id)}`)).status).toBe(204);
}

/** Everything that is answered 4xx, with secrets in it. */
async function refuse(): Promise<void> {
  const wrong = {
    url: 'nonsense',
    secret: `whsec_${told.signing}!`,
    ingest_secret: `${told.ingest}\n`,
    headers: { 'content-type': told.header, 'x-key': `${told.header}\n` },
  };
  const slackUrl = `ftp://hooks.example/${told.slack}`;
  expect((await send('POST', '/subscriptions', wrong)).status).toBe(422);
  await send('POST', '/subscriptions', `{"secret":"${told.signing}",,}`);
  await send('PATCH', `/subscriptions/${subscription}`, wrong);
  await send('POST', `/subscriptions/${subscription}/rotate-secret`, { secret: told.signing });
  await send('POST', `/subscriptions/${randomUUID()}/rotate-secret`, { secret: `whsec_${told.signing}` });
  await send('POST', '/users', { name: 'Ana', channels: [{ channel: 'slack', address: slackUrl }] });
  await send('POST', '/api-keys', { name: 'x', scope: told.strangersKey });
  const stranger = { authorization: `Bearer ${told.strangersKey}` };
  expect((await send('GET', '/subscriptions', undefined, stranger)).status).toBe(401);
  const login = { method: 'POST', body: new URLSearchParams({ key: told.strangersKey }) };
  answers.push(await (await askApi(`${system.apiUrl}/session`, login)).text());
  await send('GET', '/subscriptions', undefined, { cookie: `signalbox_session=${told.strangersKey}` });
  await send('POST', '/ingest/stripe', '{}', { 'stripe-signature': `t=1,v1=${told.strangersKey}` });
  await send('POST', '/webhooks/alerts/', alert(), hub(told.strangersKey, '{}'));
  await send('POST', '/webhooks/alerts/', '{"a":1}', hub(given.alerts, '{"a":1}'));
  await send('POST', `/ingest/${subscription}`, 'no json', hub(told.ingest, 'no json'));
  await send('POST', '/ai/summarize', { text: 'The payout failed.' });
}

/** An alert that reaches its user on no channel, one after the other; and a page. */
async function tellUsers(): Promise<void> {
  const channels = [
    { channel: 'slack', address: `${system.echo.url}/services/T024BE7LD/${told.slack}` },
    { channel: 'sms', address: personal.phone },
    { channel: 'email', address: personal.email },
    { channel: 'notification' },
  ];
  await send('POST', '/stores', { location: 'marked' });
  const put = await send('PUT', '/stores/marked/users', { users: [{ name: 'Ana', channels }] });
  expect(put.status).toBe(200);
  const url = `https://media.example.com/clip.mp4?signature=${personal.media}`;
  const theft = JSON.stringify(alert({ location: 'marked', url }));
  expect((await send('POST', '/webhooks/alerts/', theft, hub(given.alerts, theft))).status).toBe(202);

  const payout = readFileSync(join(rootDir, 'fixtures/stripe/payout_failed.json'), 'utf8');
  const signed = senders.stripe?.sign(payout, system.env) ?? {};
  expect((await send('POST', '/ingest/stripe', payout, signed)).status).toBe(200);
  await eventually(async () => (await endedOn()).size === 6, { timeoutMs: 60_000 });
}

/** The channels on which every delivery has ended. */
async function endedOn(): Promise<Set<string>> {
  const { data } = JSON.parse(await ask('/deliveries?limit=500')) as {
    data: { channel: string; status: string }[];
  };
  const open = new Set(data.filter(({ status }) => status === 'pending').map(({ channel }) => channel));
  return new Set(data.map(({ channel }) => channel).filter((channel) => !open.has(channel)));
}

/** Processes that Redis does not let in. */
async function loseRedis(): Promise<void> {
  const REDIS_URL = withPassword(system.redisUrl, '', given.wrongRedis);
  const env = { ...system.env, REDIS_URL, PORT: String(await freePort()) };
  const lost = await Promise.all([
    system.start('api', 'lost-api', env),
    system.start('worker', 'lost-worker', env),
  ]);
  const body = JSON.stringify(alert());
  const accepted = await call(
    'POST',
    `http://127.0.0.1:${env.PORT}/webhooks/alerts/`,
    body,
    hub(given.alerts, body),
  );
  expect(accepted.status).toBe(202);
  await eventually(() => lost.every((app) => app.output().includes('WRONGPASS')), { timeoutMs: 30_000 });
  await Promise.all(lost.map((app) => app.kill()));
}

/** Puts what must be found where nothing of it has got to by itself. */
async function plant(): Promise<void> {
  await send('GET', `/nonsense/${planted.planted}`);
  const redis = new Redis(system.redisUrl);
  await redis.set('planted-string', planted.planted);
  await redis.hset('planted-hash', 'field', planted.planted);
  await redis.rpush('planted-list', planted.planted);
  await redis.sadd('planted-set', planted.planted);
  await redis.zadd('planted-zset', 1, planted.planted);
  await redis.xadd('planted-stream', '*', 'field', planted.planted);
  const queue = openQueue(redis, 'sms');
  const data = { deliveries: [planted.planted], correlation_ids: [] };
  await queue.add('own', data, { delay: 3_600_000, jobId: 'planted' });
  await queue.close();
  redis.disconnect();
}

/** Where each mark was found. */
function found(texts: Texts, wanted = marks): Record<string, string[]> {
  const byMark: Record<string, string[]> = {};
  for (const [where, text] of texts) {
    for (const name of marksIn(text, wanted)) byMark[name] = [...(byMark[name] ?? []), where];
  }
  return byMark;
}

test('no log of any process has a secret', () => {
  for (const app of system.apps) expect(app.output()).toContain('"level":');
  const logs = new Map(system.apps.map((app) => [app.name, app.output()]));
  // It was planted in the path of a request.
  expect(found(logs)).toEqual({ planted: ['api'] });
});

test('no answer has one, but those that show it once', () => {
  expect(answers.length).toBeGreaterThan(30);
  expect(found(new Map(answers.map((answer) => [answer, answer])))).toEqual({
    planted: [expect.stringContaining('"name"'), expect.stringContaining('/nonsense/')],
  });
});

test('who reads is shown none', async () => {
  expect(found(await apiTexts(ask), secrets)).toEqual({
    planted: ['events', 'deliveries', 'subscriptions', 'partners', 'audit'],
  });
});

test('Redis has none under any key', async () => {
  const { planted: places, ...rest } = found(await redisTexts(system.redisUrl));
  expect(places?.toSorted()).toEqual(['hash', 'list', 'set', 'stream', 'string', 'zset']);
  expect(rest).toEqual({});
});

test('Bull Board shows none', async () => {
  const texts = await boardTexts(ask);
  expect(found(texts)).toEqual({ planted: ['deliver-sms'] });
  // Jobs that have failed are among those it was looked for in.
  for (const channel of ['webhook', 'slack', 'email', 'notification', 'pagerduty']) {
    expect(texts.get(`deliver-${channel}`)).toContain('"failedReason"');
  }
});

test('metrics name none', async () => {
  const worker = await fetch(system.metricsUrl(), { headers: { authorization } });
  const texts = new Map([
    ['api', await ask('/metrics')],
    ['worker', await worker.text()],
  ]);
  expect(found(texts)).toEqual({});
  // Where they name anything, it is found.
  expect(marksIn(texts.get('worker') ?? '', { partner })).toEqual(['partner']);
  expect(marksIn(texts.get('api') ?? '', { source: 'source="stripe"' })).toEqual(['source']);
});

test('Postgres has none in any column, encrypted ones included', async () => {
  const texts = await postgresTexts(system.databaseUrl);
  const { planted: places, ...rest } = found(texts, secrets);
  expect(rest).toEqual({});
  expect(places).toEqual(expect.arrayContaining(['partners.name', 'signals.raw', 'audit.after']));
  for (const column of ['subscription_secrets.sealed', 'subscriptions.sealed_headers']) {
    expect(texts.get(column)?.length).toBeGreaterThan(100);
  }
  expect(texts.get('users.channels')).toContain('sealed:');
  expect(texts.get('deliveries.address')).toContain('sealed:');
});

const main = (app: string) => join(rootDir, 'apps', app);
const run = (script: string, env: NodeJS.ProcessEnv) =>
  promisify(execFile)(process.execPath, [script], { env }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );

test.each(['api/dist/main.js', 'worker/dist/main.js', 'api/dist/migrate-main.js', 'api/dist/reseal-main.js'])(
  '%s complains of its environment without a word of what is secret in it',
  async (script) => {
    const { stdout, stderr } = await run(main(script), {
      ...system.env,
      DATABASE_URL: `mysql://user:${given.database}@[`,
      REDIS_URL: `redis://:${given.redis}@[`,
      ENCRYPTION_KEY: `${given.oldKey}x`,
      API_KEYS: `nonsense:${given.adminKey}, admin`,
      NOTIFICATION_SECRET: `${given.notification}!`,
      SMTP_URL: `smtp://mailer:${given.smtp}%@127.0.0.1`,
      PAGERDUTY_ROUTING_KEY: `${given.pagerduty}x`,
      AI_API_KEY: `${given.ai} x`,
    });
    expect(stderr).toContain('DATABASE_URL');
    expect(marksIn(stdout + stderr, marks)).toEqual([]);
    expect(marksIn(`${stderr}${given.smtp}`, marks)).toEqual(['smtp']);
  },
);

test('the key is changed while all is running, and dropped when nothing needs it any more', async () => {
  const reseal = (ENCRYPTION_KEY: string) =>
    run(main('api/dist/reseal-main.js'), { ...system.env, ENCRYPTION_KEY });
  const { stdout, stderr } = await reseal(`${given.newKey},${given.oldKey}`);
  expect(stdout).toContain('others may be dropped from ENCRYPTION_KEY');
  expect(marksIn(stdout + stderr, marks)).toEqual([]);
  const again = await reseal(given.newKey);
  expect(again.stdout).toMatch(/^secrets of subscriptions: 0 encrypted anew$/m);

  for (const app of system.apps) if (!app.hasEnded()) await app.stop();
  const env = { ...system.env, ENCRYPTION_KEY: given.newKey };
  const apps = [await system.start('api', 'new-api', env), await system.start('worker', 'new-worker', env)];
  receiver.requests.length = 0;
  const text = '{"after":"the change"}';
  const sent = await send('POST', `/ingest/${subscription}`, text, hub(told.ingest, text));
  expect(sent.status).toBe(202);
  await eventually(() => receiver.requests.length === 1, { timeoutMs: 30_000 });
  expect(receiver.requests[0]?.headers.authorization).toBe(`Bearer ${told.header}`);
  for (const app of apps) {
    expect(app.output()).not.toMatch(/encryption_key\.missing|secret\.unavailable/);
    expect(marksIn(app.output(), marks)).toEqual([]);
  }
}, 60_000);
