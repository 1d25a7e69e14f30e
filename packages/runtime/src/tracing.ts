import type { Log } from './log.js';

/** What is said of a span; never a body, a header, or the query of a URL. */
export type SpanAttributes = Record<string, string | number | boolean | null | undefined>;

export interface SpanSpec {
  name: string;
  /** `server`: a request to us; `client`: one of ours to others; work of our own unless told. */
  kind?: 'server' | 'client';
  /**
   * The span it belongs below, as W3C Trace Context writes it; null: it begins a trace. Where it is given, the span under
   * way is only linked to. Not given: it belongs below the span under way.
   */
  parent?: string | null;
  attributes?: SpanAttributes;
}

/** A piece of work under way. */
export interface Span {
  /** Runs work as a part of it: what it opens stands below this one. */
  within<T>(work: () => T): T;
  rename(name: string): void;
  tell(attributes: SpanAttributes): void;
  /** It went wrong, and why. */
  fail(why: string): void;
  end(): void;
}

/** What makes spans, and sends them. */
export interface Tracer {
  open(spec: SpanSpec): Span;
  /** The span under way. */
  active(): Pick<Span, 'tell'> | null;
  /** The same, as W3C Trace Context writes it. */
  activeParent(): string | null;
  /** Sends what was not sent yet. */
  close(): Promise<void>;
}

/** Where spans go, from the environment; the SDK reads the rest of its variables by itself. */
export interface TracingSettings {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string | undefined;
}

/** How long a process that stops waits for its last spans to be taken. Unit: ms. */
const patienceMs = 5_000;

/** One for the process, as there is one registry of metrics; null: tracing is off. */
let tracer: Tracer | null = null;

/**
 * Turns tracing on where the environment names a collector; else the SDK is not even loaded.
 * @returns whether it is on
 */
export async function startTracing(service: string, settings: TracingSettings, log: Log): Promise<boolean> {
  if (!(settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)) return false;
  const { createTracer } = await import('./opentelemetry.js');
  tracer = createTracer(service, log);
  return true;
}

/** Sends what was not sent yet, for at most 5 s, and turns tracing off; never fails. */
export async function stopTracing(): Promise<void> {
  const closing = tracer?.close();
  tracer = null;
  if (!closing) return;
  const late = new Promise((resolve) => setTimeout(resolve, patienceMs).unref());
  await Promise.race([closing, late]);
}

/** Whether spans are made at all. */
export function isTracing(): boolean {
  return tracer !== null;
}

/** Opens a span, to be ended by the caller; null while tracing is off. */
export function openSpan(spec: SpanSpec): Span | null {
  return tracer ? tracer.open(spec) : null;
}

/** Does work in a span, which fails where the work does; without one (null) while tracing is off. */
export function inSpan<T>(spec: SpanSpec, work: (span: Span | null) => Promise<T>): Promise<T> {
  return tracer ? workIn(tracer.open(spec), work) : work(null);
}

async function workIn<T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> {
  try {
    return await span.within(() => work(span));
  } catch (error) {
    span.fail(error instanceof Error ? error.name : 'error');
    throw error;
  } finally {
    span.end();
  }
}

/** Says something of the span under way. */
export function tellSpan(attributes: SpanAttributes): void {
  tracer?.active()?.tell(attributes);
}

/** The span under way as W3C Trace Context writes it, for who comes next; null: there is none. */
export function traceParent(): string | null {
  return tracer ? tracer.activeParent() : null;
}
