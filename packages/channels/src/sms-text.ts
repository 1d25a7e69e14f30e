import type { Delivery } from '@signalbox/domain';
import { alertOf, headline, timeOf } from './alert.js';
import { cut } from './cut.js';

/** Every 160 are paid for as a message. Unit: characters. */
const textLimit = 320;
/** A link of more is left out, lest there is no room for the rest. Unit: characters. */
const linkLimit = 200;

/** What a user reads: what happened and where, when, the clip, and the reference, in at most 320 characters. */
export function smsText(delivery: Delivery): string {
  const link = new URL(alertOf(delivery).url).href;
  const rest = [timeOf(delivery), ...(link.length <= linkLimit ? [link] : []), referenceOf(delivery)].join(
    '\n',
  );
  // Its end is the location.
  return `${cut(headline(delivery), textLimit - rest.length - 1)}\n${rest}`;
}

/** By what a message that was sent before is known again; each delivery has its own. */
export function referenceOf({ id }: Pick<Delivery, 'id'>): string {
  // The random end of a UUIDv7.
  return `Ref ${id.slice(-12)}`;
}
