import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataDirOf, given, loadDotEnv, portOf } from './environment.js';
import { rootDir } from './paths.js';
import { runningUrl } from './running.js';
import { type Sender, senders } from './senders.js';

const fixturesDir = join(rootDir, 'fixtures');
const usage = 'npm run send -- <sender> <fixture> [--new] [--url http://127.0.0.1:3000]';

/** `npm run send`: posts a fixture as its sender would, signed, and prints the answer. */
async function main(): Promise<number> {
  const shellPort = given(process.env.PORT);
  loadDotEnv();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string' }, new: { type: 'boolean' } },
  });
  const [name = '', fixture = ''] = positionals;
  const sender = senders[name];
  const file = join(fixturesDir, name, `${fixture}.json`);
  if (sender === undefined || !existsSync(file)) throw new Error(`${usage}\n\nThere are:\n${available()}`);
  const url = values.url ?? apiUrl(shellPort);
  return post(`${url.replace(/\/$/, '')}${sender.path}`, sender, bodyOf(file, sender, values.new === true));
}

/** A PORT the shell names means a certain copy; else the copy that runs on the data folder, wherever it ended up. */
function apiUrl(shellPort: string | undefined): string {
  const running = shellPort === undefined ? runningUrl(dataDirOf(process.env)) : undefined;
  return running ?? `http://127.0.0.1:${portOf(process.env)}`;
}

function bodyOf(file: string, sender: Sender, renew: boolean): string {
  const text = readFileSync(file, 'utf8');
  return renew ? JSON.stringify(sender.renew(JSON.parse(text) as Record<string, unknown>)) : text;
}

async function post(url: string, sender: Sender, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json', ...sender.sign(body, process.env) };
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => {
    throw new Error(`Nothing answers at ${url}: start it with npm start, or say where it is with --url.`);
  });
  process.stdout.write(`POST ${url}\n${response.status} ${await response.text()}\n`);
  return response.ok ? 0 : 1;
}

function available(): string {
  const names = Object.keys(senders).flatMap((sender) =>
    fixturesOf(sender).map((fixture) => `  ${sender} ${fixture}`),
  );
  return names.join('\n');
}

function fixturesOf(sender: string): string[] {
  const folder = join(fixturesDir, sender);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const bodies = files.filter((file) => file.endsWith('.json') && !file.endsWith('.signal.json'));
  return bodies.map((file) => file.replace(/\.json$/, ''));
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
