import type { LoadReport } from './load.js';
import type { Rows } from './rows.js';
import type { SinkStats } from './sink.js';

/** Everything that was counted in one window. */
export interface Counted {
  side: string;
  report: Pick<LoadReport, 'sent' | 'answers'>;
  added: Rows;
  stats: Pick<SinkStats, 'arrivals' | 'distinct'>;
  usersPerStore: number;
}

/** The side lost something or did something twice: its other numbers mean nothing. */
export class Disagreement extends Error {}

/**
 * Requires that everything accepted was stored once, and delivered to each user and logged once.
 * @throws a {@link Disagreement} with all the numbers
 */
export function requireSame({ side, report, added, stats, usersPerStore }: Counted): void {
  const accepted = report.answers['202'] ?? 0;
  const owed = accepted * usersPerStore;
  const same =
    accepted > 0 &&
    added.signals === accepted &&
    [added.deliveries, added.delivered, added.attempts, stats.distinct].every((count) => count === owed);
  if (same) return;
  throw new Disagreement(
    `${side}: the numbers do not agree. Sent ${report.sent}, answered ${JSON.stringify(report.answers)}; ` +
      `${added.signals} signals and ${added.deliveries} deliveries stored; of ${owed} owed, ${added.delivered} delivered, ` +
      `${added.attempts} attempts logged, ${stats.distinct} arrived (${stats.arrivals} with repetitions).`,
  );
}
