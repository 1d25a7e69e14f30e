import { faultNames } from '../src/chaos/fault-kinds.js';
import { report } from '../src/chaos/report.js';
import { runChaos } from '../src/chaos/run.js';

/** Those that take longer than a test may are left to `npm run chaos`. */
const kinds = faultNames.filter((name) => name !== 'worker-long-pause');
const plan = { seed: 9, durationMs: 28_000, everyMs: 1_000, kinds, rate: 15, drainMs: 60_000 };

test('every kind of fault once, in half a minute: nothing that was accepted is lost, and nothing is sent twice without need', async () => {
  const result = await runChaos(
    plan,
    () => undefined,
    () => Promise.resolve(),
  );
  if (result.violations.length > 0) throw new Error(report(result));
  expect(new Set(result.faults.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(result.sendings.filter(({ acceptedAt }) => acceptedAt !== null).length).toBeGreaterThan(350);
}, 240_000);
