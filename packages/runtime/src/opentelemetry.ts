import {
  type Context,
  context,
  DiagLogLevel,
  diag,
  type Link,
  type Span as OtelSpan,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { globalErrorHandler, setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Log } from './log.js';
import { atMostEveryMinute } from './seldom.js';
import type { Span, SpanAttributes, SpanSpec, Tracer } from './tracing.js';

/**
 * Spans by OpenTelemetry's SDK, sent in batches as OTLP over HTTP. It reads OTEL_* from the environment by itself:
 * where to, with which headers, how many of the traces, and by which name the process goes.
 * @param service its name where OTEL_SERVICE_NAME does not say
 */
export function createTracer(service: string, log: Log): Tracer {
  hearOfTrouble(log);
  const resource = resourceFromAttributes({ 'service.name': service });
  const provider = new BasicTracerProvider({
    resource: resource.merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('signalbox');
  return {
    open: ({ name, kind, parent, attributes = {} }) => {
      const above = parent === undefined ? context.active() : contextOf(parent);
      const links = parent === undefined || kind === 'server' ? [] : linkToActive();
      const options = { kind: kinds[kind ?? 'internal'], links, attributes: known(attributes) };
      return asOurs(tracer.startSpan(name, options, above), above);
    },
    active: () => {
      const span = trace.getActiveSpan();
      return span ? { tell: (attributes) => void span.setAttributes(known(attributes)) } : null;
    },
    activeParent: () => {
      const carrier: { traceparent?: string } = {};
      propagation.inject(context.active(), carrier);
      return carrier.traceparent ?? null;
    },
    close: () => provider.shutdown().catch(globalErrorHandler),
  };
}

const kinds: Record<NonNullable<SpanSpec['kind']> | 'internal', SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
};

/** A collector that is away, or wants another key, holds nothing up; whoever runs us should hear of it all the same. */
function hearOfTrouble(log: Log): void {
  const say = atMostEveryMinute((err: unknown, times) => log.warn({ err, times }, 'tracing.trouble'));
  const quiet = () => undefined;
  setGlobalErrorHandler(say);
  diag.setLogger({ error: say, warn: say, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
}

function contextOf(parent: string | null): Context {
  return parent === null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: parent });
}

function linkToActive(): Link[] {
  const span = trace.getActiveSpan();
  return span ? [{ context: span.spanContext() }] : [];
}

function asOurs(span: OtelSpan, above: Context): Span {
  return {
    within: (work) => context.with(trace.setSpan(above, span), work),
    rename: (name) => void span.updateName(name),
    tell: (attributes) => void span.setAttributes(known(attributes)),
    fail: (why) => void span.setStatus({ code: SpanStatusCode.ERROR, message: why }),
    end: () => span.end(),
  };
}

/** Without what is not known. */
function known(attributes: SpanAttributes): Record<string, string | number | boolean> {
  const said = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(said) as Record<string, string | number | boolean>;
}
