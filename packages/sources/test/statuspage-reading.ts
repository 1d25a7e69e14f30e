import type { Signal } from '@signalbox/domain';
import { type OpenSignal, type Reading, type ReadingOptions, readSummary } from '../src/statuspage.js';

export const now = new Date('2026-03-01T12:00:00Z');
export const vendor = { name: 'vendor' };

export const incident = { id: 'inc', name: 'Latency', status: 'investigating', impact: 'major' };
export const component = { id: 'api', name: 'API', status: 'partial_outage' };

/** Reads a page that must be a valid one. */
export function read(body: unknown, open: OpenSignal[] = [], options: ReadingOptions = {}): Reading {
  const reading = readSummary(vendor, Buffer.from(JSON.stringify(body)), open, now, options);
  if ('invalid' in reading) throw new Error(reading.invalid);
  return reading;
}

/** The first signal of a page of which nothing is known yet. */
export function signalOf(body: unknown): Signal {
  const change = read(body).changes[0];
  if (!change) throw new Error('the page tells nothing');
  return change.signal;
}

/** A signal as it is read back, while it is not over. */
export function openAs(signal: Signal, suppressedBy: string | null = null): OpenSignal {
  return { ...signal, signalId: 'id', suppressedBy };
}
