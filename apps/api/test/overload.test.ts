import { randomUUID } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { mostInHand } from '../src/admission.js';
import { type RunningApi, startApi } from './running-api.js';

interface Answer {
  status: number;
  retryAfter: string | undefined;
  reusedSocket: boolean;
  body: Record<string, unknown>;
}

const size = 1_000_000;
const many = 60;
/** Of bodies this large, so many fit into the three quarters of the bound that they may take. */
const fitting = 24;

let api: RunningApi;
const agents: Agent[] = [];

beforeEach(async () => {
  api = await startApi();
});

afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await api.stop();
});

function agent(maxSockets: number): Agent {
  const made = new Agent({ keepAlive: true, maxSockets });
  agents.push(made);
  return made;
}

function send(path: string, body: Buffer, through: Agent): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const sent = request(api.url + path, { method: 'POST', headers, agent: through });
    const answered = async (response: IncomingMessage): Promise<Answer> => ({
      status: response.statusCode as number,
      retryAfter: response.headers['retry-after'],
      reusedSocket: sent.reusedSocket,
      body: (await json(response)) as Answer['body'],
    });
    sent.on('response', (response) => answered(response).then(resolve, reject));
    sent.on('error', reject);
    sent.end(body);
  });
}

function event(length: number): Buffer {
  const frame = { type: 'load.test', data: { id: randomUUID(), padding: '' } };
  frame.data.padding = 'x'.repeat(Math.max(0, length - JSON.stringify(frame).length));
  return Buffer.from(JSON.stringify(frame));
}

async function eventually(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Keeps Postgres from storing anything until what it returns is called. */
async function stallPostgres(): Promise<() => Promise<void>> {
  const client = await api.pool.connect();
  await client.query('begin');
  await client.query('lock table signals in access exclusive mode');
  return async () => {
    await client.query('rollback');
    client.release();
  };
}

async function storedIds(): Promise<string[]> {
  const { rows } = await api.pool.query<{ id: string }>('select id from signals');
  return rows.map(({ id }) => id).toSorted();
}

test('while Postgres stalls, bodies are refused before they fill the memory, and what is answered 2xx is on record', async () => {
  const goOn = await stallPostgres();
  const refused: Answer[] = [];
  const through = agent(many);
  const answers = Array.from({ length: many }, async () => {
    const answer = await send('/events', event(size), through);
    if (answer.status === 503) refused.push(answer);
    return answer;
  });
  await eventually(() => refused.length >= many - fitting);
  expect(fitting * size).toBeLessThanOrEqual(mostInHand);
  for (const { retryAfter, body } of refused) {
    expect([retryAfter, body.reason]).toEqual(['5', 'overloaded']);
  }

  const one = agent(1);
  const again = [await send('/events', event(size), one), await send('/events', event(size), one)];
  expect(again.map(({ status, reusedSocket }) => [status, reusedSocket])).toEqual([
    [503, false],
    [503, true],
  ]);
  // There is room for small ones.
  const small = send('/events', event(100), agent(1));

  await goOn();
  const accepted = [...(await Promise.all(answers)), await small].filter(({ status }) => status === 202);
  expect([accepted.length, refused.length]).toEqual([fitting + 1, many - fitting]);
  expect(await storedIds()).toEqual(accepted.map(({ body }) => String(body.signal_id)).toSorted());
  expect((await send('/events', event(size), one)).status).toBe(202);
  expect(api.lines.filter(({ msg }) => msg === 'api.overloaded')).toHaveLength(1);
}, 30_000);

test('a sender who gives up before the end makes room again', async () => {
  const announced = {
    method: 'POST',
    headers: { 'content-length': size, 'content-type': 'application/json' },
  };
  const half = Array.from({ length: fitting }, () => {
    const sent = request(`${api.url}/events`, announced).on('error', () => undefined);
    sent.write('{');
    return sent;
  });
  const one = agent(1);
  const status = async () => (await send('/events', event(size), one)).status;
  while ((await status()) !== 503);
  for (const sent of half) sent.destroy();
  while ((await status()) !== 202);
}, 30_000);
