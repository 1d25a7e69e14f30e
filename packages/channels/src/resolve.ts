import type { LookupAddress } from 'node:dns';
import { Resolver } from 'node:dns/promises';

/** All addresses of a name, or none where it has none at the moment. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

/**
 * Asks the name servers of this machine, and nobody else: its hosts file is about private names. Node's own lookup waits
 * in one of two threads that all names of a process share, so two that hang would keep all others from connecting;
 * here each name waits for itself.
 * @param servers such as `127.0.0.1:53`; those of this machine unless told
 */
export function nameServers(servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  if (servers) resolver.setServers(servers);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    return [...found(v4, 4), ...found(v6, 6)];
  };
}

/** Whatever goes wrong with a name, only whoever owns it can put it right. */
function found(result: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  if (result.status === 'rejected') return [];
  return result.value.map((address) => ({ address, family }));
}
