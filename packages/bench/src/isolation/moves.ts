import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import type { Moves } from './system.js';
import { type BadOne, badOnes } from './targets.js';

/** Our queue of deliveries to subscriptions, where one that waits has a job of its own. */
const queueName = 'deliver-webhook';
const prefix = '{deliver-webhook}';

interface DeliveryJob {
  deliveries: [string];
}

/**
 * What those have gone through that wait for the bad ones at this moment. Nothing is counted meanwhile: BullMQ keeps with
 * each job how often it ran, and how often that was an attempt; each time between was a move, and so was its creation.
 * @param ids subscriptions by path
 */
export async function readMoves(
  connection: Redis,
  db: Pool,
  ids: ReadonlyMap<string, string>,
): Promise<Record<BadOne, Moves>> {
  const queue = new Queue<DeliveryJob>(queueName, { connection, prefix });
  const jobs = await queue.getDelayed();
  await queue.close();
  const targets = await targetsOf(db);
  const moves = (name: BadOne) => {
    const target = ids.get(`/${name}`);
    return sumUp(jobs.filter((job) => targets.get(job.data.deliveries[0]) === target).map(movesOf));
  };
  const [hang, busy, slow] = badOnes.map(moves) as [Moves, Moves, Moves];
  return { hang, busy, slow };
}

async function targetsOf(db: Pool): Promise<Map<string, string>> {
  const { rows } = await db.query<{ id: string; target: string }>(
    `select id, target from deliveries where status = 'pending'`,
  );
  return new Map(rows.map(({ id, target }) => [id, target]));
}

function movesOf({ attemptsStarted, attemptsMade }: Job<DeliveryJob>): number {
  return 1 + attemptsStarted - attemptsMade;
}

/** All that is told of the moves of so many deliveries. */
export function sumUp(moves: readonly number[]): Moves {
  const sum = moves.reduce((total, count) => total + count, 0);
  const most = moves.reduce((highest, count) => Math.max(highest, count), 0);
  return { waiting: moves.length, most, mean: sum / moves.length };
}
