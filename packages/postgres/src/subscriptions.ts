import type { KeptHeaders, Subscription } from '@signalbox/domain';
import { type Client, type Db, type Pool, transaction } from './pool.js';
import { insertSecrets, type NewSecret, type SealedSecret } from './subscription-secrets.js';

/** A subscription with its secrets that are in force, the newest of each kind first. */
export interface StoredSubscription extends Kept {
  sealedSecrets: SealedSecret[];
}

/** Its headers as they are kept: what is sent is in `sealedHeaders`. */
type Kept = Subscription & KeptHeaders;
type Told = Omit<Kept, 'id' | 'createdAt' | 'updatedAt'>;

/** What we are told of a subscription. What is not told stays as it is; for a new one it is what the table says. */
export type SubscriptionFields = { [Field in keyof Told]?: Told[Field] | undefined };

/** Which subscriptions are listed; null: whatever they have there. */
export interface SubscriptionFilter {
  partnerId: string | null;
  enabled: boolean | null;
}

/** What became of a subscription that was to be added or changed. */
export type SavedSubscription =
  | { type: 'saved'; subscription: StoredSubscription }
  | { type: 'unknown-subscription' }
  | { type: 'unknown-partner' };

const columnOf = {
  partnerId: 'partner_id',
  url: 'url',
  allowHttp: 'allow_http',
  description: 'description',
  eventTypes: 'event_types',
  filter: 'filter',
  transform: 'transform',
  rateLimit: 'rate_limit',
  maxInFlight: 'max_in_flight',
  timeoutMs: 'timeout_ms',
  retrySchedule: 'retry_schedule',
  headers: 'headers',
  sealedHeaders: 'sealed_headers',
  hubSignature: 'hub_signature',
  enabled: 'enabled',
  disabledReason: 'disabled_reason',
  failingSince: 'failing_since',
} as const satisfies Record<keyof Told, string>;

const tellable = Object.keys(columnOf) as (keyof Told)[];

const columns = `
  s.id, ${tellable.map((field) => `s.${columnOf[field]} as "${field}"`).join(', ')},
  s.created_at as "createdAt", s.updated_at as "updatedAt",
  (select json_agg(json_build_array(kind, encode(sealed, 'hex'), expires_at) order by id desc)
   from subscription_secrets
   where subscription_id = s.id and (expires_at is null or expires_at > now())) as secrets`;

interface Row extends Kept {
  secrets: [kind: SealedSecret['kind'], sealed: string, expiresAt: string | null][] | null;
}

/** Adds a subscription with its first secrets. */
export function addSubscription(
  db: Db,
  subscription: SubscriptionFields & Pick<Subscription, 'id' | 'url'>,
  secrets: readonly NewSecret[],
): Promise<SavedSubscription> {
  const { id, ...fields } = subscription;
  const told = toldOf(fields);
  return transaction(db, async (client) => {
    if (!(await holdsPartner(client, fields.partnerId))) return { type: 'unknown-partner' };
    await client.query(
      `insert into subscriptions (id, ${told.map(({ column }) => column).join(', ')})
       values ($1, ${told.map((_, index) => `$${index + 2}`).join(', ')})`,
      [id, ...told.map(({ value }) => value)],
    );
    await insertSecrets(client, id, secrets);
    return saved(client, id);
  });
}

/** Changes what is told of a subscription. Its secrets are changed by rotation only. */
export function changeSubscription(
  db: Db,
  id: string,
  fields: SubscriptionFields,
): Promise<SavedSubscription> {
  const told = toldOf(fields);
  return transaction(db, async (client) => {
    if (!(await holdsPartner(client, fields.partnerId))) return { type: 'unknown-partner' };
    await client.query(
      `update subscriptions
       set ${['updated_at = now()', ...told.map(({ column }, index) => `${column} = $${index + 2}`)].join(', ')}
       where id = $1`,
      [id, ...told.map(({ value }) => value)],
    );
    return saved(client, id);
  });
}

/** Forgets a subscription and its secrets; what it was sent stays on record. False where there is none. */
export async function removeSubscription(db: Db, id: string): Promise<boolean> {
  const { rowCount } = await db.query('delete from subscriptions where id = $1', [id]);
  return rowCount === 1;
}

/** The newest subscriptions of those asked for; `before` is the id the page before ended with. */
export async function newestSubscriptions(
  pool: Pool,
  { partnerId, enabled }: SubscriptionFilter,
  limit: number,
  before: string | null,
): Promise<StoredSubscription[]> {
  const { rows } = await pool.query<Row>(
    `select ${columns} from subscriptions s
     where ($2::uuid is null or s.id < $2)
       and ($3::uuid is null or s.partner_id = $3) and ($4::boolean is null or s.enabled = $4)
     order by s.id desc limit $1`,
    [limit, before, partnerId, enabled],
  );
  return rows.map(toSubscription);
}

/**
 * The subscriptions of these ids, in the order asked; null where there is none.
 * @param ids in lower case
 */
export async function findSubscriptions(
  db: Db,
  ids: readonly string[],
): Promise<(StoredSubscription | null)[]> {
  const { rows } = await db.query<Row>({
    name: 'find-subscriptions',
    text: `select ${columns} from subscriptions s where s.id = any($1::uuid[])`,
    values: [ids],
  });
  const byId = new Map(rows.map((row) => [row.id, toSubscription(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Another text whenever a subscription has been added, changed or removed. */
export async function subscriptionsState(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ state: string }>(
    // The sum, since the latest alone would hide a change that began before it and was committed after it.
    `select count(*) || ' ' || coalesce(sum(extract(epoch from updated_at)), 0) as state from subscriptions`,
  );
  return rows[0]?.state ?? '';
}

/** Every subscription, the oldest first; those that are disabled too, since they hold what comes for them. */
export async function allSubscriptions(pool: Pool): Promise<StoredSubscription[]> {
  const { rows } = await pool.query<Row>(`select ${columns} from subscriptions s order by s.id`);
  return rows.map(toSubscription);
}

function toldOf(fields: SubscriptionFields): { column: string; value: unknown }[] {
  return tellable.flatMap((field) =>
    fields[field] === undefined ? [] : [{ column: columnOf[field], value: fields[field] }],
  );
}

/** Whether a partner, if one is told, is there; it then stays until the transaction ends. */
async function holdsPartner(client: Client, id: string | null | undefined): Promise<boolean> {
  if (id === null || id === undefined) return true;
  const { rowCount } = await client.query('select from partners where id = $1 for key share', [id]);
  return rowCount === 1;
}

async function saved(client: Client, id: string): Promise<SavedSubscription> {
  const [subscription] = await findSubscriptions(client, [id]);
  return subscription ? { type: 'saved', subscription } : { type: 'unknown-subscription' };
}

function toSubscription({ secrets, ...subscription }: Row): StoredSubscription {
  const sealedSecrets = (secrets ?? []).map(([kind, sealed, expiresAt]) => ({
    kind,
    sealed: Buffer.from(sealed, 'hex'),
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
  }));
  return { ...subscription, sealedSecrets };
}
