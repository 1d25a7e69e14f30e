import type { Severity } from './signal.js';

/** Which alerts a user wants to hear of; no choice made counts as `both`. */
export const preferences = ['critical', 'standard', 'both'] as const;
export type Preference = (typeof preferences)[number];

/** A user of a store, with the preference that holds there (the membership's own, else the user's). */
export interface Member {
  userId: string;
  preference: Preference;
  active: boolean;
}

/** Critical alerts are a class of their own; everything milder is standard. */
export function alertClass(severity: Severity): 'critical' | 'standard' {
  return severity === 'critical' ? 'critical' : 'standard';
}

/** Whether a member wants alerts of this severity. */
export function wants(member: Member, severity: Severity): boolean {
  return member.active && (member.preference === 'both' || member.preference === alertClass(severity));
}
