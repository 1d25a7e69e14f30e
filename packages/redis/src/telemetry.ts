import { context, propagation, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api';
import { SpanKind, type Telemetry } from 'bullmq';

/** To be spread into the options of queues and workers. */
export interface Reporting {
  telemetry?: Telemetry;
}

let reporting: Reporting = {};

/** Has the queues and workers that are opened from now on make spans, with the tracer of this process. */
export function traceJobs(): void {
  reporting = { telemetry: telemetry() };
}

export function jobReporting(): Reporting {
  return reporting;
}

/**
 * Jobs have traces of their own, from `addBulk` to `process`: each carries deliveries of many requests, so it belongs
 * into the trace of none of them. The span of an attempt links to that of its job.
 */
function telemetry(): Telemetry {
  const tracer = trace.getTracer('bullmq');
  return {
    tracer: {
      startSpan: (name, options, above = ROOT_CONTEXT) =>
        asBullMqs(options?.kind === SpanKind.INTERNAL ? nothing : tracer.startSpan(name, options, above)),
    },
    contextManager: {
      with: (above, work) => context.with(above, work),
      active: () => ROOT_CONTEXT,
      getMetadata: (above) => {
        const carrier = {};
        propagation.inject(above, carrier);
        return JSON.stringify(carrier);
      },
      fromMetadata: (_, metadata) => propagation.extract(ROOT_CONTEXT, JSON.parse(metadata)),
    },
  };
}

/** What BullMQ does for itself every few seconds is of no interest. */
const nothing = trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 });

function asBullMqs(span: Span): ReturnType<Telemetry['tracer']['startSpan']> {
  return {
    setSpanOnContext: (above) => trace.setSpan(above, span),
    setAttribute: (key, value) => void span.setAttribute(key, value),
    setAttributes: (attributes) => void span.setAttributes(attributes),
    addEvent: (name, attributes) => void span.addEvent(name, attributes),
    recordException: (exception, time) => span.recordException(exception, time),
    end: () => span.end(),
  };
}
