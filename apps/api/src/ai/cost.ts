import type { Model } from './settings.js';

/** What a provider counted. */
export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

type Prices = Model['usdPerMillionTokens'];

/** Unit: US$. */
export function costOf({ promptTokens, completionTokens }: Usage, prices: Prices): number {
  return (promptTokens * prices.input + completionTokens * prices.output) / 1_000_000;
}

/**
 * The most a call can cost: no token is shorter than a byte, and the body holds more bytes than the prompt has.
 * Unit: US$.
 */
export function mostOf(body: string, maxTokens: number, prices: Prices): number {
  return costOf({ promptTokens: Buffer.byteLength(body), completionTokens: maxTokens }, prices);
}
