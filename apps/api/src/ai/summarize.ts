import { hash } from 'node:crypto';
import { newId } from '@signalbox/domain';
import {
  type AiCall,
  type AiResult,
  finishAiCall,
  isUnavailable,
  type Pool,
  reserveAiCall,
} from '@signalbox/postgres';
import type { Log } from '@signalbox/runtime';
import { type Asked, askModel, costOf, dearest, type Failure } from './ask.js';
import { redact } from './redact.js';
import type { AiSettings } from './settings.js';
import { summarizeByKeywords } from './stub.js';
import type { Summary } from './summary.js';

/** Why the stub answered and not the model. */
export type FallbackReason = Failure | 'not_configured' | 'over_budget' | 'not_audited';

/** A summary, and who made it. */
export type Answer = Summary & { by: 'model' | 'stub'; fallback_reason?: FallbackReason };

export interface Summarizing {
  settings: AiSettings;
  pool: Pool;
  log: Log;
}

/**
 * Summarizes a text: by the model where one is configured, answers in time and is within its budget, else by
 * keywords. Every call leaves an audit row; a call that cannot be audited is not made. Only redacted text leaves us.
 */
export async function summarize(text: string, correlationId: string, context: Summarizing): Promise<Answer> {
  const { settings } = context;
  const configured = Boolean(settings.AI_BASE_URL && settings.AI_API_KEY);
  const redacted = redact(text);
  const call: AiCall = {
    id: newId(),
    correlationId,
    model: configured ? settings.AI_MODEL : null,
    inputChars: text.length,
    inputSha256: hash('sha256', text, 'hex'),
    redactions: redacted.counts,
    reservedUsd: configured ? dearest(redacted.text, settings) : 0,
  };
  const reserved = await reserve(call, context);
  if (reserved !== true) return byKeywords(text, reserved);
  const started = performance.now();
  const asked = configured ? await askModel(redacted.text, settings) : null;
  const answer = asked?.ok
    ? ({ ...asked.summary, by: 'model' } as const)
    : byKeywords(text, asked?.reason ?? 'not_configured');
  await note(call.id, answer, asked, performance.now() - started, context);
  return answer;
}

async function reserve(call: AiCall, { pool, settings, log }: Summarizing): Promise<true | FallbackReason> {
  try {
    if (await reserveAiCall(pool, call, settings.AI_DAILY_BUDGET)) return true;
    // Refused for its price; that it was asked for is noted all the same.
    await reserveAiCall(pool, { ...call, model: null, reservedUsd: 0 }, Number.MAX_SAFE_INTEGER);
    return 'over_budget';
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    log.warn({ err: error, correlation_id: call.correlationId }, 'ai.not_audited');
    return 'not_audited';
  }
}

function byKeywords(text: string, fallback_reason: FallbackReason): Answer {
  return { ...summarizeByKeywords(text), by: 'stub', fallback_reason };
}

async function note(
  id: string,
  answer: Answer,
  asked: Asked | null,
  durationMs: number,
  context: Summarizing,
) {
  const { pool, settings, log } = context;
  const tokens = asked?.tokens ?? null;
  const result: AiResult = {
    outcome: answer.fallback_reason ?? 'model',
    promptTokens: tokens?.prompt ?? null,
    completionTokens: tokens?.completion ?? null,
    costUsd: tokens ? costOf(tokens, settings) : unbilled(asked),
    durationMs,
    summary: answer.summary,
    suggestedSeverity: answer.suggested_severity,
  };
  try {
    await finishAiCall(pool, id, result);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    log.warn({ err: error, ai_call: id }, 'ai.not_noted');
  }
}

/** What was surely not billed is given back; of the rest we do not know, and count it as spent. */
function unbilled(asked: Asked | null): number | null {
  if (asked === null) return 0;
  return !asked.ok && ['unreachable', 'refused', 'unavailable'].includes(asked.reason) ? 0 : null;
}
