import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram };

/**
 * All metrics of this process. Each app defines its own beside the code that counts; a label's values come from a
 * closed list, never from what a sender or receiver says.
 */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });

/** What the sweep has to make up for. */
export const enqueueFailures = new Counter({
  name: 'signalbox_enqueue_failures_total',
  help: 'Deliveries and fan-outs that Redis took no job for; the sweep gives them one.',
  labelNames: ['queue'],
  registers: [metrics],
});
