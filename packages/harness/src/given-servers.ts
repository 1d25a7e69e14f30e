import { postgresComplaint } from '@signalbox/postgres';
import { lookAtRedis } from '@signalbox/redis';
import { say } from '../bootstrap/steps.mjs';

// Servers somebody else runs, named by REDIS_URL and DATABASE_URL. Asked once before anything starts: a wrong URL
// should be told as such, not found in the log of a worker.

/** @throws an Error in plain words when no Redis that can be used answers at REDIS_URL */
export async function requireRedis(url: string): Promise<void> {
  const { wrong, warnings } = await lookAtRedis(url);
  if (wrong !== null) throw new Error(wrong);
  for (const warning of warnings) say(`  ${warning}`);
}

/** @throws an Error in plain words when no Postgres answers at DATABASE_URL, or it does not let us in */
export async function requirePostgres(url: string): Promise<void> {
  // Its schema is brought up to date next.
  const complaint = await postgresComplaint(url, false);
  if (complaint !== null) throw new Error(complaint);
}
