import type { Ended } from './evaluator.js';
import { keepEvaluators } from './evaluators.js';
import type { ProcessLimits, Task } from './task.js';
import { takeTurns } from './turns.js';

/** What the processes may use up, and how many there are. */
export interface PoolLimits extends ProcessLimits {
  /** At most; they start when they are needed. */
  processes: number;
}

/** Hands tasks to processes, one at a time to each: whatever breaks a process costs the one task it had. */
export interface Pool {
  /** Rejects when no process can be started, or the pool is closed; that says nothing about the task. */
  run(task: Task): Promise<Ended>;
  /** Waits for what is under way, rejects what waits, and ends the processes. */
  close(): Promise<void>;
}

interface Job {
  key: string;
  task: Task;
  resolve: (ended: Ended) => void;
  reject: (error: unknown) => void;
}

/** No process starts before the first task. */
export function openPool(limits: PoolLimits): Pool {
  // An expression that fills its time must not hold all the processes there are.
  const waiting = takeTurns<Job>(Math.max(1, limits.processes - 1));
  const evaluators = keepEvaluators(limits);
  const busy = new Set<Promise<void>>();
  let isClosed = false;
  return { run, close };

  function run(task: Task): Promise<Ended> {
    if (isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      waiting.add({ key: task.expression, task, resolve, reject });
      pump();
    });
  }

  function pump(): void {
    while (busy.size < limits.processes) {
      const job = waiting.take();
      if (!job) return;
      const work = serve(job).finally(() => {
        busy.delete(work);
        waiting.release(job);
        pump();
      });
      busy.add(work);
    }
  }

  async function serve({ task, resolve, reject }: Job): Promise<void> {
    await evaluators.run(task).then(resolve, reject);
  }

  async function close(): Promise<void> {
    isClosed = true;
    for (const { reject } of waiting.drain()) reject(closed());
    await Promise.all(busy);
    await evaluators.stop();
  }
}

function closed(): Error {
  return new Error('the processes that evaluate are closed');
}
