import { type Pool, transaction } from './pool.js';

/** Numbers of the jobs that only one process may do at a time. */
const locks = { sweep: 7_301_848, maintenance: 7_301_849 } as const;

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
    await work();
    return true;
  });
}
