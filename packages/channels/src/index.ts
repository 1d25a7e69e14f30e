import { notification } from './notification.js';
import { pagerduty } from './pagerduty.js';

export type { Channel, Limit, Send } from './channel.js';

/** Every way to reach a receiver; its queue, its settings and its tests follow from its place in this list. */
export const channels = [notification, pagerduty] as const;

/** Their names, as they stand on deliveries. */
export const channelNames: readonly string[] = channels.map(({ name }) => name);
