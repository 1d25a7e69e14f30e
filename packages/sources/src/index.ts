import { alerts } from './alerts.js';
import { stripe } from './stripe.js';

export { alertRules, alertSchema } from './alerts.js';
export { eventRules, eventSchema, normalizeEvent } from './event.js';
export { hubSignatureComplaint } from './hub-signature.js';
export { deepest, isTooDeep } from './json-depth.js';
export { contentTypeComplaint, jsonComplaint } from './json-words.js';
export { keptHeaders } from './kept-headers.js';
export { type Kept, type Poll, type PollPorts, pollPage, stateAfter } from './poll-page.js';
export type { Answer, Inbound, Rejection, Source } from './source.js';
export { isRejection } from './source.js';
export {
  allPages,
  environmentPages,
  type PolledPage,
  type StatusSettings,
  statusSettings,
} from './status-pages.js';
export { type Fetched, fetchIncidents, fetchSummary } from './statuspage-fetch.js';
export { normalizeWebhook } from './webhook.js';
export { alerts };

/** Every sender we listen to; its route, its settings and its tests follow from its place in this list. */
export const sources = [stripe, alerts] as const;
