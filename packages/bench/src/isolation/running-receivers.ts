import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@signalbox/harness/eventually';
import { freePort } from '@signalbox/harness/ports';
import { startChild } from '@signalbox/harness/processes';
import type { Stage } from '../stage.js';
import type { Seen } from './receivers.js';

/** All receivers, in one process of their own. */
export interface Receivers {
  url: string;
  look(): Promise<Seen>;
  /** The same; then they start anew. */
  takeNotes(): Promise<Seen>;
  /** From now on nobody hangs any more; what hangs already stays without an answer. */
  heal(): Promise<void>;
}

/** Starts the receivers on a free port. */
export async function startReceivers({ directory, closing }: Stage): Promise<Receivers> {
  const port = await freePort();
  const child = await startChild({
    name: 'receivers',
    command: process.execPath,
    args: [fileURLToPath(new URL('./receivers.js', import.meta.url))],
    env: { PATH: process.env.PATH, PORT: String(port) },
    output: { file: join(directory, 'receivers.log') },
    ipc: true,
  });
  closing.add(child.kill);
  const url = `http://127.0.0.1:${port}`;
  const ask = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Seen;
  const look = () => ask('/');
  await eventually(look);
  const heal = async () => void (await ask('/heal'));
  return { url, look, takeNotes: () => ask('/?reset'), heal };
}
