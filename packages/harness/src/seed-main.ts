import { given } from './environment.js';
import { seedDatabase } from './seed.js';

// One shot, for the demo in Docker: puts the demo stores into DATABASE_URL, unless it has stores, and ends.
const url = given(process.env.DATABASE_URL);
if (url === undefined) {
  process.stderr.write('DATABASE_URL must be set, e.g. postgres://user@host:5432/name\n');
  process.exit(1);
}
const written = await seedDatabase(url);
process.stdout.write(written ? 'wrote the demo stores\n' : 'there are stores already\n');
