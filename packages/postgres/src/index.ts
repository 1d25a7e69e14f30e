export * from './ai-calls.js';
export * from './api-keys.js';
export {
  type AttemptCount,
  attemptCounts,
  isKnown,
  type Receiver,
  tidyAttemptCounts,
  type Window,
} from './attempt-counts.js';
export * from './attempt-partitions.js';
export * from './attempts.js';
export * from './audit.js';
export { postgresComplaint } from './complaint.js';
export * from './decisions.js';
export type { DeliveryFilter } from './delivery-filter.js';
export { bucketDuration } from './duration-buckets.js';
export * from './epoch.js';
export * from './errors.js';
export * from './exclusive.js';
export { fallBack } from './fallbacks.js';
export { type FanOutKey, fanOutNext, idleFanOuts } from './fan-outs.js';
export * from './holding.js';
export * from './importing-users.js';
export * from './leases.js';
export * from './members.js';
export * from './memberships.js';
export { migrate } from './migrate.js';
export type { NewSignal, Owed, Stored } from './new-signal.js';
export * from './owed.js';
export * from './partners.js';
export { type Client, connect, type Db, type Pool, transaction } from './pool.js';
export * from './reading-attempts.js';
export * from './reading-deliveries.js';
export * from './reading-rejected.js';
export * from './reading-signals.js';
export * from './rejected.js';
export * from './replays.js';
export * from './sealed.js';
export { storeSignals } from './signals.js';
export * from './status-pages.js';
export * from './stores.js';
export * from './subscription-health.js';
export { type NewSecret, rotateSecret, type SealedSecret, type SecretKind } from './subscription-secrets.js';
export * from './subscriptions.js';
export {
  addUser,
  changeUser,
  contactsOf,
  findUser,
  newestUsers,
  removeUser,
  type UserFields,
  type UserRow,
} from './users.js';
