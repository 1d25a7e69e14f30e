import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../src/eventually.js';
import { harnessDir } from '../src/paths.js';
import { discardFolder, makeFolder } from './folder.js';

const line = (second: number, service: string, msg: string) =>
  `${JSON.stringify({ level: 'info', time: `2026-01-15T10:40:0${second}.000Z`, service, msg })}\n`;

let folder: string;

beforeEach(async () => {
  folder = await makeFolder();
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'logs/api.log'), line(1, 'api', 'first') + line(3, 'api', 'third'));
  writeFileSync(join(folder, 'logs/worker.log'), line(2, 'worker', 'second'));
});
afterEach(() => discardFolder(folder));

function logs(...args: string[]) {
  const env = { ...process.env, SIGNALBOX_DATA_DIR: folder, TZ: 'UTC', NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [join(harnessDir, 'dist/logs.js'), ...args], { env });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const ended = new Promise<string>((resolve) => child.once('exit', () => resolve(out)));
  return { ended, out: () => out, end: () => child.kill() };
}

test('the logs of all processes, by time, as people read them', async () => {
  const said = await logs('--once').ended;
  expect(said.split('\n').slice(0, 3)).toEqual([
    '[10:40:01.000] INFO: api first',
    '[10:40:02.000] INFO: worker second',
    '[10:40:03.000] INFO: api third',
  ]);
});

test('only lines that hold a text, and only the last ones', async () => {
  expect(await logs('--once', '"api"').ended).not.toContain('second');
  expect(await logs('--once', '--lines', '1').ended).toBe('[10:40:03.000] INFO: api third\n');
});

test('what is added is shown, and only when its line is whole', async () => {
  const following = logs();
  await eventually(() => following.out().includes('third'));
  const [start, end] = [line(4, 'worker', 'fourth').slice(0, 20), line(4, 'worker', 'fourth').slice(20)];
  appendFileSync(join(folder, 'logs/worker.log'), start);
  appendFileSync(join(folder, 'logs/api.log'), line(5, 'api', 'fifth'));
  await eventually(() => following.out().includes('fifth'));
  appendFileSync(join(folder, 'logs/worker.log'), end);
  await eventually(() => following.out().includes('INFO: worker fourth'));
  following.end();
  await following.ended;
});

test('a log that was begun anew is read from its start', async () => {
  const following = logs();
  await eventually(() => following.out().includes('third'));
  writeFileSync(join(folder, 'logs/api.log'), line(6, 'api', 'anew'));
  await eventually(() => following.out().includes('api anew'));
  following.end();
  await following.ended;
});
