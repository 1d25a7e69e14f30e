import { createHash } from 'node:crypto';
import { newId } from '@signalbox/domain';
import {
  type AiCall,
  type AiEnd,
  isTransient,
  isUnavailable,
  type Pool,
  recordAiCall,
  reserveAiCall,
  settleAiCall,
} from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { type Asked, ask, type Failure, maxTokens, requestBody } from './ask.js';
import { costOf, mostOf } from './cost.js';
import { type Redacted, redact } from './redact.js';
import type { Model } from './settings.js';
import { stub, type Verdict } from './stub.js';

/** Why a summary is the stub's. */
export type FallbackReason = 'not_configured' | 'over_budget' | 'not_audited' | Failure;

export type Summary = Verdict & ({ by: 'model' } | { by: 'stub'; reason: FallbackReason });

/** What a summary needs from outside. */
export interface Desk {
  /** null: only the stub. */
  model: Model | null;
  pool: Pool;
  log: Log;
}

/**
 * What a text is about and how grave it is. There is always an answer; a model that cannot be asked, or answers wrongly
 * or late, is replaced by the stub. Both see only the redacted text, and the call leaves an audit row.
 */
export async function summarize(text: string, correlationId: string, desk: Desk): Promise<Summary> {
  const startedAt = performance.now();
  const redacted = redact(text);
  const call = callOf(text, redacted, correlationId, desk.model);
  const spent = await answer(redacted.text, call, desk);
  const end = endOf(spent, Math.round(performance.now() - startedAt));
  const kept = await keep(spent, call, end, desk);
  logCall(spent.summary, call, end, kept, desk.log);
  return spent.summary;
}

/** A summary and what it took. */
interface Spent {
  summary: Summary;
  /** Whether there is a row already, which its end must be added to. */
  reserved: boolean;
  usage: { promptTokens: number; completionTokens: number } | null;
  costUsd: number;
}

async function answer(text: string, call: AiCall, { model, pool, log }: Desk): Promise<Spent> {
  if (!model) return free(text, 'not_configured');
  const body = requestBody(text, model);
  const mostUsd = mostOf(body, maxTokens, model.usdPerMillionTokens);
  const promised = await tried(reserveAiCall(pool, call, mostUsd, model.dailyBudgetUsd), log);
  if (promised === 'away') return free(text, 'not_audited');
  if (!promised) return free(text, 'over_budget');
  return spentOn(await ask(body, call.id, model), text, mostUsd, model);
}

function free(text: string, reason: FallbackReason): Spent {
  return { summary: { ...stub(text), by: 'stub', reason }, reserved: false, usage: null, costUsd: 0 };
}

function spentOn(asked: Asked, text: string, mostUsd: number, model: Model): Spent {
  const { charge } = asked;
  const summary: Summary =
    'verdict' in asked
      ? { ...asked.verdict, by: 'model' }
      : { ...stub(text), by: 'stub', reason: asked.failure };
  const usage = typeof charge === 'string' ? null : charge;
  const unmetered = charge === 'nothing' ? 0 : mostUsd;
  const costUsd = usage ? costOf(usage, model.usdPerMillionTokens) : unmetered;
  return { summary, reserved: true, usage, costUsd };
}

function callOf(text: string, redacted: Redacted, correlationId: string, model: Model | null): AiCall {
  return {
    id: newId(),
    correlationId,
    model: model?.name ?? null,
    redactions: redacted.counts,
    inputChars: text.length,
    inputSha256: createHash('sha256').update(redacted.text).digest(),
  };
}

function endOf({ summary, usage, costUsd }: Spent, durationMs: number): AiEnd | null {
  const outcome = summary.by === 'model' ? 'answered' : summary.reason;
  if (outcome === 'not_audited') return null;
  return {
    outcome,
    promptTokens: usage?.promptTokens ?? null,
    completionTokens: usage?.completionTokens ?? null,
    costUsd,
    durationMs,
    summary: summary.summary,
    suggestedSeverity: summary.severity,
  };
}

/** Whether the audit row is complete. */
async function keep(spent: Spent, call: AiCall, end: AiEnd | null, { pool, log }: Desk): Promise<boolean> {
  if (!end) return false;
  const kept = spent.reserved ? settleAiCall(pool, call.id, end) : recordAiCall(pool, call, end);
  return (await tried(kept, log)) !== 'away';
}

/** What Postgres answers, or that it is away. */
async function tried<T>(answer: Promise<T>, log: Log): Promise<T | 'away'> {
  try {
    return await answer;
  } catch (error) {
    if (!isUnavailable(error) && !isTransient(error)) throw error;
    log.warn({ err: error }, 'ai.audit_away');
    return 'away';
  }
}

function logCall(summary: Summary, call: AiCall, end: AiEnd | null, audited: boolean, log: Log): void {
  log.info(
    {
      ai_call_id: call.id,
      correlation_id: call.correlationId,
      by: summary.by,
      ...(summary.by === 'stub' && { fallback_reason: summary.reason }),
      suggested_severity: summary.severity,
      model: call.model,
      input_chars: call.inputChars,
      redactions: call.redactions,
      cost_usd: end?.costUsd ?? 0,
      duration_ms: end?.durationMs ?? null,
      audited,
    },
    'ai.summarized',
  );
}
