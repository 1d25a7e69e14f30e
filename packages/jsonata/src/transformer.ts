import type { Ended } from './evaluator.js';
import { openPool, type PoolLimits } from './pool.js';
import type { Checked, Evaluated } from './task.js';

/** What expressions may use up. */
export interface TransformerLimits extends PoolLimits {
  /** Of a body that is to be transformed. */
  maxInputBytes: number;
}

/** What became of a body, or why nothing did; `detail` reads like "takes longer than 500 ms". */
export type Transformed = { ok: true; body: Buffer } | { ok: false; detail: string };

const mebibyte = 1024 * 1024;

/** What will do for payloads: an expression that takes longer, or needs more, has failed. */
export const usualLimits: TransformerLimits = {
  processes: 2,
  timeoutMs: 1_000,
  memoryMb: 64,
  maxInputBytes: mebibyte,
  maxOutputBytes: mebibyte,
};

/**
 * Evaluates JSONata expressions that strangers wrote, in processes of its own. One that never ends, or eats memory,
 * costs itself and nobody else, and never the event loop of the caller. Calls reject when no process can be started:
 * then it is the machine's fault, and not the expression's.
 */
export interface Transformer {
  /** Whether an expression compiles, for when it is saved. */
  check(expression: string): Promise<Checked>;
  /** What an expression makes of a JSON body. */
  evaluate(expression: string, body: Buffer): Promise<Transformed>;
  /** Waits for what is under way, rejects what waits, and ends the processes. */
  close(): Promise<void>;
}

export function openTransformer(limits: TransformerLimits): Transformer {
  const pool = openPool(limits);
  return { check, evaluate, close: () => pool.close() };

  async function check(expression: string): Promise<Checked> {
    const ended = await pool.run({ expression });
    if (ended.type === 'answered') return ended.answer as Checked;
    return { ok: false, message: whyUnanswered(ended, limits), position: null };
  }

  async function evaluate(expression: string, body: Buffer): Promise<Transformed> {
    if (body.length > limits.maxInputBytes) {
      const detail = `the body has ${body.length} bytes; at most ${limits.maxInputBytes} are transformed`;
      return { ok: false, detail };
    }
    const ended = await pool.run({ expression, json: body.toString('utf8') });
    if (ended.type !== 'answered') return { ok: false, detail: whyUnanswered(ended, limits) };
    const answer = ended.answer as Evaluated;
    return answer.ok ? { ok: true, body: Buffer.from(answer.json) } : answer;
  }
}

function whyUnanswered(ended: Exclude<Ended, { type: 'answered' }>, limits: PoolLimits): string {
  return ended.type === 'late'
    ? `takes longer than ${limits.timeoutMs} ms`
    : `broke the process it ran in (${ended.how}), as do expressions that need more than ${limits.memoryMb} MB`;
}
