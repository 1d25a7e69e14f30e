import type { Delivery } from '@signalbox/domain';
import { z } from 'zod';

const alertSchema = z.object({
  url: z.string(),
  alert_uuid: z.string(),
  location: z.string(),
  label: z.string(),
});

/** An alert of a store's camera, as it was sent to us. Source: requirement S1. */
export type Alert = z.infer<typeof alertSchema>;

/**
 * The alert a delivery is about.
 * @throws ZodError where the signal is no alert: a bug of ours, since only alerts are for the users of a store
 */
export function alertOf({ signal }: Pick<Delivery, 'signal'>): Alert {
  return alertSchema.parse(JSON.parse(signal.raw.toString('utf8')));
}

/** What happened, in a line for people: `Theft at fr-auchan-larochelle`; a drill says that it is one. */
export function headline({ signal }: Pick<Delivery, 'signal'>): string {
  return signal.testMode ? `[TEST] ${capitalized(signal.summary)}` : capitalized(signal.summary);
}

/** When it happened: `2024-01-15 10:40:00 UTC`. */
export function timeOf({ signal }: Pick<Delivery, 'signal'>): string {
  return `${signal.startedAt.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
