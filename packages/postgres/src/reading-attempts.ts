import type { AttemptOutcome } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** An attempt as the API shows it. */
export interface AttemptRow {
  attempt: number;
  attempted_at: Date;
  outcome: AttemptOutcome;
  status_code: number | null;
  error: string | null;
  duration_ms: number;
  target_url: string;
  response_excerpt: string | null;
}

const columns =
  'attempt, attempted_at, outcome, status_code, error, duration_ms, target_url, response_excerpt';

/** All attempts of a delivery, first to last; those past the retention are gone. */
export async function attemptsOf(pool: Pool, deliveryId: string): Promise<AttemptRow[]> {
  const { rows } = await pool.query<AttemptRow>(
    `select ${columns} from attempts where delivery_id = $1 order by attempt`,
    [deliveryId],
  );
  return rows;
}

/** An attempt among those of other deliveries. */
export interface AttemptOfDelivery extends AttemptRow {
  delivery_id: string;
  signal_id: string;
}

/** Where a list of attempts goes on: after this one. */
export type AttemptCursor = Pick<AttemptOfDelivery, 'attempted_at' | 'delivery_id' | 'attempt'>;

/** The latest attempts for a subscription; `before` is the one the page before ended with. */
export async function attemptsOfSubscription(
  pool: Pool,
  subscriptionId: string,
  limit: number,
  before: AttemptCursor | null,
): Promise<AttemptOfDelivery[]> {
  const { rows } = await pool.query<AttemptOfDelivery>(
    `select delivery_id, signal_id, ${columns} from attempts
     where subscription_id = $1 and attempted_at <= coalesce($3::timestamptz, 'infinity')
       and ($3::timestamptz is null or (attempted_at, delivery_id, attempt) < ($3, $4::uuid, $5::int))
     order by attempted_at desc, delivery_id desc, attempt desc limit $2`,
    [
      subscriptionId,
      limit,
      before?.attempted_at ?? null,
      before?.delivery_id ?? null,
      before?.attempt ?? null,
    ],
  );
  return rows;
}
