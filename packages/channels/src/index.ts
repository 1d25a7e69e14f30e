import { email } from './email.js';
import { notification } from './notification.js';
import { pagerduty } from './pagerduty.js';
import { slack } from './slack.js';
import { sms } from './sms.js';
import { webhook } from './webhook.js';

export type { Channel, Limit, Recipient, Send, Tools } from './channel.js';

/** Every way to reach a receiver; its queue, its settings and its tests follow from its place in this list. */
export const channels = [notification, pagerduty, email, sms, slack, webhook] as const;

/** Their names, as they stand on deliveries. */
export const channelNames: readonly string[] = channels.map(({ name }) => name);
