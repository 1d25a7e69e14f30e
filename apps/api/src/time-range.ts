import { z } from 'zod';

const time = z.iso
  .datetime({ offset: true, error: 'must be a time like 2024-01-15T10:40:00Z' })
  .transform((text) => new Date(text));

/** From `since` on, and before `until`. */
export const timeRange = { since: time.optional(), until: time.optional() };
