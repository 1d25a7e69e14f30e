const windowMs = 60_000;
const mostAttempts = 10;
/** Memory is not for those to fill who try from many addresses. */
const mostAddresses = 10_000;

/**
 * Counts attempts to log in, 10 a minute for each address or network.
 * @returns whether one more may be made
 */
export function createLoginLimit(): (address: string, now?: number) => boolean {
  const counts = new Map<string, { attempts: number; until: number }>();
  return (address, now = Date.now()) => {
    const count = counts.get(address);
    if (count && count.until > now) {
      count.attempts += 1;
      return count.attempts <= mostAttempts;
    }
    if (counts.size >= mostAddresses) counts.clear();
    counts.set(address, { attempts: 1, until: now + windowMs });
    return true;
  };
}
