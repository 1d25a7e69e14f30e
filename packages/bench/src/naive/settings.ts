/** The queue between the naive API and the naive worker. */
export const queueName = 'deliver';

/** What one of its jobs names. */
export interface DeliverJob {
  deliveryId: string;
}

/** An environment variable that must be there. */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
