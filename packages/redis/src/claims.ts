import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { runScript } from './script.js';

/** A crash may leave a claim in flight; the sender's retry is then decided by Postgres alone. Unit: ms. */
const inFlightMs = 10_000;
const seenMs = 24 * 60 * 60 * 1000;

/** What Redis knows of a signal. Only `seen` may be relied on: it was durable when it was written down. */
export type Claim = { type: 'new' } | { type: 'in-flight' } | { type: 'seen'; signalId: string };

// All claims share one slot, so that one script may take many of them on a Redis Cluster too. There is one for every
// signal of a day, so the key is a short digest of what it stands for: 128 bits, which do not collide by chance.
const keyOf = (key: string) => `{claims}:${hash('sha256', key, 'base64url').slice(0, 22)}`;

/** Claims many keys in one round trip. Results stand in the order of the keys. */
export async function claim(redis: Redis, keys: readonly string[]): Promise<Claim[]> {
  const answers = await runScript(redis, 'signalboxClaim', claimLua, keys.map(keyOf), [inFlightMs]);
  return (answers as string[]).map((answer) => {
    if (answer === '') return { type: 'new' };
    return answer.startsWith('+') ? { type: 'seen', signalId: answer.slice(1) } : { type: 'in-flight' };
  });
}

const claimLua = `
  local answers = {}
  for i, key in ipairs(KEYS) do
    local known = redis.call('GET', key)
    if not known then redis.call('SET', key, '-', 'PX', ARGV[1]) end
    answers[i] = known or ''
  end
  return answers`;

/** A claim whose signal is durable (`signalId`), or was not stored (null) and must not count as seen. */
export interface Settled {
  key: string;
  signalId: string | null;
}

/** Confirms or releases many claims in one round trip. */
export async function settleClaims(redis: Redis, settled: readonly Settled[]): Promise<void> {
  const keys = settled.map(({ key }) => keyOf(key));
  const values = settled.map(({ signalId }) => (signalId === null ? '' : `+${signalId}`));
  await runScript(redis, 'signalboxSettle', settleLua, keys, [seenMs, ...values]);
}

const settleLua = `
  for i, key in ipairs(KEYS) do
    local value = ARGV[i + 1]
    if value ~= '' then
      redis.call('SET', key, value, 'PX', ARGV[1])
    elseif redis.call('GET', key) == '-' then
      redis.call('DEL', key)
    end
  end`;
