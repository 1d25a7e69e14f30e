import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../src/paths.js';

/** Licences that ask for no more than their text to go along. Anything else is for a person to decide. */
const permissive = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);
const listFile = join(rootDir, 'packages/harness/third-party.txt');

const shipped = shippedPackages();

test('what is shipped may be shipped', () => {
  expect(shipped.length).toBeGreaterThan(50);
  expect(shipped.filter(({ licence }) => !permissive.has(licence))).toEqual([]);
});

test('third-party.txt lists what is shipped, with its licence', () => {
  const real = shipped.map(({ name, licence }) => `${name} ${licence}`);
  const listed = readFileSync(listFile, 'utf8').trimEnd().split('\n').slice(2);
  expect({
    toAdd: real.filter((line) => !listed.includes(line)),
    toRemove: listed.filter((line) => !real.includes(line)),
  }).toEqual({ toAdd: [], toRemove: [] });
});

/** Every package that the API and the worker need to run, whoever asked for it. */
function shippedPackages(): { name: string; licence: string }[] {
  const pnpm = join(rootDir, '.cache/tools/node_modules/.bin/pnpm');
  // With our own packages that they depend on, whose dependencies are shipped too.
  const args = ['--recursive', '--filter', '{./apps/*}...', 'licenses', 'list', '--prod', '--json'];
  const output = execFileSync(pnpm, args, { cwd: rootDir, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 });
  const byLicence = JSON.parse(output) as Record<string, { name: string }[]>;
  const packages = Object.entries(byLicence).flatMap(([licence, list]) =>
    list.map(({ name }) => ({ name, licence })),
  );
  // Which of a package's builds is installed depends on the machine; the package itself is in the list.
  const everywhere = packages.filter(({ name }) => !/-(linux|darwin|win32)-/.test(name));
  return everywhere.sort((one, other) => (one.name < other.name ? -1 : 1));
}
