import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { runCommand, succeeds } from './command.js';

/** How to run a program that refuses to be root, and needs a user with a name. */
export interface Unprivileged {
  /** the command and arguments to really run */
  wrap(command: string, args: readonly string[]): { command: string; args: string[] };
  /** to pass to spawn as well */
  identity: { uid?: number; gid?: number };
  /** hands a folder and what is in it over to whoever the program will run as */
  own(folder: string): Promise<void>;
}

const root = 0;
const nobody = 65_534;
const namespaceFlags = ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`];

const asIs: Unprivileged = {
  wrap: (command, args) => ({ command, args: [...args] }),
  identity: {},
  own: async () => undefined,
};

// Outside the namespace the program is still us: our files stay ours, wherever they lie.
const inNamespace: Unprivileged = {
  wrap: (command, args) => ({ command: 'unshare', args: [...namespaceFlags, command, ...args] }),
  identity: {},
  own: (folder) => changeOwner(folder, process.getuid?.() ?? root),
};

const asNobody: Unprivileged = {
  ...asIs,
  identity: { uid: nobody, gid: nobody },
  own: (folder) => changeOwner(folder, nobody),
};

/**
 * As an ordinary user: nothing to do. As root, or as a user id without a name (some containers): a user namespace. For
 * root, where that is forbidden: user 65534, who must be able to reach `folders`.
 * @throws an Error naming the folder user 65534 cannot enter
 */
export async function unprivileged(folders: readonly string[]): Promise<Unprivileged> {
  const isRoot = process.getuid?.() === root;
  if (!isRoot && hasName()) return asIs;
  if (await succeeds('unshare', [...namespaceFlags, 'true'])) return inNamespace;
  if (!isRoot) return asIs;
  for (const folder of folders) await requireReachable(folder);
  return asNobody;
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    // That is how Node says that there is none.
    return false;
  }
}

async function requireReachable(folder: string): Promise<void> {
  for (let at = folder; at !== dirname(at); at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) !== 0) continue;
    throw new Error(
      `Postgres refuses to run as root, and user ${nobody} cannot enter ${at}. ` +
        'Run as an ordinary user, move the checkout or SIGNALBOX_DATA_DIR, or set DATABASE_URL.',
    );
  }
}

async function changeOwner(folder: string, owner: number): Promise<void> {
  if ((await stat(folder)).uid !== owner) await runCommand('chown', ['-R', `${owner}:${owner}`, folder]);
}
