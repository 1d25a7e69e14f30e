import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/evaluator-main.js', import.meta.url));

/**
 * A process that starts one that evaluates, gives it an expression, and is told to die. Both hold the same standard
 * output, so that it ends when the last of the two does.
 */
function startParent(expression: string): ChildProcess {
  const script = `
    const child = require('node:child_process').fork(${JSON.stringify(main)}, [String(process.pid), '1000'], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'ignore', 'ipc'],
    });
    child.once('message', () => {
      child.send({ expression: ${JSON.stringify(expression)}, json: '{}' });
      console.log('sent');
    });`;
  return spawn(process.execPath, ['-e', script], { env: {}, stdio: ['ignore', 'pipe', 'inherit'] });
}

test.each([
  ['nothing', '1'],
  // No event reaches a process that is busy with it.
  ['an endless search', '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /(a+)+$/)'],
])('a process that is busy with %s does not outlive its parent', async (_, expression) => {
  const parent = startParent(expression);
  const output = parent.stdout as NonNullable<typeof parent.stdout>;
  await once(output, 'data');
  const ended = once(output, 'close');
  parent.kill('SIGKILL');
  await ended;
  expect(parent.signalCode).toBe('SIGKILL');
});

test('a Ctrl-C reaches it too, and is left to the parent', async () => {
  const child = fork(main, [`${process.pid}`, '1000'], { execArgv: [], env: {} });
  await once(child, 'message');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
  child.send({ expression: '1 + 1', json: '{}' });
  expect(await once(child, 'message')).toMatchObject([{ ok: true, json: '2' }]);
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
