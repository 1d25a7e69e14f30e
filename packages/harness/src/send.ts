import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataDirOf, given, loadDotEnv, portOf } from './environment.js';
import { rootDir } from './paths.js';
import { runningUrl } from './running.js';
import { callApi, type Exchange } from './send-call.js';
import { pullStatusPage } from './send-status-page.js';
import { type Sender, senders } from './senders.js';

const fixturesDir = join(rootDir, 'fixtures');
const usage =
  'npm run send -- <sender> <fixture> [--new] [--url http://127.0.0.1:3000] [--subscription id] [--secret s]';

const options = {
  url: { type: 'string' },
  new: { type: 'boolean', default: false },
  subscription: { type: 'string' },
  secret: { type: 'string' },
} as const;

/** `npm run send`: posts a fixture as its sender would, signed, and prints the answer. */
async function main(): Promise<number> {
  const shellPort = given(process.env.PORT);
  loadDotEnv();
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [name = '', fixture = ''] = positionals;
  const file = join(fixturesDir, name, `${fixture}.json`);
  if (!names.includes(name) || !existsSync(file)) throw new Error(`${usage}\n\nThere are:\n${available()}`);
  const url = (values.url ?? apiUrl(shellPort)).replace(/\/$/, '');
  const sender = senders[name];
  const exchange =
    sender === undefined
      ? await pullStatusPage(url, fixture, file, values.new)
      : await post(url, sender, bodyOf(file, sender, values.new), values);
  process.stdout.write(`${exchange.asked}\n${exchange.status} ${exchange.text}\n`);
  return exchange.status < 300 ? 0 : 1;
}

/** Status pages are not sent to us, we ask for them. */
const names = [...Object.keys(senders), 'statuspage'];

/** A PORT the shell names means a certain copy; else the copy that runs on the data folder, wherever it ended up. */
function apiUrl(shellPort: string | undefined): string {
  const running = shellPort === undefined ? runningUrl(dataDirOf(process.env)) : undefined;
  return running ?? `http://127.0.0.1:${portOf(process.env)}`;
}

function bodyOf(file: string, sender: Sender, isNew: boolean): string {
  const text = readFileSync(file, 'utf8');
  if (!isNew || sender.renew === undefined) return text;
  return JSON.stringify(sender.renew(JSON.parse(text) as Record<string, unknown>));
}

async function post(
  url: string,
  sender: Sender,
  body: string,
  { subscription, secret }: { subscription?: string; secret?: string },
): Promise<Exchange> {
  const needsOne = sender.path.includes('{subscription}');
  const id = needsOne ? (subscription ?? (await newestSubscription(url))) : '';
  const path = sender.path.replace('{subscription}', id);
  const env = secret === undefined ? process.env : { ...process.env, INGEST_SECRET: secret };
  return callApi(url, 'POST', path, { body, headers: sender.sign(body, env) });
}

async function newestSubscription(url: string): Promise<string> {
  const { text } = await callApi(url, 'GET', '/subscriptions?limit=1');
  const { data = [] } = JSON.parse(text) as { data?: { id: string }[] };
  if (data[0]) return data[0].id;
  throw new Error('There is no subscription yet: make one with POST /subscriptions {"url": "…"}.');
}

function available(): string {
  return names.flatMap((name) => fixturesOf(name).map((fixture) => `  ${name} ${fixture}`)).join('\n');
}

function fixturesOf(name: string): string[] {
  const folder = join(fixturesDir, name);
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
