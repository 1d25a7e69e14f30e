/** The queue in front of a group commit is full: the caller should be told to come back later. */
export class QueueFull extends Error {
  override name = 'QueueFull';
}

/** Bounds by size, for items that differ in it. */
export interface Sizes<In> {
  of: (item: In) => number;
  /** A batch ends before it grows beyond this; an item that is larger goes alone. */
  perBatch: number;
  /** What waits and what is under way is no more than this together, beyond it `QueueFull`; a single item always fits. */
  inHand: number;
}

export interface GroupCommitOptions<In> {
  /** Most items in one batch. */
  maxItems: number;
  /** Most batches under way at once. */
  maxInFlight: number;
  /** Most items waiting; beyond it `QueueFull`. */
  maxQueued: number;
  /** Whether one bad item may have spoilt the batch. Such a batch is halved until the bad item stands alone. */
  isPoison?: (error: unknown) => boolean;
  sizes?: Sizes<In>;
}

interface Waiting<In, Out> {
  item: In;
  size: number;
  resolve: (result: Out) => void;
  reject: (error: unknown) => void;
}

/**
 * Joins what arrives while earlier batches are under way into one call: under load the batches grow, at rest an item
 * goes out alone, at once. No timer is involved.
 * @param commit handles a batch and answers with one result per item, in their order
 * @returns a function that resolves to its item's result, or rejects with the batch's error or `QueueFull`
 */
export function groupCommit<In, Out>(
  commit: (items: In[]) => Promise<Out[]>,
  options: GroupCommitOptions<In>,
): (item: In) => Promise<Out> {
  const queue: Waiting<In, Out>[] = [];
  let inFlight = 0;
  let scheduled = false;
  let inHand = 0;

  return (item) =>
    new Promise((resolve, reject) => {
      if (queue.length >= options.maxQueued) {
        reject(new QueueFull(`${options.maxQueued} items are waiting already`));
        return;
      }
      const size = options.sizes?.of(item) ?? 0;
      if (options.sizes && inHand > 0 && inHand + size > options.sizes.inHand) {
        reject(new QueueFull(`${inHand} of ${options.sizes.inHand} are in hand already`));
        return;
      }
      inHand += size;
      queue.push({ item, size, resolve, reject });
      schedule();
    });

  function schedule(): void {
    if (scheduled || inFlight >= options.maxInFlight) return;
    scheduled = true;
    // What this turn of the event loop has read from the sockets joins the batch.
    setImmediate(pump);
  }

  function pump(): void {
    scheduled = false;
    while (queue.length > 0 && inFlight < options.maxInFlight) {
      inFlight += 1;
      const batch = queue.splice(0, lengthOfBatch(queue, options));
      void run(batch, commit, options).finally(() => {
        inFlight -= 1;
        for (const { size } of batch) inHand -= size;
        schedule();
      });
    }
  }
}

function lengthOfBatch<In, Out>(
  queue: Waiting<In, Out>[],
  { maxItems, sizes }: GroupCommitOptions<In>,
): number {
  const most = Math.min(queue.length, maxItems);
  if (!sizes) return most;
  let total = queue[0]?.size ?? 0;
  let length = 1;
  for (; length < most; length += 1) {
    total += queue[length]?.size ?? 0;
    if (total > sizes.perBatch) break;
  }
  return length;
}

async function run<In, Out>(
  batch: Waiting<In, Out>[],
  commit: (items: In[]) => Promise<Out[]>,
  options: GroupCommitOptions<In>,
): Promise<void> {
  try {
    const results = await commit(batch.map(({ item }) => item));
    for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Out);
  } catch (error) {
    if (batch.length > 1 && options.isPoison?.(error)) {
      const middle = Math.ceil(batch.length / 2);
      await run(batch.slice(0, middle), commit, options);
      await run(batch.slice(middle), commit, options);
      return;
    }
    for (const { reject } of batch) reject(error);
  }
}
