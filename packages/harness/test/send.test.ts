import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { harnessDir } from '../src/paths.js';
import { type System, startSystem } from '../src/system.js';
import { call, query } from './alerting.js';

let system: System;
beforeAll(async () => {
  system = await startSystem({ workers: 0 });
}, 60_000);
afterAll(() => system.stop());

interface Said {
  code: number;
  out: string;
}

function send(...args: string[]): Promise<Said> {
  const script = join(harnessDir, 'dist/send.js');
  const env = { ...system.env, API_KEYS: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...args, '--url', system.apiUrl],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout + stderr });
      },
    );
  });
}

const signals = async (source: string) =>
  (await query(system, `select id from signals where source = '${source}'`)).length;

test.each([
  ['alerts', 'theft', 'alerts'],
  ['stripe', 'payout_failed', 'stripe'],
  ['events', 'order_created', 'events'],
])('%s: a fixture is taken once, and with --new again', async (name, fixture, source) => {
  const first = await send(name, fixture);
  expect({ code: first.code, received: first.out.includes('"received":true') }).toEqual({
    code: 0,
    received: true,
  });
  expect((await send(name, fixture)).out).toContain('"deduped":true');
  expect((await send(name, fixture, '--new')).out).not.toContain('deduped');
  expect(await signals(source)).toBe(2);
});

test('webhook: to the newest subscription, or the one that is named, signed with its secret', async () => {
  expect(await send('webhook', 'build_finished')).toMatchObject({
    code: 1,
    out: expect.stringContaining('There is no subscription yet'),
  });
  const body = { url: `${system.receiver.url}/hook`, ingest_secret: 'an ingest secret of ours' };
  const { body: made } = await call('POST', `${system.apiUrl}/subscriptions`, body);
  const unsigned = await send('webhook', 'build_finished');
  expect(unsigned).toMatchObject({ code: 1, out: expect.stringContaining('401') });
  const signed = await send('webhook', 'build_finished', '--secret', body.ingest_secret);
  expect(signed).toMatchObject({ code: 0, out: expect.stringContaining(`/ingest/${String(made.id)}\n202`) });
  const named = await send(
    'webhook',
    'build_finished',
    '--secret',
    'other',
    '--subscription',
    String(made.id),
  );
  expect(named.out).toContain('401');
  expect(await signals('webhook')).toBe(1);
});

test('statuspage: the fixture is served as the vendor would, polled once, and its page taken away again', async () => {
  const said = await send('statuspage', 'github_summary', '--new');
  expect(said.code).toBe(0);
  expect(said.out).toMatch(/"sent-github-[0-9a-f]{6}":\d+/);
  const { body } = await call('GET', `${system.apiUrl}/status-pages`);
  expect(JSON.stringify(body)).not.toContain('sent-github');
});

test('what there is, when it was not said', async () => {
  const said = await send('stripe', 'no_such_event');
  expect(said.code).toBe(1);
  for (const name of [
    'alerts theft',
    'events order_created',
    'statuspage github_summary',
    'stripe payout_failed',
  ])
    expect(said.out).toContain(`  ${name}\n`);
});
