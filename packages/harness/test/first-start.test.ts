import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { harnessDir } from '../src/paths.js';

const nobody = 65_534;
let root: string;

/** A checkout of which only what runs first is there. */
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'first-start-'));
  for (const name of ['run.mjs', 'bootstrap']) {
    await cp(join(harnessDir, name), join(root, 'packages/harness', name), { recursive: true });
  }
  await mkdir(join(root, 'apps'));
  await writeFile(join(root, 'package.json'), '{}');
});

afterEach(async () => {
  await chmod(root, 0o755);
  await rm(root, { recursive: true, force: true });
});

/** Runs `npm start` there, as npm does. */
function start(env: Record<string, string> = {}, { node = [], uid }: { node?: string[]; uid?: number } = {}) {
  const { status, stderr } = spawnSync(process.execPath, [...node, 'packages/harness/run.mjs', 'start'], {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: root, ...env },
    encoding: 'utf8',
    timeout: 60_000,
    ...(uid !== undefined && { uid }),
  });
  return { status, stderr };
}

test('a Node that is too old is told which one is needed, and where to get it', () => {
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`;
  const { status, stderr } = start(
    {},
    { node: ['--import', `data:text/javascript,${encodeURIComponent(old)}`] },
  );
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Signalbox needs Node 20\.19 or newer; this is 18\.20\.4\. .+nodejs\.org/m);
});

test('without a network the first start says what it needs it for', () => {
  const { status, stderr } = start({
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_fetch_retries: '0',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/ECONNREFUSED/);
  expect(stderr).toMatch(/^The first start fetches packages .+HTTPS_PROXY.+ start again/m);
});

// What root may not write to cannot be had, so root becomes nobody, if that one can reach Node and the folder.
const isRoot = process.getuid?.() === 0;
const asOrdinaryUser = isRoot ? { uid: nobody } : {};
const reachable =
  spawnSync(process.execPath, ['--version'], { ...asOrdinaryUser, cwd: tmpdir() }).status === 0;

(reachable ? test : test.skip)(
  'a checkout that cannot be written to says which, whose it is, and what to do',
  async () => {
    await chmod(root, 0o555);
    const { status, stderr } = start({}, asOrdinaryUser);
    expect(status).toBe(1);
    expect(stderr).toContain('EACCES');
    expect(stderr).toContain(
      isRoot
        ? `${root} belongs to user 0, and this is user ${nobody}.`
        : `This user may not write to ${root}`,
    );
    expect(stderr).toMatch(/copy the checkout elsewhere\. SIGNALBOX_DATA_DIR/);
  },
);
