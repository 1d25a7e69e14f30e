import { randomBytes } from 'node:crypto';
import {
  createEnvelope,
  encryptionKeys,
  newId,
  onCall,
  sealAddress,
  sealHeaders,
  type Target,
} from '@signalbox/domain';
import { openTransformer, usualLimits } from '@signalbox/jsonata';
import { addSubscription, leaseDeliveries, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import { addressed, unlessClosed } from '../src/closed-secret.js';
import { createSubscribers } from '../src/subscribers.js';
import { openWebhooks } from '../src/webhooks.js';
import { type Bench, scripted, startBench } from './running-worker.js';

const newKey = () => createEnvelope(encryptionKeys(true).parse(randomBytes(32).toString('base64')));
const [envelope, stranger] = [newKey(), newKey()];
const closed = { outcome: { type: 'retry', reason: 'secret_unavailable' }, targetUrl: '' };

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.stop());

async function lease(target: Target) {
  const [stored] = await storeSignals(bench.pool, [newSignal({}, [target])]);
  const [leased] = await leaseDeliveries(bench.pool, [stored?.owed[0]?.id ?? ''], 60_000);
  if (!leased) throw new Error('nothing to lease');
  return leased;
}

describe('a subscription', () => {
  async function attempt(told: object, secret: Buffer, id: string) {
    await addSubscription(bench.pool, { id, url: 'https://receiver.example/hook', ...told }, [
      { kind: 'signing', sealed: secret },
    ]);
    const transformer = openTransformer(usualLimits);
    const send = scripted({ type: 'delivered' });
    const seen: unknown[] = [];
    const webhooks = openWebhooks({
      ...bench,
      find: createSubscribers(bench.pool, envelope).get,
      transformer,
      schedule: [],
      onGone: () => Promise.resolve(),
      onChange: () => undefined,
      send: (delivery) => {
        seen.push({ headers: delivery.subscriber?.headers, secrets: delivery.subscriber?.secrets });
        return send(delivery);
      },
    });
    const delivery = await webhooks.prepare(await lease({ ...onCall, channel: 'webhook', target: id }));
    if (!delivery) throw new Error('not prepared');
    expect(await webhooks.turn(delivery, false)).toBe(0);
    const sent = await unlessClosed(webhooks.send, bench.log)(delivery);
    await webhooks.report(delivery, sent);
    await transformer.close();
    return { sent, seen };
  }

  const headers = { authorization: 'Bearer opensesame' };

  test('is sent with its headers and signed with its secret, both opened', async () => {
    const id = newId();
    const { seen } = await attempt(sealHeaders(envelope, headers, id), envelope.seal('whsec_x', id), id);
    expect(seen).toEqual([{ headers, secrets: ['whsec_x'] }]);
  });

  test('with headers that were never encrypted is sent with those', async () => {
    const id = newId();
    const { seen } = await attempt({ headers }, envelope.seal('whsec_x', id), id);
    expect(seen).toMatchObject([{ headers }]);
  });

  test.each(['headers', 'secret'])(
    'whose %s cannot be opened is sent nothing, and tried again later',
    async (which) => {
      const id = newId();
      const [forHeaders, forSecret] = which === 'headers' ? [stranger, envelope] : [envelope, stranger];
      const kept = sealHeaders(forHeaders, headers, id);
      const { sent, seen } = await attempt(kept, forSecret.seal('whsec_x', id), id);
      expect([sent, seen]).toMatchObject([closed, []]);
      // Nobody refused anything, so it does not count as failing.
      const { rows } = await bench.pool.query('select failing_since from subscriptions where id = $1', [id]);
      expect(rows).toEqual([{ failing_since: null }]);
    },
  );
});

describe('an address', () => {
  const address = 'https://hooks.example/opensesame';

  async function attempt(kept: string, userId: string) {
    const addresses: unknown[] = [];
    const send = addressed(async ({ address: given }) => {
      addresses.push(given);
      return { outcome: { type: 'delivered' }, targetUrl: '', statusCode: 200, responseExcerpt: null };
    }, envelope);
    const target = { ...onCall, channel: 'slack', target: userId, userId, address: kept };
    const delivery = await lease(target);
    const attemptOnce = unlessClosed(send, bench.log);
    return { sent: [await attemptOnce(delivery), await attemptOnce(delivery)], addresses };
  }

  test('is opened for its channel; a plain one is given as it is', async () => {
    const id = newId();
    expect((await attempt(sealAddress(envelope, address, id), id)).addresses).toEqual([address, address]);
    expect((await attempt(address, newId())).addresses).toEqual([address, address]);
  });

  test('that cannot be opened is tried again later, and the log says so once', async () => {
    const id = newId();
    const { sent, addresses } = await attempt(sealAddress(stranger, address, id), id);
    expect([sent, addresses]).toMatchObject([[closed, closed], []]);
    expect(bench.lines.filter(({ msg }) => msg === 'secret.unavailable')).toMatchObject([
      {
        level: 'error',
        channel: 'slack',
        target: id,
        err: { message: expect.stringContaining('not given') },
      },
    ]);
  });

  test('does not open for another user', async () => {
    const { sent } = await attempt(sealAddress(envelope, address, newId()), newId());
    expect(sent).toMatchObject([closed, closed]);
  });
});

test('what a channel throws of itself is still a bug', async () => {
  const leased = await lease({ ...onCall, channel: 'slack' });
  const send = unlessClosed(() => Promise.reject(new Error('ours')), bench.log);
  await expect(send(leased)).rejects.toThrow('ours');
});
