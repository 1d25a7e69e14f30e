import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { type Asked, adminKey, requestTo, toWire } from './any-request.js';
import { examples, known } from './known-requests.js';
import { type Route, routesOf } from './routes-of.js';
import { type RunningApi, startApi } from './running-api.js';
import { exchange, type WireAnswer, wireBytes } from './wire.js';

/** FUZZ_RUNS=50 asks for fifty times as many requests. */
const times = Number(process.env.FUZZ_RUNS ?? 1);
const runs = 1_000 * times;

let api: RunningApi;
let port: number;
let routes: Route[];
const strays: unknown[] = [];
const noteStray = (reason: unknown) => void strays.push(reason);

beforeAll(async () => {
  process.on('unhandledRejection', noteStray);
  api = await startApi({ API_KEYS: `admin:${adminKey}` });
  port = Number(new URL(api.url).port);
  routes = routesOf(api.app).map(({ method, path }) => ({ method: method.toUpperCase(), path }));
  await restore();
  const said = await ask('POST', `/ingest/${known.subscription}`, { a: 1 });
  [known.signal, known.delivery] = [said.signal_id, said.delivery_id] as [string, string];
  const alert = { ...examples['/webhooks/alerts'], alert_uuid: known.alert_uuid };
  await ask('POST', '/webhooks/alerts', alert);
});

afterAll(async () => {
  process.off('unhandledRejection', noteStray);
  await api.stop();
});

/** Puts back what a request may have removed, and keeps status pages out: they would be polled. */
async function restore(): Promise<void> {
  const { subscription, partner, user, location } = known;
  const text = (sql: string, values: unknown[]) => api.pool.query(`${sql} on conflict do nothing`, values);
  await text(`insert into partners (id, name) values ($1, 'p')`, [partner]);
  await text(`insert into subscriptions (id, url) values ($1, 'http://x/')`, [subscription]);
  await text('insert into stores (id, location, name) values ($1, $2, $2)', [randomUUID(), location]);
  await text(`insert into users (id, name, preference) values ($1, 'u', 'both')`, [user]);
  await text('insert into memberships (store_id, user_id) select id, $2 from stores where location = $1', [
    location,
    user,
  ]);
  await api.pool.query(`delete from subscription_secrets where kind = 'ingest'`);
  await api.pool.query('delete from status_pages where url is not null');
}

async function ask(method: string, target: string, body: unknown): Promise<Record<string, unknown>> {
  const bytes = Buffer.from(JSON.stringify(body) ?? '');
  const headers = [
    ['authorization', `Bearer ${adminKey}`],
    ['content-type', 'application/json'],
    ['content-length', `${bytes.length}`],
  ] as const;
  const answer = await exchange(port, wireBytes({ method, target, headers, body: bytes }));
  return JSON.parse(answer?.body ?? '');
}

test(
  'whatever is asked of whichever route: no 5xx, refusals are problem documents, what is answered 2xx is kept',
  async () => {
    // Bull Board is somebody else's app: below it are routes that cannot be read, so some are named.
    const board = [
      '/admin/queues',
      '/admin/queues/api/queues',
      '/admin/queues/queue/:id',
      '/admin/queues/api/queues/deliver-webhook/:id',
    ];
    const all = [
      ...routes,
      ...board.map((path) => ({ method: 'GET', path })),
      { method: 'GET', path: '/:id' },
    ];
    const seen = new Set<string>();
    const requests = fc.constantFrom(...all).chain(requestTo);
    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const answer = await exchange(port, wireBytes(toWire(asked)));
        expect(answer).not.toBeNull();
        if (!answer) return;
        if (answer.status < 300) seen.add(`${asked.method} ${asked.path}`);
        expectDecent(asked, answer);
        if (answer.status < 300 && asked.method !== 'HEAD') await expectKept(asked, answer);
        if (answer.status < 300 && changes(asked)) await restore();
      }),
      { numRuns: runs },
    );
    expect(strays).toEqual([]);
    expect(api.lines.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    // Else the requests would have missed what they are about. In few runs some routes never get one that is right.
    const missed = routes.filter(({ method, path }) => !seen.has(`${method} ${path}`));
    expect(missed.length).toBeLessThan(routes.length / 2);
  },
  120_000 * times,
);

/** Whether it may have taken something away that others ask for. */
function changes({ method, path }: Asked): boolean {
  return method === 'DELETE' || (method !== 'GET' && /^\/(?:status-pages|stores)|rotate-secret$/.test(path));
}

function expectDecent({ path, method }: Asked, { status, headers, body }: WireAnswer): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(body).not.toMatch(/node_modules|\n {4}at |\.[jt]s:\d+/);
  // Bull Board has its own form of errors, and one of its own for a NUL in a query.
  if (path.startsWith('/admin/')) return;
  // A form is answered with a page.
  if (path === '/session' && headers['content-type']?.startsWith('text/html')) return;
  expect(status).toBeLessThan(500);
  if (status < 400 || method === 'HEAD') return;
  expect(headers['content-type']).toBe('application/problem+json');
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ status, reason: expect.any(String), detail: expect.any(String) });
  expect(problem.request_id).toMatch(/^[\x21-\x7e]{1,128}$/);
  expect(headers['x-request-id']).toBe(problem.request_id);
}

/** What is answered 2xx at a door is in the database, byte for byte; what was made can be read. */
async function expectKept(asked: Asked, { status, body }: WireAnswer): Promise<void> {
  const said = body.startsWith('{') ? JSON.parse(body) : {};
  const { path } = asked;
  if (asked.method !== 'POST') return;
  if (path === '/events' || path === '/ingest/:subscription_id') {
    const kept = await rawOf('id = $1', [said.signal_id]);
    if (said.deduped) expect(kept).toHaveLength(1);
    else expect(kept).toEqual([asked.body.toString('latin1')]);
  }
  if (path === '/webhooks/alerts' && status === 202) {
    const kept = await rawOf(`source = 'alerts' and event_id = $1`, [said.alert_uuid]);
    expect(kept).toEqual([asked.body.toString('latin1')]);
  }
  if (path === '/ingest/stripe') {
    const { id } = JSON.parse(asked.body.toString());
    expect(await rawOf(`source = 'stripe' and event_id = $1`, [id])).toHaveLength(1);
  }
  if (status === 201 && routes.some((route) => route.method === 'GET' && route.path === `${path}/:id`)) {
    expect(await ask('GET', `${path}/${said.id}`, undefined)).toMatchObject({ id: said.id });
  }
}

async function rawOf(condition: string, values: unknown[]): Promise<string[]> {
  const { rows } = await api.pool.query<{ raw: Buffer }>(
    `select raw from signals where ${condition}`,
    values,
  );
  return rows.map(({ raw }) => raw.toString('latin1'));
}
