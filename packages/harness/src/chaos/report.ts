import type { LedgerDelivery } from './ledger.js';
import type { ChaosResult } from './run.js';
import { receiptsById, repeatsOf, type Struck } from './verdict.js';

/** A run in words, for people. */
export function report(result: ChaosResult): string {
  const deliveries = [...result.ledger.values()].flat();
  return [
    ...faultLines(result, deliveries),
    ...signalLines(result),
    ...deliveryLines(result, deliveries),
    `drained in ${seconds(result.drainedInMs)} after the last fault`,
    ...verdictLines(result),
  ].join('\n');
}

function faultLines({ faults, startedAt, healthy }: ChaosResult, deliveries: LedgerDelivery[]): string[] {
  const head = ['at', 'lasted', 'fault', 'on', 'longest delay (healthy receivers | all)'];
  const rows = faults
    .toSorted((a, b) => a.number - b.number)
    .map((fault) => {
      const delays = [deliveries.filter(({ target }) => healthy.has(target)), deliveries];
      const [ofHealthy, ofAll] = delays.map((some) => seconds(longestDelay(fault, some)));
      const { from, until, kind, on } = fault;
      return [seconds(from - startedAt), seconds(until - from), kind, on, `${ofHealthy} | ${ofAll}`];
    });
  return [head, ...rows].map(([at = '', lasted = '', kind = '', on = '', delay = '']) =>
    [at.padStart(7), lasted.padStart(7), kind.padEnd(19), on.padEnd(18), delay].join('  '),
  );
}

/** How long what a fault may have met waited for its delivery: from its acceptance, or the fault's end if that was later. Unit: ms. */
export function longestDelay(
  { from, until }: Pick<Struck, 'from' | 'until'>,
  deliveries: LedgerDelivery[],
): number {
  const waits = deliveries.flatMap(({ createdAt, completedAt }) =>
    completedAt === null || createdAt > until || completedAt < from
      ? []
      : [completedAt - Math.max(createdAt, until)],
  );
  return waits.reduce((a, b) => Math.max(a, b), 0);
}

function signalLines({ sendings, ledger }: ChaosResult): string[] {
  const accepted = sendings.filter(({ acceptedAt }) => acceptedAt !== null).length;
  const tries = sendings.reduce((sum, one) => sum + one.tries, 0);
  const kept = sendings.filter(
    ({ signal, acceptedAt }) => acceptedAt === null && ledger.has(signal.key),
  ).length;
  const rest = sendings.length - accepted;
  return [
    `signals: ${sendings.length} sent in ${tries} tries, ${accepted} accepted, ${rest} given up (${kept} of them kept)`,
  ];
}

function deliveryLines({ receipts }: ChaosResult, deliveries: LedgerDelivery[]): string[] {
  const got = receiptsById(receipts);
  const repeats = deliveries.map((delivery) => repeatsOf(delivery, got.get(delivery.id) ?? []));
  const all = repeats.reduce((sum, count) => sum + count, 0);
  const counts = new Map<string, number>();
  for (const { status, lastError } of deliveries) {
    const state = lastError === null ? status : `${status} (${lastError})`;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  const states = [...counts].map(([state, count]) => `${count} ${state}`).sort();
  return [
    `deliveries: ${states.join(', ')}`,
    `requests received: ${receipts.length}; duplicates: ${all}, at most ${Math.max(0, ...repeats)} of one delivery`,
  ];
}

const shownViolations = 20;

function verdictLines({ violations, plan }: ChaosResult): string[] {
  if (violations.length === 0) return [`seed ${plan.seed}: every promise was kept`];
  const lines = violations
    .slice(0, shownViolations)
    .map(({ rule, id, detail }) => `  ${rule}: ${id}: ${detail}`.slice(0, 500));
  return [`seed ${plan.seed}: ${violations.length} promises were broken`, ...lines];
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
