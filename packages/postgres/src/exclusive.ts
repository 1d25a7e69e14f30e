import { type Pool, transaction } from './pool.js';

/** Numbers of the jobs that only one process may do at a time. */
const locks = { sweep: 7_301_848, maintenance: 7_301_849 } as const;

/**
 * Whoever is not heard of for so long loses the lock: it was paused, or there is no way to it any more, and its connection
 * could stay for hours. Unit: ms.
 */
const longestSilenceMs = 10_000;
const signOfLifeMs = 2_000;

/** Runs `work` unless another process is at it; answers whether it ran. The lock ends with the connection. */
export function exclusively(
  pool: Pool,
  name: keyof typeof locks,
  work: () => Promise<void>,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
      locks[name],
    ]);
    if (!rows[0]?.mine) return false;
    await client.query(`set local idle_in_transaction_session_timeout = ${longestSilenceMs}`);
    // Where it fails the connection is lost, which the transaction's end will say.
    const beat = setInterval(() => void client.query('select').catch(() => undefined), signOfLifeMs);
    try {
      await work();
    } finally {
      clearInterval(beat);
    }
    return true;
  });
}
