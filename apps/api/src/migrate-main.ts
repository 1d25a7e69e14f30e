import { migrate } from '@signalbox/postgres';

// One shot, for whoever deploys: brings DATABASE_URL to the newest schema and ends.
const url = process.env.DATABASE_URL?.trim();
if (!url) {
  process.stderr.write('DATABASE_URL must be set, e.g. postgres://user@host:5432/name\n');
  process.exit(1);
}
const applied = await migrate(url);
process.stdout.write(applied.length > 0 ? `applied ${applied.join(', ')}\n` : 'the schema is up to date\n');
