import type { Message } from './receivers.js';

/** The one queue of the plain system. */
export const plainQueue = 'plain';

/** What one of its jobs says. */
export interface PlainJob {
  url: string;
  message: Message;
}
