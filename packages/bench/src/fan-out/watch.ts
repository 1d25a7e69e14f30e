import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { now } from '../clock.js';

/** Costs Postgres about a hundredth of a core. */
const everyMs = 10;

/**
 * Watches, while `work` lasts, for how long there were deliveries still to be written: from the commit after which a
 * sender is answered until the last row stands.
 * @returns what `work` gave, and that time in ms; where fan-outs overlap it counts once
 */
export async function watchWriting<Result>(
  db: Pool,
  work: Promise<Result>,
): Promise<{ result: Result; writingMs: number }> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  const [result, writingMs] = await Promise.all([ended, timeWriting(db, () => isOver)]);
  return { result, writingMs };
}

async function timeWriting(db: Pool, isOver: () => boolean): Promise<number> {
  let writingMs = 0;
  for (let lookedAt = now(); !isOver(); await sleep(everyMs)) {
    const isWriting = await isAnyUnderWay(db);
    const at = now();
    if (isWriting) writingMs += at - lookedAt;
    lookedAt = at;
  }
  return writingMs;
}

async function isAnyUnderWay(db: Pool): Promise<boolean> {
  const { rows } = await db.query('select from fan_outs limit 1');
  return rows.length > 0;
}
