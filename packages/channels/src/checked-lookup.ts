import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { addressProblem } from '@signalbox/domain';
import { nameServers, type Resolve } from './resolve.js';

/** Errors of ours, among those of the network. */
export const noAddress = 'NO_ADDRESS';
export const forbiddenAddress = 'FORBIDDEN_ADDRESS';

/**
 * Resolves a name for a connection that is about to be made, and lets it be made only if all its addresses may be called.
 * The connection goes to one of the very addresses that were looked at, so it does not matter what the name resolves
 * to a moment later; the certificate is still checked against the name.
 * @param problemOf why an address may not be called; null where it may
 */
export function checkedLookup(
  resolve: Resolve = nameServers(),
  problemOf: (ip: string) => string | null = addressProblem,
): LookupFunction {
  const find = callbackify(resolve);
  return (hostname, _, callback) =>
    find(hostname, (error, found) => {
      // Node leaves out what was found where there is an error.
      const addresses: LookupAddress[] = error ? [] : found;
      callback(error ?? whyNot(hostname, addresses, problemOf), addresses);
    });
}

function whyNot(
  hostname: string,
  addresses: readonly LookupAddress[],
  problemOf: (ip: string) => string | null,
): NodeJS.ErrnoException | null {
  if (addresses.length === 0) return failure(noAddress, `${hostname} has no address`);
  const forbidden = addresses.find(({ address }) => problemOf(address) !== null);
  return forbidden ? failure(forbiddenAddress, `${hostname} is ${forbidden.address}`) : null;
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
