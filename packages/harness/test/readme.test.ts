import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { harnessDir, rootDir } from '../src/paths.js';
import { type System, startSystem } from '../src/system.js';
import { differences, type Example, examplesOf } from './readme.js';

const examples = examplesOf(readFileSync(join(rootDir, 'README.md'), 'utf8'), 'README.md');
/** What sets up, runs for ever, or needs what is not here, is tried by other means. */
const elsewhere =
  /^(npm (start|test|run (check|bench|chaos|logs|reseal))|docker|pg_|kubectl|[A-Z_]+=\S+ npm)\b/;
const isRunHere = ({ commands }: Example) =>
  !commands.split('\n').every((line) => line === '' || line.startsWith('#') || elsewhere.test(line));
const runHere = examples.filter(isRunHere);

describe('every command of the README', () => {
  let system: System;
  let outputs: string[];
  beforeAll(async () => {
    system = await startSystem();
    outputs = await run(system, runHere);
  }, 120_000);
  afterAll(() => system.stop());

  test('call every endpoint there is', async () => {
    const document = await fetch(`${system.apiUrl}/openapi.json`);
    const { paths } = (await document.json()) as { paths: Record<string, Record<string, unknown>> };
    const calls = runHere.flatMap(({ commands }) => callsIn(commands));
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(50);
    const isCalled = (operation: string) => {
      const form = new RegExp(`^${operation.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
      return calls.some((call) => form.test(call));
    };
    const bySend = ['POST /ingest/stripe'];
    expect(operations.filter((operation) => !isCalled(operation) && !bySend.includes(operation))).toEqual([]);
  });

  test.each(runHere.map((example, index) => ({ ...example, index })))('$at', ({ answer, index }) => {
    const output = outputs[index] ?? '';
    const { body, json } = lastJson(output);
    if (answer !== undefined)
      expect({ differences: differences(answer, json), body }).toMatchObject({ differences: [] });
    // A problem document where none is printed: the command no longer does what the text says.
    expect(
      output.split('\n').filter((line) => line.startsWith('{"type":"about:blank"') && answer === undefined),
    ).toEqual([]);
  });
});

/** All of them in one shell, so that a variable set by one is there for the next. */
function run(system: System, list: Example[]): Promise<string[]> {
  const send = `${process.execPath} ${join(harnessDir, 'dist/send.js')} --url ${system.apiUrl}`;
  const here = (commands: string) =>
    commands
      .replaceAll('http://127.0.0.1:3000', system.apiUrl)
      .replaceAll('http://127.0.0.1:4000', system.receiver.url)
      .replaceAll('npm run send --', send);
  const there = (output: string) =>
    output
      .replaceAll(system.apiUrl, 'http://127.0.0.1:3000')
      .replaceAll(system.receiver.url, 'http://127.0.0.1:4000');
  // Answers do not end with a line end of their own.
  const curl = `$(command -v curl > /dev/null && echo "command curl" || echo "${process.execPath} ${standIn}")`;
  const ended = `CURL="${curl}"\ncurl() { $CURL "$@"; printf "\\n"; }\n`;
  const script =
    ended + list.map(({ commands }) => `${here(commands)}\nprintf '\\n%s\\n' '${mark}'\n`).join('');
  return new Promise((resolve, reject) => {
    execFile(
      'bash',
      ['--norc', '-euo', 'pipefail', '-c', script],
      { env: system.env, cwd: rootDir },
      (error, stdout, stderr) => {
        const parts = there(stdout).split(`\n${mark}\n`);
        if (error)
          reject(new Error(`after ${list[parts.length - 2]?.at ?? 'nothing'}: ${stderr}\n${parts.at(-1)}`));
        else resolve(parts);
      },
    );
  });
}

const standIn = join(rootDir, 'packages/harness/test/curl.mjs');
const mark = '--- end of an example ---';

function lastJson(output: string): { body: string; json: unknown } {
  const body = output.split('\n').findLast((line) => line.startsWith('{')) ?? '';
  return { body, json: body === '' ? undefined : JSON.parse(body) };
}

/** How a command calls an API: `POST /subscriptions/$ID/test`, what is a variable as `{}`. */
function callsIn(commands: string): string[] {
  const whole = commands.replaceAll(/\\\n/g, ' ').split(/(?=\bcurl )/);
  return whole.flatMap((command) => {
    const [, path] = /^curl .*?(?:\$S|:\/\/127\.0\.0\.1:3000)(\/[^\s"'?]*)/s.exec(command) ?? [];
    if (path === undefined) return [];
    const [, method = / -d /.test(command) ? 'POST' : 'GET'] = / -X (\w+)/.exec(command) ?? [];
    return [`${method} ${path}`];
  });
}

describe('an answer that is printed is unlike one that', () => {
  const printed = {
    id: '01900000-0000-7000-8000-00000000a001',
    name: 'a',
    list: [{ n: 1 }],
    url: 'https://…',
  };
  const alike = { ...printed, id: '01900000-0000-7000-8000-00000000a002', url: 'https://example.com' };
  test.each([
    ['is alike', {}, 0],
    ['has another text', { name: 'b' }, 1],
    ['has no id', { id: 'one' }, 1],
    ['has a member more', { more: 1 }, 1],
    ['lacks one', { name: undefined }, 1],
    ['has a longer list', { list: [{ n: 1 }, { n: 2 }] }, 1],
    ['has another number', { list: [{ n: 2 }] }, 1],
    ['begins otherwise', { url: 'http://' }, 1],
  ])('%s', (_, change, count) => {
    expect(differences(printed, { ...alike, ...change })).toHaveLength(count);
  });
  test('and "…" leaves out the rest of a list or an object', () => {
    expect(differences([1, '…'], [1, 2, 3])).toEqual([]);
    expect(differences({ a: 1, '…': '…' }, { a: 1, b: 2 })).toEqual([]);
    expect(differences({ p50: 12, a_ms: 1 }, { p50: 13, a_ms: 2 })).toHaveLength(0);
  });
});
