import { Client } from 'pg';

/** A delivery as it stands in Postgres. */
export interface LedgerDelivery {
  id: string;
  channel: string;
  target: string;
  status: string;
  lastError: string | null;
  attemptsMade: number;
  /** The numbers of the attempts on record, in order. */
  attempts: number[];
  /** Unix ms. */
  createdAt: number;
  /** Unix ms; null while it is pending. */
  completedAt: number | null;
}

/** What Signalbox believes to have happened: the deliveries of each signal, by what its sender calls it. */
export type Ledger = Map<string, LedgerDelivery[]>;

/** Reads all of it. */
export async function readLedger(databaseUrl: string): Promise<Ledger> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(ledgerSql);
    const ledger: Ledger = new Map(rows.map(({ key }) => [key, []]));
    for (const { key, ...delivery } of rows) if (delivery.id !== null) ledger.get(key)?.push(delivery);
    return ledger;
  } finally {
    await client.end();
  }
}

type Row = { key: string } & LedgerDelivery;

const ledgerSql = `
  select s.event_id as key, d.id, d.channel, d.target, d.status, d.last_error as "lastError",
    d.attempts_made as "attemptsMade",
    array(select attempt from attempts a where a.delivery_id = d.id order by attempt) as attempts,
    extract(epoch from d.created_at)::float8 * 1000 as "createdAt",
    extract(epoch from d.completed_at)::float8 * 1000 as "completedAt"
  from signals s left join deliveries d on d.signal_id = s.id
  where s.source in ('webhook', 'events', 'alerts', 'stripe')`;

/** How many deliveries have not ended. */
export async function owedNow(databaseUrl: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from deliveries where status in ('pending', 'held')`,
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
