import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDirOf, developmentStripeSecret, given, portOf } from './environment.js';
import { claimPort } from './ports.js';

/** What `npm start` is going to do, decided before anything runs. */
export interface StartPlan {
  dataDir: string;
  production: boolean;
  /** the port asked for, and the one it became */
  port: { wanted: number; taken: number };
  /** where the API is for us and for the worker */
  url: string;
  /** of the built-in receiver; undefined when notifications go elsewhere */
  receiverPort: { wanted: number; taken: number } | undefined;
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
}

const receiverPort = 4000;

/** @throws an Error in plain words when a variable is wrong */
export async function planStart(env: NodeJS.ProcessEnv): Promise<StartPlan> {
  const production = env.NODE_ENV === 'production';
  const port = await choose(portOf(env));
  const ownReceiver = !production && given(env.NOTIFICATION_SERVICE_URL) === undefined;
  return {
    dataDir: dataDirOf(env),
    production,
    port,
    url: `http://${reachable(given(env.HOST))}:${port.taken}`,
    receiverPort: ownReceiver ? await choose(receiverPort) : undefined,
    redisUrl: given(env.REDIS_URL),
    databaseUrl: given(env.DATABASE_URL),
  };
}

/** The environment of API and worker: ours, and on top of it what `npm start` knows better. */
export function appEnvironment(
  env: NodeJS.ProcessEnv,
  plan: StartPlan,
  servers: { redisUrl: string; databaseUrl: string },
): NodeJS.ProcessEnv {
  const always = {
    PORT: String(plan.port.taken),
    HOST: given(env.HOST) ?? '127.0.0.1',
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    SIGNALBOX_URL: plan.url,
  };
  return { ...(plan.production ? {} : developmentDefaults(plan)), ...withoutEmpty(env), ...always };
}

function developmentDefaults({ dataDir, receiverPort }: StartPlan): NodeJS.ProcessEnv {
  return {
    NODE_ENV: 'development',
    STRIPE_WEBHOOK_SECRET: developmentStripeSecret,
    NOTIFICATION_SECRET: kept(dataDir, 'notification-secret', (random) => `whsec_${random}`),
    ENCRYPTION_KEY: kept(dataDir, 'encryption-key', (random) => random),
    ...(receiverPort && {
      NOTIFICATION_SERVICE_URL: `http://127.0.0.1:${receiverPort.taken}/webhook/notifications`,
    }),
  };
}

/** A secret that is made of 32 random bytes at the first start, and stays the same. */
function kept(dataDir: string, name: string, make: (random: string) => string): string {
  const file = join(dataDir, name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = make(randomBytes(32).toString('base64'));
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => given(value) !== undefined));
}

async function choose(wanted: number): Promise<{ wanted: number; taken: number }> {
  return { wanted, taken: await claimPort(wanted, 'harness/dist/start.js') };
}

function reachable(host = '127.0.0.1'): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
