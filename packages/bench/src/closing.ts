/** What is to be closed in the end, last opened first. */
export interface Closing {
  /** Once `closeAll` was called, what is added is closed at once. */
  add: (close: () => Promise<unknown>) => void;
  /** Closes everything that was added, and waits for whoever is at it already. */
  closeAll: () => Promise<void>;
}

/** An empty list of things to close. */
export function closing(): Closing {
  const open: (() => Promise<unknown>)[] = [];
  let closed = false;
  let last = Promise.resolve();
  const closeAll = () => {
    closed = true;
    last = last.then(() => closeInTurn(open.splice(0)));
    return last;
  };
  const add = (close: () => Promise<unknown>) => {
    open.push(close);
    if (closed) void closeAll();
  };
  return { add, closeAll };
}

async function closeInTurn(open: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const close of open.toReversed()) await close();
}
