import {
  bytesOfAddress,
  CannotOpen,
  type Contact,
  type Envelope,
  isSealedAddress,
  type KeptHeaders,
  keyIdOf,
  openAddress,
  openHeaders,
  sealAddress,
  sealHeaders,
} from '@signalbox/domain';
import {
  type DeliveryAddresses,
  type Pool,
  type Sealable,
  type SealedPlace,
  sealedContacts,
  sealedDeliveries,
  sealedHeaders,
  sealedSecrets,
} from '@signalbox/postgres';
import { secretChannels, shownAddress } from './contact-schema.js';

/** What was found in one place, and done about it. */
export interface Resealed {
  /** What people call what is kept there. */
  name: string;
  /** How many were encrypted anew, or for the first time. */
  resealed: number;
  /** By the id of its key, how much is encrypted now; what is not encrypted at all is `plain`. */
  inUse: Map<string, number>;
}

/** Rows read at a time. */
const pageSize = 1_000;
const firstId = '00000000-0000-0000-0000-000000000000';

/**
 * Encrypts with the newest key whatever is kept under an older one, or plain. What another process changes meanwhile is
 * left as it became, and what cannot be opened as it is; running it again makes up for either.
 */
export async function reseal(pool: Pool, envelope: Envelope): Promise<Resealed[]> {
  const round = { pool, envelope };
  return [
    await resealAll('secrets of subscriptions', sealedSecrets, secretRules, round),
    await resealAll('headers of subscriptions', sealedHeaders, headerRules, round),
    await resealAll('addresses of users', sealedContacts, contactRules, round),
    await resealAll('addresses of deliveries', sealedDeliveries, deliveryRules, round),
  ];
}

interface Round {
  pool: Pool;
  envelope: Envelope;
}

/** A secret as it is kept. */
type Secret = Buffer | 'plain';

/** What there is to know about one kind of value. */
interface Rules<Value> {
  secretsIn: (value: Value) => Secret[];
  /** The same, encrypted with the newest key; throws CannotOpen. */
  renewed: (value: Value, owner: string, envelope: Envelope) => Value;
}

async function resealAll<Value>(
  name: string,
  place: SealedPlace<Value>,
  rules: Rules<Value>,
  round: Round,
): Promise<Resealed> {
  const result: Resealed = { name, resealed: 0, inUse: new Map() };
  for (let after = firstId; ; ) {
    const page = await place.read(round.pool, after, pageSize);
    for (const row of page) {
      const next = await resealOne(row, place, rules, round);
      if (next) result.resealed += 1;
      for (const secret of rules.secretsIn(next ?? row)) count(result.inUse, secret);
    }
    if (page.length < pageSize) return result;
    after = page.at(-1)?.id ?? after;
  }
}

/** What it has become; null: it is as it was. */
async function resealOne<Value>(
  row: Sealable<Value>,
  place: SealedPlace<Value>,
  { secretsIn, renewed }: Rules<Value>,
  { pool, envelope }: Round,
): Promise<Value | null> {
  const isDue = secretsIn(row).some((secret) => secret === 'plain' || !envelope.isCurrent(secret));
  const next = isDue ? unlessClosed(() => renewed(row, row.owner, envelope)) : null;
  return next !== null && (await place.replace(pool, row, next)) ? next : null;
}

function count(inUse: Map<string, number>, secret: Secret): void {
  const key = secret === 'plain' ? secret : keyIdOf(secret);
  inUse.set(key, (inUse.get(key) ?? 0) + 1);
}

/** null: its key is not given, or it was tampered with. */
function unlessClosed<T>(make: () => T): T | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof CannotOpen) return null;
    throw error;
  }
}

const secretRules: Rules<{ sealed: Buffer }> = {
  secretsIn: ({ sealed }) => [sealed],
  renewed: ({ sealed }, owner, envelope) => ({ sealed: envelope.seal(envelope.open(sealed, owner), owner) }),
};

const headerRules: Rules<KeptHeaders> = {
  secretsIn: ({ headers, sealedHeaders }) => {
    if (sealedHeaders) return [sealedHeaders];
    return Object.keys(headers).length > 0 ? ['plain'] : [];
  },
  renewed: (kept, owner, envelope) => sealHeaders(envelope, openHeaders(envelope, kept, owner), owner),
};

const contactRules: Rules<{ channels: readonly Contact[] }> = {
  secretsIn: ({ channels }) => channels.flatMap(secretIn),
  renewed: ({ channels }, owner, envelope) => ({
    channels: channels.map((contact) => {
      const shown = shownAddress(contact);
      const again = renewedAddress(contact, owner, envelope);
      return again === contact || shown === null ? contact : { ...again, shown };
    }),
  }),
};

const deliveryRules: Rules<DeliveryAddresses> = {
  secretsIn: (delivery) => [delivery, ...(delivery.fallback?.next ?? [])].flatMap(secretIn),
  renewed: (delivery, owner, envelope) => ({
    ...renewedAddress(delivery, owner, envelope),
    fallback: delivery.fallback && {
      ...delivery.fallback,
      next: delivery.fallback.next.map((contact) => renewedAddress(contact, owner, envelope)),
    },
  }),
};

type Addressed = Pick<Contact, 'channel' | 'address'>;

function secretIn({ channel, address }: Addressed): Secret[] {
  if (address === null) return [];
  if (isSealedAddress(address)) return [bytesOfAddress(address)];
  return secretChannels.includes(channel) ? ['plain'] : [];
}

function renewedAddress<Contact extends Addressed>(
  contact: Contact,
  userId: string,
  envelope: Envelope,
): Contact {
  const [secret] = secretIn(contact);
  if (secret === undefined || contact.address === null) return contact;
  const address = openAddress(envelope, contact.address, userId);
  return { ...contact, address: sealAddress(envelope, address, userId) };
}
