import { eventually } from '../src/eventually.js';
import { type Listener, listen } from '../src/listener.js';
import { type System, startSystem } from '../src/system.js';
import { type Answered, alert, call, postAlert, query, told } from './alerting.js';

let system: System;
/** Stands in for Slack. */
let slack: Listener;

beforeAll(async () => {
  slack = await listen();
  system = await startSystem({
    apis: 2,
    workers: 2,
    env: { FALLBACK_AFTER: '1s', RETRY_SCHEDULE: '100ms,30s', DELIVERY_TIMEOUT: '2s' },
  });
});

afterAll(async () => {
  await system.stop();
  await slack.close();
});

beforeEach(() => {
  system.receiver.requests.length = 0;
  system.receiver.respond(() => ({ status: 204 }));
  slack.requests.length = 0;
  slack.respond(() => ({ status: 200, body: 'ok' }));
});

const manage = (method: string, path: string, body?: unknown): Promise<Answered> =>
  call(method, system.apiUrl + path, body);

/** A store of its own with these users; gives its location and their ids. */
async function storeOf(location: string, users: Record<string, unknown>[]): Promise<string[]> {
  await manage('POST', '/stores', { location });
  const answer = await manage('PUT', `/stores/${location}/users`, { users });
  expect(answer.status).toBe(200);
  return answer.body.ids as string[];
}

interface Shown {
  severity: string;
  test_mode: boolean;
  decisions: {
    user_id: string;
    revision: number;
    decision: string;
    reason: string | null;
    channel: string;
    status: string;
    deliveries: { channel: string; status: string; last_error: string | null }[];
  }[];
}

const shown = async (uuid: string) => (await manage('GET', `/alerts/${uuid}`)).body as unknown as Shown;

async function post(location: string, change: Record<string, unknown> = {}): Promise<string> {
  const body = alert({ location, ...change });
  expect((await postAlert(system.apiUrl, body)).status).toBe(202);
  return body.alert_uuid;
}

test('a change made through one API holds at the other at once', async () => {
  const [user] = await storeOf('both-apis', [{ name: 'Ana', preference: 'critical' }]);
  const preview = async () =>
    (await call('POST', `${system.apiUrls[1]}/alerts/preview`, { location: 'both-apis' })).body;
  expect(await preview()).toMatchObject({ would_notify: [{ user_id: user }], would_not: [] });
  await manage('PATCH', `/users/${user}`, { active: false });
  const changed = async () =>
    expect(await preview()).toMatchObject({ would_notify: [], would_not: [{ user_id: user }] });
  // Half of what a cached answer lives, so that it was told and not forgotten.
  await eventually(changed, { timeoutMs: 500, everyMs: 10 });
});

test('who cannot be reached on one channel is told by the next, and the alert shows both', async () => {
  const channels = [
    { channel: 'sms', address: '+33612345678' },
    { channel: 'slack', address: `${slack.url}/hook` },
  ];
  await storeOf('falls-back', [{ name: 'Ana', channels }]);
  const uuid = await post('falls-back');
  await eventually(() => slack.requests.length === 1);
  expect(JSON.stringify(slack.requests[0]?.json())).toContain('falls-back');
  await eventually(async () => (await shown(uuid)).decisions[0]?.status === 'delivered');
  const [decision] = (await shown(uuid)).decisions;
  expect(decision).toMatchObject({ decision: 'told', channel: 'slack' });
  expect(decision?.deliveries).toMatchObject([
    { channel: 'sms', status: 'refused', last_error: 'not_configured' },
    { channel: 'slack', status: 'delivered' },
  ]);
});

test('a theft that takes too long on one channel is told by the next too; a milder alert waits', async () => {
  system.receiver.respond(() => ({ status: 503 }));
  const channels = [{ channel: 'notification' }, { channel: 'slack', address: `${slack.url}/hook` }];
  await storeOf('takes-long', [{ name: 'Ana', channels }]);
  const mild = await post('takes-long', { label: 'suspicious' });
  const theft = await post('takes-long');
  await eventually(() => slack.requests.length === 1);
  const at = (uuid: string) => async () =>
    (await shown(uuid)).decisions[0]?.deliveries.map(({ channel }) => channel);
  expect(await at(theft)()).toEqual(['notification', 'slack']);
  expect(await at(mild)()).toEqual(['notification']);
});

test('a drill goes the real way and says that it is one', async () => {
  const channels = [{ channel: 'slack', address: `${slack.url}/hook` }];
  await storeOf('drilled', [{ name: 'Ana', channels }, { name: 'Ben' }]);
  const drill = await manage('POST', '/alerts/drill', { location: 'drilled' });
  expect(drill.status).toBe(202);
  await eventually(() => slack.requests.length === 1 && system.receiver.requests.length === 1);
  expect(JSON.stringify(slack.requests[0]?.json())).toContain('[TEST]');
  expect(system.receiver.requests[0]?.headers['x-signalbox-test']).toBe('true');
  expect(Object.keys(system.receiver.requests[0]?.json() as object).toSorted()).toEqual([
    'alert_uuid',
    'label',
    'location',
    'target_user_id',
    'url',
  ]);
  expect((await shown(String(drill.body.alert_uuid))).test_mode).toBe(true);
});

test('an upgrade reaches those who were not told as gravely, once', async () => {
  const users = [
    { name: 'Cam', preference: 'critical' },
    { name: 'Sam', preference: 'standard' },
    { name: 'Bea' },
  ];
  const [cam = '', sam = '', bea = ''] = await storeOf('upgraded', users);
  const uuid = await post('upgraded', { label: 'suspicious' });
  await eventually(() => system.receiver.requests.length === 2);
  const again = alert({ location: 'upgraded', alert_uuid: uuid });
  expect((await postAlert(system.apiUrl, again)).status).toBe(202);
  expect((await postAlert(system.apiUrl, again)).body.deduped).toBe(true);
  await eventually(() => system.receiver.requests.length === 4);
  expect(Object.fromEntries([...told(system)].map(([key, n]) => [key.split(' ')[1], n]))).toEqual({
    [cam]: 1,
    [sam]: 1,
    [bea]: 2,
  });
});

test('a store of thousands: the worker that fans out is killed midway, and every user is told', async () => {
  const users = Array.from({ length: 3_000 }, (_, n) => ({ name: `user ${n}` }));
  const ids = await storeOf('thousands', users);
  const uuid = await post('thousands');
  const rows = async () =>
    (
      await query<{ n: number }>(
        system,
        'select count(*)::int as n from deliveries d join signals s on s.id = d.signal_id where s.event_id = $1',
        [uuid],
      )
    )[0]?.n ?? 0;
  await eventually(async () => (await rows()) > 0, { everyMs: 2 });
  await Promise.all(system.workers.map((worker) => worker.kill()));
  await system.workers[0]?.restart();
  await eventually(async () => (await rows()) === 3_000, { timeoutMs: 30_000 });
  await eventually(() => told(system).size === 3_000, { timeoutMs: 60_000 });
  expect(new Set([...told(system).keys()].map((key) => key.split(' ')[1]))).toEqual(new Set(ids));
  await eventually(async () => {
    const { body } = await manage('GET', `/alerts/${uuid}?limit=1`);
    expect(body).toMatchObject({ deliveries: { delivered: 3_000 }, fanning_out: false });
  });
}, 120_000);
