import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { eventually } from '../src/eventually.js';
import { type Listener, listen, type Received } from '../src/listener.js';
import { rootDir } from '../src/paths.js';
import { freePort } from '../src/ports.js';
import { answersOk, seesWorkers } from '../src/readiness.js';
import { type System, startSystem } from '../src/system.js';
import { type App, startApp } from '../src/system-app.js';
import { discardFolder, makeFolder } from './folder.js';
import { type MailDoor, openMailDoor } from './mail-door.js';
import { newBase64, newMark } from './marks.js';

/** What a system is told that nobody else should hear of. */
export const given = {
  stripe: newMark(),
  alerts: newMark(),
  adminKey: newMark(),
  oldKey: newBase64(32),
  newKey: newBase64(32),
  notification: newBase64(24),
  smtp: newMark(),
  twilio: newMark(),
  pagerduty: newMark(),
  ai: newMark(),
  database: newMark(),
  redis: newMark(),
  wrongRedis: newMark(),
};

/** An API and a worker that are told nothing but marked secrets; every service they call quotes what it is sent. */
export interface MarkedSystem {
  env: NodeJS.ProcessEnv;
  apiUrl: string;
  apps: App[];
  databaseUrl: string;
  redisUrl: string;
  /** refuses everything, and says what: a bad sort of debugging aid */
  echo: Listener;
  /** where the worker serves its metrics */
  metricsUrl: () => string;
  /** starts a process more, with another environment */
  start: (kind: 'api' | 'worker', name: string, env: NodeJS.ProcessEnv) => Promise<App>;
  stop: () => Promise<void>;
}

export async function startMarkedSystem(): Promise<MarkedSystem> {
  const [system, folder, echo, mail] = await Promise.all([
    startSystem({ apis: 0, workers: 0 }),
    makeFolder(),
    listen(),
    openMailDoor(),
  ]);
  echo.respond(quote);
  const apiUrl = `http://127.0.0.1:${await freePort()}`;
  const role = await newRole(system);
  const env = { ...system.env, ...(await markedEnvironment(system, apiUrl, role.url, echo, mail)) };
  const apps: App[] = [];
  const start: MarkedSystem['start'] = async (kind, name, env) => {
    const isReady = () => answersOk(`http://127.0.0.1:${env.PORT}/healthz`);
    const app = await startApp({
      kind,
      name,
      env,
      root: rootDir,
      logFile: join(folder, `${name}.log`),
      ...(kind === 'api' && { isReady }),
    });
    apps.push(app);
    return app;
  };
  await start('api', 'api', env);
  const worker = await start('worker', 'worker', env);
  await eventually(() => seesWorkers(apiUrl, 1), { timeoutMs: 30_000 });
  return {
    env,
    apiUrl,
    apps,
    databaseUrl: system.databaseUrl,
    redisUrl: env.REDIS_URL,
    echo,
    metricsUrl: () => `http://127.0.0.1:${listeningPort(worker)}/metrics`,
    start,
    stop: async () => {
      await Promise.all(apps.map((app) => app.kill()));
      await Promise.all([echo.close(), mail.close(), role.drop()]);
      await system.stop();
      await discardFolder(folder);
    },
  };
}

function quote({ method, path, headers, body }: Received) {
  return { status: 418, body: `${path} ${JSON.stringify(headers)} ${body.toString()} ${method}` };
}

async function markedEnvironment(
  system: System,
  apiUrl: string,
  databaseUrl: string,
  echo: Listener,
  mail: MailDoor,
) {
  const redis = new Redis(system.redis.url);
  await redis.config('SET', 'requirepass', given.redis);
  redis.disconnect();
  return {
    LOG_LEVEL: 'trace',
    PORT: new URL(apiUrl).port,
    SIGNALBOX_URL: apiUrl,
    DATABASE_URL: databaseUrl,
    REDIS_URL: withPassword(system.redis.url, '', given.redis),
    ENCRYPTION_KEY: given.oldKey,
    API_KEYS: `admin:${given.adminKey}`,
    STRIPE_WEBHOOK_SECRET: `whsec_${given.stripe}`,
    ALERTS_SECRET: given.alerts,
    NOTIFICATION_SERVICE_URL: echo.url,
    NOTIFICATION_SECRET: `whsec_${given.notification}`,
    SMTP_URL: `smtp://mailer:${given.smtp}@127.0.0.1:${mail.port}`,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: given.twilio,
    TWILIO_FROM: '+15005550006',
    TWILIO_URL: echo.url,
    PAGERDUTY_ROUTING_KEY: given.pagerduty,
    PAGERDUTY_URL: echo.url,
    AI_BASE_URL: `${echo.url}/v1`,
    AI_API_KEY: given.ai,
    METRICS_PORT: '0',
    RETRY_SCHEDULE: '100ms',
  };
}

/** A role with a password, and a way to the system's database as it. */
async function newRole({ databaseUrl }: System): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = newMark(12).toLowerCase();
  await run(databaseUrl, `create role ${name} superuser login password '${given.database}'`);
  return {
    url: withPassword(databaseUrl, name, given.database),
    drop: () =>
      run(databaseUrl, `reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`),
  };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

export function withPassword(text: string, user: string, password: string): string {
  const url = new URL(text);
  url.username = user;
  url.password = password;
  return url.href;
}

function listeningPort(worker: App): string {
  const line = worker.output().match(/.*"metrics\.listening".*/)?.[0] ?? '{}';
  return String((JSON.parse(line) as { address?: { port: number } }).address?.port);
}
