import { createEnvelope, developmentKey, newId } from '@signalbox/domain';
import { openTransformer, usualLimits } from '@signalbox/jsonata';
import { addSubscription, leaseDeliveries, removeSubscription, storeSignals } from '@signalbox/postgres';
import { newSignal } from '@signalbox/postgres/testing';
import { createSubscribers } from '../src/subscribers.js';
import { openWebhooks } from '../src/webhooks.js';
import { type Bench, startBench } from './running-worker.js';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

afterEach(() => bench.stop());

test('a subscription that is deleted while an attempt is made does not let an untransformed body out', async () => {
  const id = newId();
  const transform = { omit: ['card'] };
  await addSubscription(bench.pool, { id, url: 'http://receiver/', transform }, []);
  const target = { channel: 'webhook', target: id, userId: null, address: null, notBefore: null };
  const rest = { fallback: null, skipped: null, maxAttempts: null };
  const raw = Buffer.from('{"card":"4242","n":1.0}');
  const [stored] = await storeSignals(bench.pool, [newSignal({ raw }, [{ ...target, ...rest }])]);
  const [leased] = await leaseDeliveries(bench.pool, [stored?.owed[0]?.id ?? ''], 60_000);
  if (!leased) throw new Error('nothing to lease');

  const subscribers = createSubscribers(bench.pool, createEnvelope([developmentKey]));
  const transformer = openTransformer(usualLimits);
  const bodies: (string | undefined)[] = [];
  const webhooks = openWebhooks({
    ...bench,
    find: subscribers.get,
    transformer,
    schedule: [],
    onGone: () => Promise.resolve(),
    onChange: () => undefined,
    send: async ({ subscriber }) => {
      bodies.push(subscriber?.body.toString());
      const outcome = { type: 'delivered' } as const;
      return { outcome, targetUrl: '', statusCode: 204, responseExcerpt: '' };
    },
  });
  const delivery = await webhooks.prepare(leased);
  if (!delivery) throw new Error('not prepared');
  expect(await webhooks.turn(delivery, false)).toBe(0);
  await removeSubscription(bench.pool, id);
  subscribers.forget();
  const sent = await webhooks.send(delivery);
  await webhooks.report(delivery, sent);
  await transformer.close();
  expect(bodies).toEqual(['{"n":1.0}']);
});
