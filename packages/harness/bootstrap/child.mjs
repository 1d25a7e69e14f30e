import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const parentCheckMs = 500;
let current = null;
let interrupted = null;

/** From here on a signal goes to the child that runs; between two children it ends us. */
export function forwardSignals() {
  for (const signal of signals) process.on(signal, forward);
  // npm passes SIGTERM to the shell it runs us in, which dies of it and tells nobody.
  if (process.env.npm_lifecycle_event !== undefined) onParentGone(() => forward('SIGTERM'));
}

function forward(signal) {
  interrupted = signal;
  if (current === null) process.exit(exitCode(null, signal));
  current.kill(signal);
}

function onParentGone(tell) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, parentCheckMs);
  timer.unref();
}

/** Whether a signal asked us to end. */
export const wasInterrupted = () => interrupted !== null;

/**
 * Runs a command and keeps what it prints.
 * @returns {Promise<string>} its output
 * @throws an Error with that output when it fails
 */
export async function runCaptured(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const code = await ended(child, 'close');
  const output = Buffer.concat(chunks).toString();
  if (code !== 0)
    throw new Error(`${output.trimEnd()}\n${command} ${args.join(' ')} ended with exit code ${code}`);
  return output;
}

/**
 * Runs one of our scripts on this terminal. It has an IPC channel, whose end tells it that we were killed.
 * @returns {Promise<number>} its exit code; 128 + n for signal n
 */
export function runAttached(script, args, options = {}) {
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  return ended(spawn(process.execPath, [script, ...args], { ...options, stdio }), 'exit');
}

function ended(child, event) {
  current = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once(event, (code, signal) => {
      current = null;
      resolve(exitCode(code, signal));
    });
  });
}

function exitCode(code, signal) {
  return code ?? 128 + constants.signals[signal];
}
