import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** What a timer can wait; longer ones go off at once. About 596 hours. Unit: ms. */
const longest = 2 ** 31 - 1;

/** A duration as the environment writes it (`500ms`, `10s`, `5m`, `1h`; at most `596h`), in ms; null where it is none. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text.trim());
  if (!match) return null;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms <= longest ? ms : null;
}

/** A zod field that reads a duration into ms. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no duration; write it like 500ms, 10s, 5m or 1h, at most 596h`,
  });
  return z.NEVER;
});

/** A zod field that reads a comma-separated list of durations into ms. */
export const durations = z.string().transform((text, context) => {
  const parts = text.split(',').map((part) => parseDuration(part));
  if (parts.every((ms) => ms !== null)) return parts;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no list of durations; write it like 10s,30s,1m, each at most 596h`,
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
  // Number would also read 1e3, 0x10 and "4.".
  return z
    .string({ error })
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error });
}
