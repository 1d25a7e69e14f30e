import { randomUUID } from 'node:crypto';

/** The locations of so many stores. */
export function storeLocations(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench-store-${index + 1}`);
}

/** Where a side takes alerts in. */
export const alertPath = '/webhooks/alerts/';

/** What alerts are sent with: in production our side asks for a key, the other one for nothing. */
export const ingestKey = 'the-key-of-the-benchmark';

const labels = ['theft', 'suspicious', 'normal'] as const;

/**
 * The body of the n-th alert of a run. `url` is the only field that comes back in the notification unchanged and
 * is free to us, so it carries the time of sending.
 * @param sentAt ms since 1970, fractions allowed
 * @param locations the stores that alerts go round
 */
export function alertBody(n: number, sentAt: number, locations: readonly string[]): string {
  return JSON.stringify({
    url: `https://clips.example.com/clip.mp4?t=${sentAt.toFixed(3)}`,
    location: locations[n % locations.length],
    alert_uuid: randomUUID(),
    label: labels[n % labels.length],
    time_spotted: sentAt / 1000,
  });
}

/** The time of sending that {@link alertBody} put into `url`; NaN when there is none. Unit: ms since 1970. */
export function sentAtOf(url: string): number {
  return Number.parseFloat(url.slice(url.lastIndexOf('=') + 1));
}
