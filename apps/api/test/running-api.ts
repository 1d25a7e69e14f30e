import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { nameServers, type Resolve } from '@signalbox/channels/resolve';
import { createEnvelope } from '@signalbox/domain';
import { openTransformer, usualLimits } from '@signalbox/jsonata';
import { connect, type Pool } from '@signalbox/postgres';
import { type TestDatabase, testDatabase } from '@signalbox/postgres/testing';
import { connectCommands, type Redis } from '@signalbox/redis';
import { type TestRedis, testRedis } from '@signalbox/redis/testing';
import { createLog } from '@signalbox/runtime';
import type { Express } from 'express';
import { createApp } from '../src/app.js';
import { readConfig } from '../src/config.js';
import { createGateway } from '../src/gateway.js';
import { createKeyRing } from '../src/key-ring.js';
import { closeQueues, listed, openQueues } from '../src/queues.js';
import { closeServer, createHttpServer } from '../src/server.js';
import { createSessions } from '../src/session.js';
import { createSubscriptions } from '../src/subscriptions.js';
import { watchAnswers } from './documented.js';

/** An API in this process, on a database and a Redis of its own. */
export interface RunningApi {
  url: string;
  app: Express;
  pool: Pool;
  redis: Redis;
  /** Every log line so far. */
  lines: Record<string, unknown>[];
  stop(): Promise<void>;
}

export const stripeSecret = 'whsec_test_secret';

/** @param env joins or replaces what the API is told; a REDIS_URL or DATABASE_URL that leads nowhere takes that server away */
export async function startApi(
  env: Record<string, string> = {},
  resolve: Resolve = nameServers(),
): Promise<RunningApi> {
  const [database, server]: [TestDatabase, TestRedis] = await Promise.all([testDatabase(), testRedis()]);
  const config = readConfig({
    DATABASE_URL: database.url,
    REDIS_URL: server.url,
    STRIPE_WEBHOOK_SECRET: stripeSecret,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ...env,
  });
  const lines: Record<string, unknown>[] = [];
  const log = createLog('api', 'debug', { write: (line) => void lines.push(JSON.parse(line)) });
  const pool = connect(config.DATABASE_URL, 10, () => undefined);
  const redis = connectCommands(config.REDIS_URL, () => undefined);
  const queues = openQueues(redis, () => undefined);
  if (!env.REDIS_URL) await Promise.all(listed(queues).map((queue) => queue.waitUntilReady()));
  const subscriptions = createSubscriptions(pool, createEnvelope(config.ENCRYPTION_KEY), log);
  const keys = createKeyRing(config.API_KEYS, pool, log);
  const sessions = createSessions(config.ENCRYPTION_KEY);
  const servers = { config, log, pool, redis, queues, subscriptions, keys, sessions };
  const gateway = createGateway(servers);
  const directoryChanged = gateway.forgetDirectory;
  const transformer = openTransformer(usualLimits);
  const app = createApp({ ...servers, gateway, transformer, resolve, directoryChanged });
  const http = createHttpServer(app);
  const mistakes = watchAnswers(http);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    app,
    pool,
    redis,
    lines,
    stop: async () => {
      await closeServer(http);
      redis.disconnect();
      await closeQueues(queues);
      await transformer.close();
      await pool.end();
      await Promise.all([database.drop(), server.drop()]);
      if (mistakes.size > 0) throw new Error(`Not as documented:\n${[...mistakes].join('\n')}`);
    },
  };
}

/** Gives a store users with the given preferences; answers with their ids in the same order. */
export async function addStore(
  pool: Pool,
  location: string,
  users: { preference: string; active?: boolean }[],
) {
  const store = await pool.query<{ id: string }>(
    `insert into stores (id, location, name) values (gen_random_uuid(), $1, $1) returning id`,
    [location],
  );
  const ids: string[] = [];
  for (const { preference, active = true } of users) {
    const user = await pool.query<{ id: string }>(
      `insert into users (id, name, preference, active) values (gen_random_uuid(), 'someone', $1, $2) returning id`,
      [preference, active],
    );
    const id = user.rows[0]?.id as string;
    await pool.query('insert into memberships (store_id, user_id) values ($1, $2)', [store.rows[0]?.id, id]);
    ids.push(id);
  }
  return ids;
}
