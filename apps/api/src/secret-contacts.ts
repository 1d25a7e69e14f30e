import {
  CannotOpen,
  type Contact,
  type Envelope,
  isSealedAddress,
  openAddress,
  sealAddress,
} from '@signalbox/domain';
import { contactsOf, type Db, type UserFields } from '@signalbox/postgres';
import { isShown, secretChannels, shownAddress } from './contact-schema.js';

type Told = UserFields & { id: string };

/** Users as they are to be kept, or where in what was told an address stands that nobody knows. */
export type SealedUsers<User> = { users: User[] } | { unknown: UnknownAddress[] };

/** Where an address stands that nobody knows: in which of the users, and in which of its channels. */
export interface UnknownAddress {
  user: number;
  channel: number;
}

/**
 * Encrypts the addresses that are secrets. One that is told as we show it stays what it is, so that a user may be read,
 * changed and written back; one that is told again as it is kept stays too, so that a list sent twice changes nobody.
 */
export async function sealUsers<User extends Told>(
  db: Db,
  users: readonly User[],
  envelope: Envelope,
): Promise<SealedUsers<User>> {
  const concerned = users.filter(({ channels }) => channels?.some(isSecret));
  if (concerned.length === 0) return { users: [...users] };
  const ids = concerned.map(({ id }) => id);
  const known = await contactsOf(db, ids);
  const unknown: UnknownAddress[] = [];
  const sealed = users.map((told, user) => {
    const channels = told.channels?.map((contact, channel) => {
      const kept = seal(contact, known.get(told.id) ?? [], told.id, envelope);
      if (!kept) unknown.push({ user, channel });
      return kept ?? contact;
    });
    return channels ? { ...told, channels } : told;
  });
  return unknown.length > 0 ? { unknown } : { users: sealed };
}

/** What is said of an address that {@link sealUsers} does not know. */
export const unknownAddress =
  'stands for an address that this user does not have; send the address itself, whole';

function isSecret({ channel }: Contact): boolean {
  return secretChannels.includes(channel);
}

/** null: it is told as something is shown that is not known. */
function seal(told: Contact, known: readonly Contact[], userId: string, envelope: Envelope): Contact | null {
  if (!isSecret(told) || told.address === null) return told;
  const shown = shownAddress(told);
  const before = known.find((contact) => contact.channel === told.channel && shownAddress(contact) === shown);
  const kept = before?.address ?? null;
  if (isShown(told.address) && kept === null) return null;
  const stays = isShown(told.address) || (kept !== null && opened(kept, userId, envelope) === told.address);
  const address = stays && kept !== null ? kept : told.address;
  const sealed = isSealedAddress(address) ? address : sealAddress(envelope, address, userId);
  return { ...told, address: sealed, ...(shown !== null && { shown }) };
}

/** null: its key is not given any more. */
function opened(address: string, userId: string, envelope: Envelope): string | null {
  try {
    return openAddress(envelope, address, userId);
  } catch (error) {
    if (error instanceof CannotOpen) return null;
    throw error;
  }
}
