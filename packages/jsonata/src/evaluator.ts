import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProcessLimits, Task } from './task.js';

/** How a task ended: with an answer, after its time, or with the process. */
export type Ended = { type: 'answered'; answer: unknown } | { type: 'late' } | { type: 'died'; how: string };

/** One process that evaluates; fit for one task at a time, and for another only after an answer. */
export interface Evaluator {
  isAlive(): boolean;
  run(task: Task): Promise<Ended>;
  stop(): Promise<void>;
}

// The compiled file, also when this one runs from its source under test.
const main = fileURLToPath(new URL('../dist/evaluator-main.js', import.meta.url));

/** Starts a process. Rejects when that fails, which is the fault of no expression. */
export function startEvaluator({ memoryMb, maxOutputBytes, timeoutMs }: ProcessLimits): Promise<Evaluator> {
  const child = fork(main, [`${process.pid}`, `${maxOutputBytes}`], {
    execArgv: [
      `--max-old-space-size=${memoryMb}`,
      // JSONata needs neither; an expression that broke out of it would.
      '--disallow-code-generation-from-strings',
      '--disable-proto=delete',
    ],
    env: {},
    // A process that runs out of memory writes pages about it.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`an evaluating process ended before it was ready: ${signal ?? code}`));
    });
    child.once('message', () => resolve(evaluatorOf(child, timeoutMs)));
  });
}

function evaluatorOf(child: ChildProcess, timeoutMs: number): Evaluator {
  return {
    isAlive: () => child.connected,
    run: (task) => run(child, task, timeoutMs),
    stop: () => stop(child),
  };
}

function run(child: ChildProcess, task: Task, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    let late: NodeJS.Immediate | undefined;
    // When it was this process that stood still, the answer may be here already: let it be read first.
    const timer = setTimeout(() => {
      late = setImmediate(end, { type: 'late' });
    }, timeoutMs);
    child.once('message', answered);
    child.once('exit', died);
    child.send(task, (error) => {
      if (error) end({ type: 'died', how: error.message });
    });

    function answered(answer: unknown): void {
      end({ type: 'answered', answer });
    }

    function died(code: number | null, signal: string | null): void {
      end({ type: 'died', how: signal ?? `exit code ${code}` });
    }

    function end(ended: Ended): void {
      clearTimeout(timer);
      clearImmediate(late);
      child.off('message', answered).off('exit', died);
      if (ended.type !== 'answered') child.kill('SIGKILL');
      resolve(ended);
    }
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
