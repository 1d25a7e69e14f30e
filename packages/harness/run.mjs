// Needs nothing but Node: this is what runs on a machine where nothing has been installed yet.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forwardSignals, runAttached, runCaptured, wasInterrupted } from './bootstrap/child.mjs';
import { fileComplaint } from './bootstrap/file-complaint.mjs';
import { prepare } from './bootstrap/prepare.mjs';
import { step } from './bootstrap/steps.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const scripts = {
  start: 'packages/harness/dist/start.js',
  test: 'packages/harness/dist/test.js',
  check: 'packages/harness/dist/test.js',
  bench: 'packages/bench/dist/main.js',
  chaos: 'packages/harness/dist/chaos/main.js',
  send: 'packages/harness/dist/send.js',
  reseal: 'apps/api/dist/reseal-main.js',
  logs: 'packages/harness/dist/logs.js',
};

async function main([command, ...args]) {
  const script = scripts[command];
  if (script === undefined) throw new Error(`Say what to run: ${Object.keys(scripts).join(', ')}.`);
  await prepare(root);
  if (command === 'check') await checkStyle();
  return runAttached(join(root, script), args, { cwd: root });
}

async function checkStyle() {
  const bin = (name) => join(root, 'node_modules/.bin', name);
  const biome = ['check', '.', '--error-on-warnings'];
  await step('biome check', () => runCaptured(bin('biome'), biome, { cwd: root }));
  const oxlint = ['--type-aware', '--deny-warnings'];
  await step('oxlint --type-aware', () => runCaptured(bin('oxlint'), oxlint, { cwd: root }));
}

forwardSignals();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!wasInterrupted()) process.stderr.write(`\n${fileComplaint(error) ?? error.message}\n`);
  process.exitCode = wasInterrupted() ? 130 : 1;
}
