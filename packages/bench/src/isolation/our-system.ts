import { Redis } from 'ioredis';
import { Pool } from 'undici';
import type { RunningSide } from '../running-side.js';
import type { Send } from './load.js';
import { readMoves } from './moves.js';
import type { System } from './system.js';
import { allPaths } from './targets.js';

/** What a subscription has beside its URL; all else is as usual. */
const settings: Record<string, object> = { '/slow': { rate_limit: { limit: 1, period_seconds: 1 } } };

/** Subscribes every receiver at our side, lets `use` send to them, and closes what was opened for it. */
export async function onOurSystem<Result>(
  running: RunningSide,
  receiversUrl: string,
  use: (system: System) => Promise<Result>,
): Promise<Result> {
  const { target, api, worker, redis, postgres, db } = running;
  // Far below the API's 65 s: a connection it is about to close must not be used again.
  const door = new Pool(target, { connections: 128, keepAliveTimeout: 2_000, keepAliveMaxTimeout: 2_000 });
  const jobs = new Redis(redis.url, { maxRetriesPerRequest: null });
  try {
    const ids = await subscribeAll(door, receiversUrl);
    return await use({
      name: 'ours',
      send: sender(door, ids),
      trees: { api: api.pid, worker: worker?.pid ?? 0, redis: redis.pid, postgres: postgres.pid },
      isIsolating: true,
      countMoves: () => readMoves(jobs, db, ids),
    });
  } finally {
    jobs.disconnect();
    await door.close();
  }
}

/** The ids of the subscriptions by path. */
async function subscribeAll(api: Pool, receiversUrl: string): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const path of allPaths()) {
    const { statusCode, body } = await post(api, '/subscriptions', {
      url: receiversUrl + path,
      ...settings[path],
    });
    const answer = await body.text();
    if (statusCode !== 201) throw new Error(`POST /subscriptions was answered with ${statusCode}: ${answer}`);
    ids.set(path, (JSON.parse(answer) as { id: string }).id);
  }
  return ids;
}

function sender(api: Pool, ids: ReadonlyMap<string, string>): Send {
  return async (path, message) => {
    const { statusCode, body } = await post(api, `/ingest/${ids.get(path)}`, message);
    await body.dump();
    return statusCode === 202;
  };
}

function post(api: Pool, path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  return api.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
}
