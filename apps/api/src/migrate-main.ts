import { migrate, postgresComplaint } from '@signalbox/postgres';
import { configOrExit, processSettings, readEnv } from '@signalbox/runtime';
import { z } from 'zod';

// One shot, for whoever deploys: brings DATABASE_URL to the newest schema and ends.
const { DATABASE_URL: url } = configOrExit(() =>
  readEnv(z.object({ DATABASE_URL: processSettings.DATABASE_URL })),
);
const complaint = await postgresComplaint(url, false);
if (complaint !== null) {
  process.stderr.write(`${complaint}\n`);
  process.exit(1);
}
const applied = await migrate(url);
process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the schema is up to date\n');
