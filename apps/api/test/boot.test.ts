import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const key = '0123456789abcdef01234567';
const production = {
  NODE_ENV: 'production',
  HOST: '0.0.0.0',
  DATABASE_URL: 'postgres://127.0.0.1:1/x',
  REDIS_URL: 'redis://127.0.0.1:1',
  STRIPE_WEBHOOK_SECRET: 'whsec_x',
};

const development = { ...production, NODE_ENV: 'development', HOST: '', PORT: '0' };

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the API as it was built; what is wrong with its environment ends it before anything else. */
function start(env: Record<string, string>) {
  const { status, stderr } = spawnSync(process.execPath, [main], { env, encoding: 'utf8', timeout: 20_000 });
  return { status, stderr };
}

test('production refuses to start without keys, and says how to make both kinds', () => {
  const { status, stderr } = start({ ...production, TRUST_NETWORK: 'true' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ {2}ENCRYPTION_KEY: .+ openssl rand -base64 32/m);
  expect(stderr).toMatch(/^ {2}API_KEYS: must be set in production: .+ openssl rand -base64 24/m);
});

test('outside production it refuses to be open to a network', () => {
  const { status, stderr } = start({ ...production, NODE_ENV: 'development' });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ {2}HOST: must be a loopback address .+ TRUST_NETWORK=true/m);
  expect(stderr).not.toMatch(/_KEYS?:/);
});

test('a key that is too short is refused, and not quoted', () => {
  const { status, stderr } = start({ ...production, API_KEYS: `admin:${key},read:opensesame` });
  expect(status).toBe(1);
  expect(stderr).toContain('API_KEYS: API_KEYS #2 is too short');
  expect(stderr).not.toMatch(/opensesame|0123/);
});

test('every mistake is told in a line of its own, with what would be right', () => {
  const wrong = {
    ENCRYPTION_KEY: 'too-short',
    DATABASE_URL: '"postgres://db/x"',
    REDIS_URL: 'localhost',
    PORT: 'http',
  };
  const { status, stderr } = start({ ...development, ...wrong });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^ {2}ENCRYPTION_KEY: .*(32 bytes|openssl)/m);
  expect(stderr).toMatch(/^ {2}DATABASE_URL: is in quotes.+ write it without/m);
  expect(stderr).toMatch(/^ {2}REDIS_URL: must be a URL like redis:\/\//m);
  expect(stderr).toMatch(/^ {2}PORT: must be a whole number/m);
});

test('a port that is taken: which one, and what to do', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  // The other server is in this process, which must go on meanwhile.
  const { code, stderr } = await ended({
    ...production,
    NODE_ENV: 'development',
    HOST: '',
    PORT: String(port),
  });
  other.close();
  expect(code).toBe(1);
  expect(stderr).toContain(`PORT: port ${port} of 127.0.0.1 is taken by another program.`);
  expect(stderr).toContain('set PORT to another number');
});

test('servers that cannot be reached are told of on stderr and in the log, and it lives on', async () => {
  const api = run(development);
  const told = [
    'DATABASE_URL: nothing listens at 127.0.0.1:1.',
    'REDIS_URL: nothing listens at 127.0.0.1:1.',
  ];
  await until(api, () => told.every((sentence) => api.said.stderr.includes(sentence)));
  await until(api, () => told.every((sentence) => api.said.stdout.includes(sentence)));
  expect(api.said.stdout).toContain('"msg":"server.unusable"');
  expect(api.child.exitCode).toBeNull();
  api.child.kill();
  expect(await once(api.child, 'exit')).toEqual([0, null]);
});

test('a database that was not migrated is told how to be', async () => {
  // Nobody migrates the one that others are made from.
  const api = run({ ...development, DATABASE_URL: process.env.TEST_DATABASE_URL ?? '' });
  await until(api, () => /DATABASE_URL: .+ lacks \d+ migrations.+migrate-main\.js/.test(api.said.stderr));
  expect(api.child.exitCode).toBeNull();
});

/** Starts the API beside us, and keeps what it says. */
function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], { env });
  running.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  return { child, said };
}

async function ended(env: Record<string, string>) {
  const { child, said } = run(env);
  const [code] = await once(child, 'close');
  return { code, stderr: said.stderr };
}

async function until({ child }: ReturnType<typeof run>, holds: () => boolean): Promise<void> {
  while (!holds()) await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
}
