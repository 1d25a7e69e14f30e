import { severities } from '@signalbox/domain';
import { z } from 'zod';
import type { Usage } from './cost.js';
import { clip, oneLine } from './first-sentence.js';
import { redact } from './redact.js';
import type { Verdict } from './stub.js';

/** What came back; no verdict where it does not say what was asked for. */
export interface Completion {
  verdict: Verdict | null;
  /** null where it is missing or cannot be true. */
  usage: Usage | null;
}

/** More than was asked for is still of use. Unit: code points. */
const longest = 280;

const tokens = z.number().int().min(0).max(10_000_000);

/** The parts of a chat completion that matter. Source: OpenAI API reference, "The chat completion object". */
const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});
const metered = z.object({ usage: z.object({ prompt_tokens: tokens, completion_tokens: tokens }) });

const said = z.object({ summary: z.string().trim().min(1), suggested_severity: z.enum(severities) });

/** Reads the body of a 2xx answer; whatever it holds, this does not throw. */
export function readCompletion(body: string): Completion {
  const answer = parse(body);
  return { verdict: verdictOf(answer), usage: usageOf(answer) };
}

function verdictOf(answer: unknown): Verdict | null {
  const content = completion.safeParse(answer).data?.choices[0]?.message.content;
  const verdict = said.safeParse(content === undefined ? null : parse(unfenced(content))).data;
  if (!verdict) return null;
  // It saw no secret, but may have put one together; nobody checked what it writes.
  const summary = clip(oneLine(redact(verdict.summary).text), longest);
  return summary === '' ? null : { summary, severity: verdict.suggested_severity };
}

function usageOf(answer: unknown): Usage | null {
  const usage = metered.safeParse(answer).data?.usage;
  return usage ? { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens } : null;
}

/** Many models wrap JSON in a Markdown fence, told otherwise or not. */
function unfenced(content: string): string {
  return content
    .trim()
    .replace(/^```(?:json)?/, '')
    .replace(/```$/, '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
