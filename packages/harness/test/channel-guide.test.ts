import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../src/eventually.js';
import { type Listener, listen } from '../src/listener.js';
import { rootDir } from '../src/paths.js';
import { type System, startSystem } from '../src/system.js';
import { alert, postAlert, store } from './alerting.js';
import { askApi } from './documented.js';
import { discardFolder, makeFolder } from './folder.js';

/** What packages/channels/README.md tells whoever adds a channel, done by a machine in a copy of this checkout. */
let copy: string;
let pigeon: Listener;
let system: System;

beforeAll(async () => {
  copy = await makeFolder();
  copyCheckout(copy);
  addChannel(join(copy, 'packages/channels/src'));
  execFileSync(join(rootDir, 'node_modules/.bin/tsc'), ['-b', 'apps/api', 'apps/worker'], { cwd: copy });
  pigeon = await listen();
  system = await startSystem({ root: copy, env: { PIGEON_SERVICE_URL: pigeon.url } });
}, 60_000);

afterAll(async () => {
  await system?.stop();
  await pigeon?.close();
  await discardFolder(copy);
});

function copyCheckout(to: string): void {
  for (const name of ['apps', 'packages', 'tsconfig.base.json', 'package.json']) {
    cpSync(join(rootDir, name), join(to, name), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(rootDir, 'node_modules'), join(to, 'node_modules'));
}

/** One file, copied from another, and its line in the list (and the import that comes with it). */
function addChannel(src: string): void {
  const model = readFileSync(join(src, 'notification.ts'), 'utf8');
  const file = model.replaceAll('NOTIFICATION_', 'PIGEON_').replaceAll(/\bnotification\b/g, 'pigeon');
  writeFileSync(join(src, 'pigeon.ts'), file);
  const index = readFileSync(join(src, 'index.ts'), 'utf8');
  const list = index.replace('export const channels = [', 'export const channels = [pigeon, ');
  expect(list).not.toBe(index);
  writeFileSync(join(src, 'index.ts'), `import { pigeon } from './pigeon.js';\n${list}`);
}

const camille = '01900000-0000-7000-8000-000000000001';

test('a channel that is one file and one line can be chosen, has a queue, and delivers', async () => {
  const known = (await (await askApi(`${system.apiUrl}/channels`)).json()) as { data: { name: string }[] };
  expect(known.data.map(({ name }) => name)).toContain('pigeon');

  const chosen = await askApi(`${system.apiUrl}/users/${camille}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ channels: [{ channel: 'pigeon' }] }),
  });
  expect(chosen.status).toBe(200);

  const body = alert();
  await postAlert(system.apiUrl, body);
  await eventually(() => pigeon.requests.length === 1);
  expect(pigeon.requests[0]?.json()).toMatchObject({ alert_uuid: body.alert_uuid, target_user_id: camille });
  await eventually(() => system.receiver.requests.length === store.toldOfTheft - 1);

  const board = await fetch(
    `${system.apiUrl}/admin/queues/api/queues?activeQueue=deliver-pigeon&page=1&jobsPerPage=10`,
  );
  const { queues } = (await board.json()) as { queues: { name: string }[] };
  expect(queues.map(({ name }) => name)).toContain('deliver-pigeon');
});
