import type { Severity } from '@signalbox/domain';
import { type Pool, transaction } from './pool.js';

/** What is known of a call to the summarizer before it is made. */
export interface AiCall {
  id: string;
  correlationId: string;
  /** null where none is configured */
  model: string | null;
  /** How many of each kind were taken out of the text. */
  redactions: Record<string, number>;
  inputChars: number;
  /** Of the redacted text. */
  inputSha256: Buffer;
}

/** Why a call ended as it did. */
export type AiOutcome =
  | 'answered'
  | 'not_configured'
  | 'over_budget'
  | 'timeout'
  | 'unreachable'
  | 'refused'
  | 'unavailable'
  | 'malformed';

/** How a call ended. */
export interface AiEnd {
  outcome: AiOutcome;
  promptTokens: number | null;
  completionTokens: number | null;
  costUsd: number;
  durationMs: number;
  summary: string;
  suggestedSeverity: Severity;
}

/** Any number, so long as nobody else takes it. */
const lock = 7_301_851;

/** Keeps a call that asks no model, and therefore costs nothing. */
export async function recordAiCall(pool: Pool, call: AiCall, end: AiEnd): Promise<void> {
  await pool.query(
    `insert into ai_calls (id, correlation_id, model, redactions, input_chars, input_sha256,
       outcome, prompt_tokens, completion_tokens, cost_usd, duration_ms, summary, suggested_severity)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [...callValues(call), ...endValues(end)],
  );
}

/**
 * Keeps a call that is about to ask a model, and sets aside what it may cost at most: no two callers, in whichever
 * process, are promised the same money.
 * @param mostUsd what the call can cost at most
 * @param budgetUsd what may be spent in one UTC day
 * @returns false where that would be more than the day's budget; nothing is kept then
 */
export function reserveAiCall(
  pool: Pool,
  call: AiCall,
  mostUsd: number,
  budgetUsd: number,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    // A statement of its own: the next one must see what the holder before us has committed.
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    const { rowCount } = await client.query(
      `insert into ai_calls (id, correlation_id, model, redactions, input_chars, input_sha256, outcome, cost_usd)
       select $1, $2, $3, $4, $5, $6, 'asking', $7::numeric(14, 8)
       where $7::numeric(14, 8) + (
         select coalesce(sum(cost_usd), 0) from ai_calls
         where cost_usd > 0 and at >= date_trunc('day', now(), 'UTC')) <= $8`,
      [...callValues(call), mostUsd, budgetUsd],
    );
    return rowCount === 1;
  });
}

/** Keeps the end of a call that was reserved; its cost takes the place of what was set aside. */
export async function settleAiCall(pool: Pool, id: string, end: AiEnd): Promise<void> {
  await pool.query(
    `update ai_calls set outcome = $2, prompt_tokens = $3, completion_tokens = $4, cost_usd = $5,
       duration_ms = $6, summary = $7, suggested_severity = $8
     where id = $1`,
    [id, ...endValues(end)],
  );
}

function callValues(call: AiCall): unknown[] {
  const { id, correlationId, model, redactions, inputChars, inputSha256 } = call;
  return [id, correlationId, model, JSON.stringify(redactions), inputChars, inputSha256];
}

function endValues(end: AiEnd): unknown[] {
  const { outcome, promptTokens, completionTokens, costUsd, durationMs, summary, suggestedSeverity } = end;
  return [outcome, promptTokens, completionTokens, costUsd, durationMs, summary, suggestedSeverity];
}
