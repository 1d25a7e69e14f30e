import type { Contact, Fallback, KeptHeaders } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** Something that is kept encrypted, or ought to be. */
export type Sealable<Value> = Value & {
  id: string;
  /** Whose it is, which is what it was sealed for: a subscription, or a user. */
  owner: string;
};

/** Where such things are kept. */
export interface SealedPlace<Value> {
  /** The next ones by id, after this one; fewer than `limit`: there are no more. */
  read(pool: Pool, after: string, limit: number): Promise<Sealable<Value>[]>;
  /** Puts another value in the place of the one that was read; false where that one has changed meanwhile. */
  replace(pool: Pool, read: Sealable<Value>, next: Value): Promise<boolean>;
}

/** Signing and ingest secrets. */
export const sealedSecrets = place<{ sealed: Buffer }>(
  'select id, subscription_id as owner, sealed from subscription_secrets',
  'update subscription_secrets set sealed = $2 where id = $1 and sealed = $3',
  ({ sealed }) => [sealed],
);

/** Custom headers. */
export const sealedHeaders = place<KeptHeaders>(
  'select id, id as owner, headers, sealed_headers as "sealedHeaders" from subscriptions',
  `update subscriptions set headers = $2, sealed_headers = $3
   where id = $1 and headers::jsonb = $4 and sealed_headers is not distinct from $5`,
  ({ headers, sealedHeaders: sealed }) => [headers, sealed],
);

/** How users are reached. */
export const sealedContacts = place<{ channels: readonly Contact[] }>(
  'select id, id as owner, channels from users',
  'update users set channels = $2 where id = $1 and channels = $3',
  ({ channels }) => [JSON.stringify(channels)],
);

/** Where a delivery goes, and where its user is reached next; both null on most of them. */
export interface DeliveryAddresses {
  channel: string;
  address: string | null;
  fallback: Fallback | null;
}

/** Where deliveries go. All of them are read, since any may be replayed. */
export const sealedDeliveries = place<DeliveryAddresses>(
  'select id, target as owner, channel, address, fallback from deliveries',
  `update deliveries set address = $2, fallback = $3
   where id = $1 and address is not distinct from $4 and fallback is not distinct from $5`,
  ({ address, fallback }) => [address, fallback],
);

/**
 * @param select without a condition, an order and a limit
 * @param update takes the id, what is written, and what must be there
 */
function place<Value extends object>(
  select: string,
  update: string,
  toParameters: (value: Value) => unknown[],
): SealedPlace<Value> {
  return {
    read: async (pool, after, limit) => {
      const text = `${select} where id > $1 order by id limit $2`;
      return (await pool.query<Sealable<Value>>(text, [after, limit])).rows;
    },
    replace: async (pool, read, next) => {
      const { rowCount } = await pool.query(update, [read.id, ...toParameters(next), ...toParameters(read)]);
      return rowCount === 1;
    },
  };
}

/**
 * The ids of the keys that something was sealed with which may be needed at any time: ended deliveries are not looked at.
 * @param channels those whose addresses are secrets
 */
export async function keysInUse(pool: Pool, channels: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ key: string }>(
    // As the envelope writes them: a byte for the version, then the key's id.
    `select encode(substring(sealed from 2 for 4), 'hex') as key from subscription_secrets
     union select encode(substring(sealed_headers from 2 for 4), 'hex') from subscriptions where sealed_headers is not null
     union select substr(contact->>'address', 10, 8) from users, jsonb_array_elements(channels) as contact
       where contact->>'address' like 'sealed:%'
     union select substr(address, 10, 8) from deliveries
       where channel = any($1) and status in ('pending', 'held') and address like 'sealed:%'`,
    [channels],
  );
  return rows.map(({ key }) => key);
}
