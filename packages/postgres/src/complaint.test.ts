import { tooOld } from './complaint.js';

test.each([130_014, 90_624, 0])('Postgres %i is refused', (version) => {
  expect(tooOld(version, { host: 'db:5432' })).toMatch(
    /^DATABASE_URL: the Postgres at db:5432 is version \d+; Signalbox needs 14 or newer/,
  );
});

test.each([140_000, 180_004])('Postgres %i is fine', (version) => {
  expect(tooOld(version, { host: 'db:5432' })).toBeNull();
});
