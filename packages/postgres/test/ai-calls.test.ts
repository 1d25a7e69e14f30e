import { newId } from '@signalbox/domain';
import { type AiCall, type AiEnd, recordAiCall, reserveAiCall, settleAiCall } from '../src/ai-calls.js';
import { connect, type Pool } from '../src/index.js';
import { type TestDatabase, testDatabase } from '../src/testing.js';

let database: TestDatabase;
/** Two, as two processes would have. */
let pools: [Pool, Pool];

beforeAll(async () => {
  database = await testDatabase();
  pools = [connect(database.url, 10, () => undefined), connect(database.url, 10, () => undefined)];
});

beforeEach(() => pools[0].query('truncate ai_calls'));

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

function call(): AiCall {
  const model = 'a-model';
  const redactions = { email: 2 };
  return {
    id: newId(),
    correlationId: 'c-1',
    model,
    redactions,
    inputChars: 7,
    inputSha256: Buffer.alloc(32),
  };
}

const end: AiEnd = {
  outcome: 'answered',
  promptTokens: 100,
  completionTokens: 20,
  costUsd: 0.000_027,
  durationMs: 12,
  summary: 'Payments fail.',
  suggestedSeverity: 'critical',
};

async function spent(): Promise<number> {
  const { rows } = await pools[0].query<{ spent: number }>(
    'select coalesce(sum(cost_usd), 0)::float8 as spent from ai_calls',
  );
  return rows[0]?.spent ?? Number.NaN;
}

test('many callers at once, over two pools, are never promised more than the budget', async () => {
  const asked = Array.from({ length: 40 }, (_, index) =>
    reserveAiCall(pools[index % 2] as Pool, call(), 0.01, 0.1),
  );
  const promised = (await Promise.all(asked)).filter(Boolean);
  expect(promised).toHaveLength(10);
  expect(await spent()).toBeCloseTo(0.1, 8);
});

test('what a call did not cost is there for the next one', async () => {
  const first = call();
  expect(await reserveAiCall(pools[0], first, 0.08, 0.1)).toBe(true);
  expect(await reserveAiCall(pools[1], call(), 0.08, 0.1)).toBe(false);
  await settleAiCall(pools[0], first.id, end);
  expect(await spent()).toBe(0.000_027);
  expect(await reserveAiCall(pools[1], call(), 0.08, 0.1)).toBe(true);
});

test('yesterday is not counted: the day is the UTC day, whatever the session calls today', async () => {
  const [pool] = pools;
  const yesterday = call();
  expect(await reserveAiCall(pool, yesterday, 0.1, 0.1)).toBe(true);
  await pool.query(`update ai_calls set at = date_trunc('day', now(), 'UTC') where id = $1`, [yesterday.id]);
  expect(await reserveAiCall(pool, call(), 0.1, 0.1)).toBe(false);
  await pool.query(`update ai_calls set at = at - interval '1 microsecond' where id = $1`, [yesterday.id]);
  expect(await reserveAiCall(pool, call(), 0.1, 0.1)).toBe(true);
});

test('a budget of nothing promises nothing', async () => {
  expect(await reserveAiCall(pools[0], call(), 0.000_000_01, 0)).toBe(false);
});

test('a call is kept with all that is known of it, and nothing of the text', async () => {
  const made = call();
  await recordAiCall(pools[0], made, {
    ...end,
    outcome: 'not_configured',
    promptTokens: null,
    completionTokens: null,
    costUsd: 0,
  });
  const { rows } = await pools[0].query('select * from ai_calls');
  expect(rows).toEqual([
    {
      id: made.id,
      at: expect.any(Date),
      correlation_id: 'c-1',
      model: 'a-model',
      outcome: 'not_configured',
      redactions: { email: 2 },
      input_chars: 7,
      input_sha256: Buffer.alloc(32),
      prompt_tokens: null,
      completion_tokens: null,
      cost_usd: '0.00000000',
      duration_ms: 12,
      summary: 'Payments fail.',
      suggested_severity: 'critical',
    },
  ]);
});
