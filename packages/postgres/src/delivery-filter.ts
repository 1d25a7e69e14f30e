import { type DeliveryStatus, deliveryStatuses } from '@signalbox/domain';
import { allOf, idsMadeBetween, madeBetween } from './conditions.js';

/** Which deliveries are wanted; what is not set does not matter. Times are those of creation. */
export interface DeliveryFilter {
  statuses?: readonly DeliveryStatus[] | undefined;
  /** In lower case. */
  subscriptionId?: string | undefined;
  channel?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

/** Which way a walk over deliveries goes by their ids, where it goes on, and how far. */
export interface Walk {
  order: 'asc' | 'desc';
  /** The id the part before ended with, in lower case; null for the first. */
  beyond: string | null;
  limit: number;
}

/**
 * A query for the deliveries that pass. An index is in the order of ids only within one channel and status, or one
 * subscription and status, so a page is read from each of these that is wanted, and the foremost of them all are kept:
 * three that failed are found at once among millions that arrived, and so are the newest of millions.
 * @param columns of `deliveries d`; the id must be among them
 */
export function matching(columns: string, filter: DeliveryFilter, walk: Walk) {
  const { statuses, subscriptionId, channel } = filter;
  const values: unknown[] = [];
  const pageOf = pages(columns, filter, walk, values);
  if (!statuses && subscriptionId === undefined && channel === undefined) {
    return { text: pageOf(['d.id'], []), values };
  }
  const { from, key, condition } =
    subscriptionId === undefined ? anyChannel(channel, values) : webhooks(subscriptionId, channel, values);
  const page = pageOf([`d.${key}`, 'd.status', 'd.id'], [`place.${key}`, 'wanted.status'], condition);
  const text = `
    select d.* from ${from} as place cross join unnest($${values.push(statuses ?? deliveryStatuses)}::text[]) as wanted (status)
    cross join lateral (${page}) as d
    order by d.id ${walk.order} limit $${values.push(walk.limit)}`;
  return { text, values };
}

/** @returns the query for a page whose index has this key, of those that have these values of its first columns */
function pages(columns: string, { since, until }: DeliveryFilter, walk: Walk, values: unknown[]) {
  const [low, high] = idBounds(since, until, walk).map((id) => `$${values.push(id)}`);
  const made = allOf(madeBetween('d.created_at', since, until), values);
  const limit = `$${values.push(walk.limit)}`;
  // The key is compared as a whole: asked for equality, Postgres may prefer to walk through all deliveries by id.
  return (key: string[], place: string[], condition = 'true') => `
    select ${columns} from deliveries d
    where (${key.join()}) > (${[...place, low].join()}) and (${key.join()}) < (${[...place, high].join()})
      and ${made} and ${condition}
    order by ${key.map((column) => `${column} ${walk.order}`).join()} limit ${limit}`;
}

/** Between which ids, both excluded. */
function idBounds(since: Date | undefined, until: Date | undefined, { order, beyond }: Walk) {
  const made = idsMadeBetween(since, until);
  const low = made.low ?? '00000000-0000-0000-0000-000000000000';
  const high = made.high ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  if (beyond === null) return [low, high];
  return order === 'asc' ? [beyond > low ? beyond : low, high] : [low, beyond < high ? beyond : high];
}

/** Where to look, by which first column of an index, and what that index asks besides. */
interface Place {
  from: string;
  key: string;
  condition?: string;
}

function anyChannel(channel: string | undefined, values: unknown[]): Place {
  const one = () => `(select $${values.push(channel)}::text as channel)`;
  return { from: channel === undefined ? everyChannel : one(), key: 'channel' };
}

/** The channels there are deliveries of, each found by one look into the index. */
const everyChannel = `(
      with recursive known (channel) as (
        select min(channel) from deliveries
        union all
        select (select min(d.channel) from deliveries d where d.channel > known.channel) from known
        where known.channel is not null
      )
      select channel from known where channel is not null
    )`;

function webhooks(subscriptionId: string, channel = 'webhook', values: unknown[]): Place {
  // Only webhooks have subscriptions: any other channel leaves nothing.
  const from = `(select $${values.push(subscriptionId)}::text as target where $${values.push(channel)} = 'webhook')`;
  return { from, key: 'target', condition: `d.channel = 'webhook'` };
}
