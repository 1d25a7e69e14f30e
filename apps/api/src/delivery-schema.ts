import { channelNames } from '@signalbox/channels';
import { type DeliveryStatus, deliveryStatuses } from '@signalbox/domain';
import { type DeliveryFilter, endedStatuses } from '@signalbox/postgres';
import { z } from 'zod';
import { cursor, oneOf } from './paging.js';
import { timeRange } from './time-range.js';

const status = oneOf(deliveryStatuses).optional();
const rest = {
  subscription_id: z.guid({ error: 'must be the id of a subscription' }).toLowerCase().optional(),
  channel: oneOf(channelNames).optional(),
  ...timeRange,
};

/** Which deliveries are wanted. */
export const deliveryQuery = z.object({ status, ...rest }).transform(toFilter);

/** Which deliveries of a signal are wanted. */
export const signalDeliveryQuery = z.object({ status, ...timeRange }).transform(toFilter);

const tooWide =
  'must have a subscription_id, a status or a since; else all there ever was would be sent again';
const withoutSuccess: DeliveryFilter = { statuses: ['failed', 'refused'] };

const replayFilter = z
  .strictObject({ status: oneOf(endedStatuses).optional(), ...rest }, { error: 'must be an object' })
  .refine(({ subscription_id, status, since }) => subscription_id ?? status ?? since, { error: tooWide })
  .transform((asked) => ({ ...withoutSuccess, ...toFilter(asked) }));

/** Which deliveries are to be replayed; without a status those that ended and did not arrive. */
export const replayBody = z.strictObject(
  { filter: replayFilter, cursor },
  { error: 'must be an object such as {"filter": {"status": "failed"}}' },
);

interface Asked {
  status?: DeliveryStatus | undefined;
  subscription_id?: string | undefined;
  channel?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

function toFilter({ status, subscription_id: subscriptionId, ...rest }: Asked): DeliveryFilter {
  return { ...rest, subscriptionId, ...(status && { statuses: [status] }) };
}
