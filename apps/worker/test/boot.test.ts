import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const nowhere = { DATABASE_URL: 'postgres://127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' };

const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

/** Starts the worker as it was built. */
function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: { ...nowhere, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(child);
  return child;
}

test('without the URL of the notification service it does not start, and says what it must be', async () => {
  const child = run({});
  const [said] = await once(child.stderr, 'data');
  expect(String(said)).toMatch(
    /^ {2}NOTIFICATION_SERVICE_URL: must be the URL of the service that tells users/m,
  );
  expect(await once(child, 'exit')).toEqual([1, null]);
});

test('servers that cannot be reached, and a port that is taken, are told of, and it lives on', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const child = run({ NOTIFICATION_SERVICE_URL: 'http://127.0.0.1:1', METRICS_PORT: String(port) });
  const sentences = [
    'DATABASE_URL: nothing listens at 127.0.0.1:1.',
    'REDIS_URL: nothing listens at 127.0.0.1:1.',
    `METRICS_PORT: port ${port} of 127.0.0.1 is taken by another program.`,
  ];
  let said = '';
  while (!sentences.every((sentence) => said.includes(sentence)))
    said += String((await once(child.stderr, 'data'))[0]);
  expect(child.exitCode).toBeNull();
  other.close();
});
