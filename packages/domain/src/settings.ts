import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration as the environment writes it (`500ms`, `10s`, `5m`, `1h`), in ms; null where it is none. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}

/** A zod field that reads a duration into ms. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no duration; write it like 500ms, 10s, 5m or 1h`,
  });
  return z.NEVER;
});

/** A zod field that reads a comma-separated list of durations into ms. */
export const durations = z.string().transform((text, context) => {
  const parts = text.split(',').map((part) => parseDuration(part));
  if (parts.every((ms) => ms !== null)) return parts;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no list of durations; write it like 10s,30s,1m`,
  });
  return z.NEVER;
});

/** `true` or `false` as the environment writes it. */
export const flag = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

/** A whole number between `min` and `max`. */
export function integer(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}
