interface Keyed {
  key: string;
}

/** What waits, handed out by turns between keys, so that a key with much to do does not keep the others waiting. */
export interface Turns<T extends Keyed> {
  add(item: T): void;
  /** The next one; undefined where nothing may go now. */
  take(): T | undefined;
  /** Something that was taken is done. */
  release(item: T): void;
  /** Takes all that waits. */
  drain(): T[];
}

/** @param mostPerKey so many of a key may be taken and not released at once */
export function takeTurns<T extends Keyed>(mostPerKey: number): Turns<T> {
  const waiting = new Map<string, T[]>();
  const taken = new Map<string, number>();
  return { add, take, release, drain };

  function add(item: T): void {
    const line = waiting.get(item.key);
    if (line) line.push(item);
    else waiting.set(item.key, [item]);
  }

  function take(): T | undefined {
    for (const [key, line] of waiting) {
      const going = taken.get(key) ?? 0;
      if (going >= mostPerKey) continue;
      taken.set(key, going + 1);
      // Its next turn comes after that of all others.
      waiting.delete(key);
      if (line.length > 1) waiting.set(key, line);
      return line.shift();
    }
    return undefined;
  }

  function release({ key }: T): void {
    const going = (taken.get(key) ?? 0) - 1;
    if (going > 0) taken.set(key, going);
    else taken.delete(key);
  }

  function drain(): T[] {
    const items = [...waiting.values()].flat();
    waiting.clear();
    return items;
  }
}
