import { Worker } from 'node:worker_threads';
import { check, evaluate } from './evaluation.js';
import type { Task } from './task.js';

// A process that evaluates, one task at a time. Its arguments: the process id of its parent, and maxOutputBytes.
const [parentId, maxOutputBytes] = process.argv.slice(2).map(Number) as [number, number];

// Ctrl-C reaches us too, while the parent still finishes what it has begun. When it has gone, so do we.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit(0));
new Worker(new URL('watch-parent.js', import.meta.url), { workerData: parentId }).unref();

process.on('message', (task: Task) => {
  void answer(task);
});
process.send?.('ready');

async function answer({ expression, json }: Task): Promise<void> {
  process.send?.(json === undefined ? check(expression) : await evaluate(expression, json, maxOutputBytes));
}
