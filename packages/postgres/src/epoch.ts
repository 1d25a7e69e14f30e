import { newId } from '@signalbox/domain';
import type { Pool } from './pool.js';

/** The name of this database's queue life; Redis carries the same name for as long as it keeps our jobs. */
export async function queueEpoch(pool: Pool): Promise<string> {
  const known = await readEpoch(pool);
  if (known !== null) return known;
  await pool.query('insert into queue_epoch (epoch) values ($1) on conflict do nothing', [newId()]);
  return (await readEpoch(pool)) as string;
}

async function readEpoch(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ epoch: string }>('select epoch from queue_epoch');
  return rows[0]?.epoch ?? null;
}
