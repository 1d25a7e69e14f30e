import { createRequire } from 'node:module';
import type { Delivery } from '@signalbox/domain';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

/** The headers that every JSON body we deliver travels with; the key is the same over all attempts. */
export function deliveryHeaders({ id, correlationId }: Delivery): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': `Signalbox/${version}`,
    'idempotency-key': id,
    'x-request-id': correlationId,
  };
}
