import { type Pool, transaction } from './pool.js';

/** A summary that is asked for. */
export interface AiCall {
  id: string;
  correlationId: string;
  /** null: no model will be asked. */
  model: string | null;
  /** Unicode code units of the text as it came. */
  inputChars: number;
  inputSha256: string;
  /** How many of each sort were blacked out. */
  redactions: Record<string, number>;
  /** What it may cost at most, US$. */
  reservedUsd: number;
}

/** Any number, so long as nobody else takes it. */
const lock = 7_301_849;

/**
 * Notes a call and sets its cost aside, unless this UTC day's budget would be exceeded; answers whether it was noted.
 * Callers take turns, so that many at once cannot spend the same dollar.
 */
export function reserveAiCall(pool: Pool, call: AiCall, budgetUsd: number): Promise<boolean> {
  return transaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    const { rowCount } = await client.query(
      `insert into ai_calls (id, correlation_id, model, outcome, input_chars, input_sha256, redactions, cost_usd)
       select $1, $2, $3, 'pending', $4, $5, $6, $7::numeric
       where $7::numeric + (
         select coalesce(sum(cost_usd), 0) from ai_calls
         where cost_usd > 0 and at >= date_trunc('day', now() at time zone 'utc') at time zone 'utc'
       ) <= $8::numeric`,
      [
        call.id,
        call.correlationId,
        call.model,
        call.inputChars,
        call.inputSha256,
        JSON.stringify(call.redactions),
        call.reservedUsd,
        budgetUsd,
      ],
    );
    return rowCount === 1;
  });
}

/** What came of a call. */
export interface AiResult {
  /** `model`, or why the stub answered. */
  outcome: string;
  promptTokens: number | null;
  completionTokens: number | null;
  /** null: what was set aside counts as spent. */
  costUsd: number | null;
  durationMs: number;
  summary: string;
  suggestedSeverity: string;
}

/** Completes the note of a call. */
export async function finishAiCall(pool: Pool, id: string, result: AiResult): Promise<void> {
  await pool.query(
    `update ai_calls set outcome = $2, prompt_tokens = $3, completion_tokens = $4,
       cost_usd = coalesce($5::numeric, cost_usd), duration_ms = $6, summary = $7, suggested_severity = $8
     where id = $1`,
    [
      id,
      result.outcome,
      result.promptTokens,
      result.completionTokens,
      result.costUsd,
      Math.round(result.durationMs),
      result.summary,
      result.suggestedSeverity,
    ],
  );
}
