import type { QuietHours } from './quiet-hours.js';
import type { Severity } from './signal.js';

/** Which alerts a user wants to hear of; no choice made counts as `both`. */
export const preferences = ['critical', 'standard', 'both'] as const;
export type Preference = (typeof preferences)[number];

/** One way to reach a user. */
export interface Contact {
  channel: string;
  /** What the channel sends to: an email address, a phone number, …; null where the channel needs none. */
  address: string | null;
  /** How an address is shown that is a secret, and kept encrypted. */
  shown?: string;
  /** The severities it is used for; null for all. */
  severities: readonly Severity[] | null;
}

/** A user of a store, with the preference that holds there (the membership's own, else the user's). */
export interface Member {
  userId: string;
  preference: Preference;
  active: boolean;
  /** In order of fallback; none chosen means the notification service. */
  contacts: readonly Contact[];
  quietHours: QuietHours | null;
}

/** Critical alerts are a class of their own; everything milder is standard. */
export function alertClass(severity: Severity): 'critical' | 'standard' {
  return severity === 'critical' ? 'critical' : 'standard';
}

/** Whether a member's preference covers alerts of this severity. */
export function wants({ preference }: Pick<Member, 'preference'>, severity: Severity): boolean {
  return preference === 'both' || preference === alertClass(severity);
}

const notificationService: Contact = { channel: 'notification', address: null, severities: null };

/** The contacts a member is to be reached by for this severity, in order of fallback. */
export function contactsFor({ contacts }: Pick<Member, 'contacts'>, severity: Severity): readonly Contact[] {
  if (contacts.length === 0) return [notificationService];
  return contacts.filter(({ severities }) => severities === null || severities.includes(severity));
}
