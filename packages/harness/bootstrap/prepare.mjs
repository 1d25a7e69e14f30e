import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runCaptured } from './child.mjs';
import { releaseLock, takeLock } from './pid-lock.mjs';
import { say, step } from './steps.mjs';

const pnpmVersion = '12.21.0';
const nodeFloor = [20, 19];

/** Everything a command needs before it can run: Node checked, packages installed, TypeScript built. */
export async function prepare(root) {
  requireNode();
  const lock = join(root, '.cache/set-up.lock');
  await waitForLock(lock);
  const release = () => releaseLock(lock);
  process.once('exit', release);
  try {
    if (!hasPnpm(root)) await fetched(step(`fetch pnpm ${pnpmVersion}`, () => fetchPnpm(root)));
    if (!isInstalled(root)) await fetched(step('install packages', () => install(root)));
    await step('build', () => runCaptured(join(root, 'node_modules/.bin/tsc'), ['-b'], { cwd: root }));
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** Adds to what npm and pnpm say about the network what that means here. */
async function fetched(work) {
  try {
    await work;
  } catch (error) {
    if (!/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/.test(error.message))
      throw error;
    throw new Error(`${error.message}\n\n${noNetwork}`, { cause: error });
  }
}

const noNetwork =
  'The first start fetches packages and could not reach the registry. Check the network, the proxy (HTTPS_PROXY) and ' +
  '"npm config get registry", then start again; later starts need no network.';

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const enough = major > nodeFloor[0] || (major === nodeFloor[0] && minor >= nodeFloor[1]);
  if (!enough)
    throw new Error(
      `Signalbox needs Node ${nodeFloor.join('.')} or newer; this is ${process.versions.node}. Install one from nodejs.org, or with nvm install 24.`,
    );
}

async function waitForLock(lock) {
  let holder = takeLock(lock, 'run.mjs');
  if (holder !== null) say(`waiting for another copy to finish its set-up (pid ${holder})`);
  while (holder !== null) {
    await sleep(200);
    holder = takeLock(lock, 'run.mjs');
  }
}

const toolsDir = (root) => join(root, '.cache/tools');

function hasPnpm(root) {
  const manifest = join(toolsDir(root), 'node_modules/pnpm/package.json');
  return fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).version === pnpmVersion;
}

async function fetchPnpm(root) {
  fs.mkdirSync(toolsDir(root), { recursive: true });
  const flags = ['--no-audit', '--no-fund', '--no-save', '--no-package-lock'];
  await runCaptured('npm', ['install', '--prefix', toolsDir(root), `pnpm@${pnpmVersion}`, ...flags], {
    cwd: root,
  });
}

function isInstalled(root) {
  return fs.existsSync(stampOf(root)) && fs.readFileSync(stampOf(root), 'utf8') === fingerprint(root);
}

async function install(root) {
  fs.rmSync(stampOf(root), { force: true });
  const pnpm = join(toolsDir(root), 'node_modules/.bin/pnpm');
  // CI: pnpm otherwise asks before it replaces node_modules, and fails where there is nobody to ask.
  await runCaptured(pnpm, ['install', '--frozen-lockfile'], {
    cwd: root,
    env: { ...process.env, CI: 'true' },
  });
  fs.writeFileSync(stampOf(root), fingerprint(root));
}

const stampOf = (root) => join(root, 'node_modules/.signalbox-installed');

function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${pnpmVersion}`);
  for (const file of manifests(root)) hash.update(`\n${file}\n`).update(fs.readFileSync(join(root, file)));
  return hash.digest('hex');
}

function manifests(root) {
  const packages = ['apps', 'packages'].flatMap((folder) =>
    fs.readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  );
  const present = packages.filter((file) => fs.existsSync(join(root, file)));
  return [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    ...present.sort((a, b) => a.localeCompare(b)),
  ];
}
