import { duration } from '@signalbox/domain';
import { z } from 'zod';

const money = 'must be an amount of US$ like 0.15';
const amount = z.coerce.number({ error: money }).min(0, { error: money }).max(10_000, { error: money });

/** What the summarizer asks the environment for. It asks a model only where it is given both a URL and a key. */
export const aiSettings = {
  // Like all that the environment names, it may be a private address: no SSRF guard stands before it.
  AI_BASE_URL: z
    .string()
    .refine(isBaseUrl, {
      error: 'must be the base of an OpenAI-compatible API, like https://api.example.com/v1',
    })
    .optional(),
  AI_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, { error: 'must be one line of printable ASCII without spaces' })
    .optional(),
  AI_MODEL: z.string().max(200).default('gpt-4o-mini'),
  AI_TIMEOUT: duration
    .refine((ms) => ms >= 1 && ms <= 60_000, { error: 'must be between 1ms and 60s' })
    .default(5_000),
  AI_DAILY_BUDGET: amount.default(1),
  // What gpt-4o-mini costs. Source: OpenAI's price list.
  AI_PRICE_INPUT: amount.default(0.15),
  AI_PRICE_OUTPUT: amount.default(0.6),
};

export type AiSettings = z.infer<z.ZodObject<typeof aiSettings>>;

/** The model to ask, and on what terms. */
export interface Model {
  name: string;
  /** Where chat completions are posted. */
  url: string;
  key: string;
  /** For the whole of a call. */
  timeoutMs: number;
  /** What may be spent in one UTC day. */
  dailyBudgetUsd: number;
  usdPerMillionTokens: { input: number; output: number };
}

/** The model the settings describe; null where there is none to ask. */
export function modelOf(settings: AiSettings): Model | null {
  const { AI_BASE_URL: base, AI_API_KEY: key } = settings;
  if (!base || !key) return null;
  return {
    name: settings.AI_MODEL,
    url: `${base.replace(/\/{1,9}$/, '')}/chat/completions`,
    key,
    timeoutMs: settings.AI_TIMEOUT,
    dailyBudgetUsd: settings.AI_DAILY_BUDGET,
    usdPerMillionTokens: { input: settings.AI_PRICE_INPUT, output: settings.AI_PRICE_OUTPUT },
  };
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}
