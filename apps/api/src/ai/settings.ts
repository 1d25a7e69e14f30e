import { duration } from '@signalbox/domain';
import { z } from 'zod';

const usd = (error: string) => z.coerce.number({ error }).min(0, { error });

/** What the environment says about the model; none is asked unless base URL and key are both set. */
export const aiSettings = {
  /** Of an OpenAI-compatible API, e.g. `https://api.example.com/v1`. */
  AI_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be the http(s) base URL of an OpenAI-compatible API' })
    .optional(),
  AI_API_KEY: z.string().optional(),
  AI_MODEL: z.string().default('gpt-4o-mini'),
  /** For the whole call. */
  AI_TIMEOUT: duration.default(5_000),
  /** US$ per UTC day. */
  AI_DAILY_BUDGET: usd('must be a number of US dollars').default(1),
  /** US$ per million tokens. */
  AI_PRICE_INPUT: usd('must be a number of US dollars per million tokens').default(0.15),
  AI_PRICE_OUTPUT: usd('must be a number of US dollars per million tokens').default(0.6),
};
export type AiSettings = z.infer<z.ZodObject<typeof aiSettings>>;
