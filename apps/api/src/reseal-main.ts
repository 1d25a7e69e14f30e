import { setTimeout as sleep } from 'node:timers/promises';
import { createEnvelope, encryptionKeys } from '@signalbox/domain';
import { connect } from '@signalbox/postgres';
import { configOrExit, processSettings, readEnv } from '@signalbox/runtime';
import { z } from 'zod';
import { type Resealed, reseal } from './reseal.js';
import { resealReport } from './reseal-report.js';

/** So long a running process may go on writing what it had read before. Unit: ms. */
const settlingMs = 2_000;

// One shot, for whoever has changed ENCRYPTION_KEY: encrypts everything with the newest key, and says which are in use.
const { DATABASE_URL: url, ENCRYPTION_KEY: keys } = configOrExit(() =>
  readEnv(
    z.object({
      DATABASE_URL: processSettings.DATABASE_URL,
      ENCRYPTION_KEY: encryptionKeys(process.env.NODE_ENV?.trim() === 'production'),
    }),
  ),
);
const pool = connect(url, 1, (error) => process.stderr.write(`${error.message}\n`));
const envelope = createEnvelope(keys);
const first = await reseal(pool, envelope);
if (first.some(({ resealed }) => resealed > 0)) await sleep(settlingMs);
const { text, isDone } = resealReport(
  sum(first, await reseal(pool, envelope)),
  keys.map(({ id }) => id),
);
await pool.end();
process.stdout.write(text);
process.exitCode = isDone ? 0 : 1;

/** What was done in both rounds, and what there was after the second. */
function sum(one: Resealed[], two: Resealed[]): Resealed[] {
  return two.map((place, index) => ({
    ...place,
    resealed: place.resealed + (one[index]?.resealed ?? 0),
  }));
}
