import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.js';

const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

/**
 * Redis from Debian's own packages, unpacked into a folder: no root needed, and the system stays as it is.
 * @param folder where it goes; used as it is when it is already there
 * @throws an Error when there is no apt, or it cannot download
 */
export async function unpackDebianRedis(folder: string): Promise<{ path: string; env: NodeJS.ProcessEnv }> {
  const path = join(folder, 'usr/bin/redis-server');
  if (!existsSync(path)) await fetchAndUnpack(folder);
  const libraries = (await readdir(join(folder, 'usr/lib'))).filter((name) => name.includes('-linux-'));
  return { path, env: { LD_LIBRARY_PATH: libraries.map((name) => join(folder, 'usr/lib', name)).join(':') } };
}

async function fetchAndUnpack(folder: string): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const work = await mkdtemp(`${folder}-`);
  try {
    for (const archive of await download(work)) {
      await runCommand('dpkg-deb', ['-x', join(work, archive), join(work, 'root')]);
    }
    // Renamed when whole: of two that do this at once one wins, and an interrupted one leaves nothing.
    await rename(join(work, 'root'), folder).catch(unlessThere);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function download(folder: string): Promise<string[]> {
  await runCommand('apt-get', ['download', ...packages], { cwd: folder }).catch(() =>
    downloadAfterUpdate(folder),
  );
  return (await readdir(folder)).filter((name) => name.endsWith('.deb'));
}

/** The machine's package lists are missing or too old, and are not ours to change: apt gets folders of its own. */
async function downloadAfterUpdate(folder: string): Promise<void> {
  await mkdir(join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(join(folder, 'cache/archives/partial'), { recursive: true });
  const settings = [
    `Dir::State=${join(folder, 'state')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    // As root apt would change to a user that may not write here.
    'APT::Sandbox::User=root',
  ].flatMap((setting) => ['-o', setting]);
  await runCommand('apt-get', ['update', ...settings], { cwd: folder });
  await runCommand('apt-get', ['download', ...settings, ...packages], { cwd: folder });
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
}
