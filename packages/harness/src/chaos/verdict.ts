import type { FaultName } from './fault-kinds.js';
import type { Ledger, LedgerDelivery } from './ledger.js';
import type { Receipt } from './receivers.js';
import type { Sending } from './sending.js';
import type { Owed } from './signals.js';

/** A fault that was done to the system. */
export interface Struck {
  number: number;
  kind: FaultName;
  on: string;
  /** Unix ms. */
  from: number;
  /** When it was over. Unix ms. */
  until: number;
  /** Whether it can make somebody receive an attempt twice. */
  repeats: boolean;
}

/** All that is known of a run when it is over. */
export interface Evidence {
  sendings: readonly Sending[];
  ledger: Ledger;
  receipts: readonly Receipt[];
  faults: readonly Struck[];
}

/** A promise that was broken. */
export interface Violation {
  rule: Rule;
  /** Of the delivery, or what the sender calls the signal. */
  id: string;
  detail: string;
}

export type Rule =
  | 'never accepted'
  | 'refused at the door'
  | 'signal lost'
  | 'delivery missing'
  | 'delivery nobody is owed'
  | 'stranded'
  | 'failed without a reason'
  | 'attempts do not add up'
  | 'delivered, but not received'
  | 'received, but not delivered'
  | 'received by somebody else'
  | 'received, but unknown'
  | 'another body'
  | 'repeated too often'
  | 'a process misbehaved';

/** Compares what senders were told, what is in the ledger and what receivers got; nothing found: every promise was kept. */
export function findViolations(evidence: Evidence): Violation[] {
  const receipts = receiptsById(evidence.receipts);
  const owed = new Map<string, Owed>();
  const ofSignals = evidence.sendings.flatMap((sending) => ofSignal(sending, evidence.ledger, owed));
  const deliveries = [...evidence.ledger.values()].flat();
  const ofDeliveries = deliveries.flatMap((delivery) => {
    const got = receipts.get(delivery.id) ?? [];
    return [
      ...ofLedger(delivery),
      ...ofReceipts(delivery, got, owed.get(delivery.id)),
      ...ofRepeats(delivery, got, evidence.faults),
    ];
  });
  const known = new Set(deliveries.map(({ id }) => id));
  const unknown = [...receipts.keys()].filter((id) => !known.has(id));
  return [
    ...ofSignals,
    ...ofDeliveries,
    ...unknown.map((id) => violation('received, but unknown', id, 'it is in no ledger')),
  ];
}

/** In the order they came. */
export function receiptsById(receipts: readonly Receipt[]): Map<string, Receipt[]> {
  const map = new Map<string, Receipt[]>();
  for (const receipt of receipts) map.set(receipt.id, [...(map.get(receipt.id) ?? []), receipt]);
  return map;
}

const violation = (rule: Rule, id: string, detail: string): Violation => ({ rule, id, detail });

/** Notes, too, which delivery pays which debt. */
function ofSignal({ signal, acceptedAt, refusals }: Sending, ledger: Ledger, owed: Map<string, Owed>) {
  const { key, manner } = signal;
  const deliveries = ledger.get(key);
  const found: Violation[] = [];
  if (acceptedAt === null && manner !== 'gives-up') found.push(violation('never accepted', key, signal.path));
  if (refusals.length > 0) found.push(violation('refused at the door', key, refusals.join(', ')));
  if (!deliveries) {
    if (acceptedAt !== null) found.push(violation('signal lost', key, `answered 2xx at ${time(acceptedAt)}`));
    return found;
  }
  for (const debt of signal.owes) {
    const paying = deliveries.find((delivery) => pays(delivery, debt) && !owed.has(delivery.id));
    if (paying) owed.set(paying.id, debt);
    else found.push(violation('delivery missing', key, `${debt.channel} to ${debt.target}`));
  }
  const others = deliveries.filter(({ id }) => !owed.has(id));
  return [
    ...found,
    ...others.map(({ id, target }) => violation('delivery nobody is owed', id, `of ${key}, to ${target}`)),
  ];
}

const pays = (delivery: LedgerDelivery, debt: Owed) =>
  delivery.channel === debt.channel && delivery.target === debt.target;

const ends = ['delivered', 'failed', 'refused', 'skipped', 'canceled'];

function ofLedger({ id, status, lastError, attempts, attemptsMade }: LedgerDelivery): Violation[] {
  const found: Violation[] = [];
  if (!ends.includes(status)) found.push(violation('stranded', id, `it is still ${status}`));
  else if (status !== 'delivered' && lastError === null)
    found.push(violation('failed without a reason', id, status));
  const inOrder = attempts.length === attemptsMade && attempts.every((number, index) => number === index + 1);
  if (!inOrder) {
    const detail = `${attemptsMade} made, on record: ${attempts.join(', ')}`;
    found.push(violation('attempts do not add up', id, detail));
  }
  return found;
}

function ofReceipts(
  { id, channel, target, status }: LedgerDelivery,
  got: readonly Receipt[],
  debt: Owed | undefined,
) {
  const found: Violation[] = [];
  const taken = got.filter(isTaken);
  if (status === 'delivered' && taken.length === 0)
    found.push(violation('delivered, but not received', id, `${channel} to ${target}`));
  if (status !== 'delivered' && taken.length > 0)
    found.push(violation('received, but not delivered', id, `it is ${status}`));
  const receiver = channel === 'webhook' ? target : channel;
  for (const { receiver: other } of got.filter((receipt) => receipt.receiver !== receiver))
    found.push(violation('received by somebody else', id, `by ${other} instead of ${receiver}`));
  const changed = debt && debt.body !== null && got.find(({ body }) => body !== debt.body);
  if (changed) found.push(violation('another body', id, `${changed.body} instead of ${debt.body}`));
  return found;
}

const isTaken = ({ status }: Receipt) => status !== null && status >= 200 && status < 300;

/** From a fault's end, so much later its victims' leases have run out. Unit: ms. */
const leaseMs = 15_000;

function ofRepeats(delivery: LedgerDelivery, got: readonly Receipt[], faults: readonly Struck[]) {
  const repeats = repeatsOf(delivery, got);
  if (repeats === 0) return [];
  const last = Math.max(...got.map(({ at }) => at));
  const allowed = faults.filter(
    (fault) => fault.repeats && fault.from <= last && fault.until + leaseMs >= delivery.createdAt,
  );
  if (repeats <= allowed.length) return [];
  const detail = `${repeats} more than recorded, with ${allowed.length} faults that may repeat one; received at ${got.map(({ at }) => time(at)).join(', ')}`;
  return [violation('repeated too often', delivery.id, detail)];
}

/**
 * How often a delivery was received without need: more often than attempts are on record, or one attempt (where
 * attempts say which they are) more than once, or again after it had been taken.
 */
export function repeatsOf({ attempts }: LedgerDelivery, got: readonly Receipt[]): number {
  const beyondRecord = got.length - attempts.length;
  const numbers = got.flatMap(({ attempt }) => (attempt === null ? [] : [attempt]));
  const sameNumber = numbers.length - new Set(numbers).size;
  const afterTaken = got.filter(isTaken).length - 1;
  return Math.max(0, beyondRecord, sameNumber, afterTaken);
}

const time = (ms: number) => new Date(ms).toISOString().slice(11, 23);
