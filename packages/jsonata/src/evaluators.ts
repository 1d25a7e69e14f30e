import { type Ended, type Evaluator, startEvaluator } from './evaluator.js';
import type { ProcessLimits, Task } from './task.js';

/** Processes that evaluate, kept for the next task. */
export interface Evaluators {
  /** Rejects when no process can be started. */
  run(task: Task): Promise<Ended>;
  /** Ends those that do nothing. */
  stop(): Promise<void>;
}

/** @returns nothing runs until it is needed; every task under way has a process of its own */
export function keepEvaluators(limits: ProcessLimits): Evaluators {
  const idle: Evaluator[] = [];
  return { run, stop };

  async function run(task: Task): Promise<Ended> {
    const evaluator = takeIdle() ?? (await startEvaluator(limits));
    const ended = await evaluator.run(task);
    if (ended.type === 'answered') idle.push(evaluator);
    return ended;
  }

  function takeIdle(): Evaluator | undefined {
    const evaluator = idle.pop();
    return !evaluator || evaluator.isAlive() ? evaluator : takeIdle();
  }

  async function stop(): Promise<void> {
    await Promise.all(idle.map((evaluator) => evaluator.stop()));
  }
}
