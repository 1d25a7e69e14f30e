import { newId } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** A request that was turned away but is kept. */
export interface Rejected {
  source: string;
  reason: string;
  errors: { path: string; message: string }[];
  body: Buffer;
  correlationId: string;
}

export async function keepRejected(pool: Pool, rejected: Rejected): Promise<void> {
  await pool.query(
    `insert into rejected_inbound (id, source, reason, errors, body, correlation_id)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      newId(),
      rejected.source,
      rejected.reason,
      JSON.stringify(rejected.errors),
      rejected.body,
      rejected.correlationId,
    ],
  );
}
