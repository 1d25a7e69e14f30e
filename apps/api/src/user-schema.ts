import { isTimeZone, preferences, type QuietHours } from '@signalbox/domain';
import type { UserRow } from '@signalbox/postgres';
import { z } from 'zod';
import { contacts, shownContact } from './contact-schema.js';
import { name } from './name.js';

const preferenceRule = `must be one of ${preferences.join(', ')}`;
const preference = z.enum(preferences, { error: preferenceRule });
/** What holds in one store; null: the user's own preference. */
const storePreference = z.enum(preferences, { error: `${preferenceRule}, or null` }).nullable();

const timeRule = 'must be a time of day from 00:00 to 23:59';
const time = z.string({ error: timeRule }).regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: timeRule });
const zoneRule = 'must be a time zone such as Europe/Paris';
const zone = z
  .string({ error: zoneRule })
  .max(100, { error: zoneRule, abort: true })
  .refine(isTimeZone, { error: zoneRule });
const quietHours = z
  .strictObject(
    { from: time, to: time, time_zone: zone },
    { error: 'must be null, or an object with from, to and time_zone' },
  )
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'must not be equal to from' })
  .transform(({ from, to, time_zone }): QuietHours => ({ from, to, timeZone: time_zone }));

const uuid = z
  .guid({ error: 'must be a UUID, for example 6f9619ff-8b86-4011-b42d-00c04fc964ff' })
  .toLowerCase();

const settings = {
  preference: preference.optional(),
  active: z.boolean({ error: 'must be true or false' }).optional(),
  channels: contacts.optional(),
  quiet_hours: quietHours.nullable().optional(),
};
const error = 'must be an object';

/** Only the name is needed. */
export const newUser = z.strictObject({ id: uuid.optional(), name, ...settings }, { error });

/** What is left out stays as it is. */
export const userChange = z.strictObject({ name: name.optional(), ...settings }, { error });

/** What is left out stays as it is; a new member's own preference holds. */
export const membership = z.strictObject({ preference: storePreference.optional() }, { error });

const listedUser = z
  .strictObject(
    { id: uuid.optional(), name: name.optional(), ...settings, store_preference: storePreference.optional() },
    { error },
  )
  .refine(({ id, name }) => id !== undefined || name !== undefined, {
    error: 'must have the id of a user, or the name of a new one',
  });

const mostUsers = 50_000;
const listRule = `must be a list of at most ${mostUsers} users`;

/** All users of a store, and what holds there for those who bring no preference of their own for it. */
export const storeUsers = z.strictObject(
  {
    users: z
      .array(listedUser, { error: listRule })
      .max(mostUsers, { error: listRule })
      .superRefine(eachIdOnce),
    preference: storePreference.optional(),
  },
  { error },
);

/** A user as the API shows it. */
export function shownUser<Row extends UserRow>(row: Row) {
  const { channels, quiet_hours: quiet } = row;
  return {
    ...row,
    channels: channels.map(shownContact),
    quiet_hours: quiet && { from: quiet.from, to: quiet.to, time_zone: quiet.timeZone },
  };
}

function eachIdOnce(users: readonly z.infer<typeof listedUser>[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  for (const [index, { id }] of users.entries()) {
    if (id === undefined) continue;
    const message = `${id} is in the list already`;
    if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message });
    seen.add(id);
  }
}
