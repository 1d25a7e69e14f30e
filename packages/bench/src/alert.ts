import { randomUUID } from 'node:crypto';

/** How many stores the directory is seeded with; alerts go round them. */
export const storeCount = 200;

/** The location of the n-th store, 1 to {@link storeCount}. */
export function storeLocation(n: number): string {
  return `bench-store-${n}`;
}

/** Where a side takes alerts in. */
export const alertPath = '/webhooks/alerts/';

const labels = ['theft', 'suspicious', 'normal'] as const;

/**
 * The body of the n-th alert of a run. `url` is the only field that comes back in the notification unchanged and
 * is free to us, so it carries the time of sending.
 * @param sentAt ms since 1970, fractions allowed
 */
export function alertBody(n: number, sentAt: number): string {
  return JSON.stringify({
    url: `https://clips.example.com/clip.mp4?t=${sentAt.toFixed(3)}`,
    location: storeLocation((n % storeCount) + 1),
    alert_uuid: randomUUID(),
    label: labels[n % labels.length],
    time_spotted: sentAt / 1000,
  });
}

/** The time of sending that {@link alertBody} put into `url`; NaN when there is none. Unit: ms since 1970. */
export function sentAtOf(url: string): number {
  return Number.parseFloat(url.slice(url.lastIndexOf('=') + 1));
}
