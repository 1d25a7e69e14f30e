import { type Listener, listen } from '../src/listener.js';

/** A span as it came. Source: OTLP/JSON, opentelemetry-proto 1.x, trace.proto */
export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** empty for the first of a trace */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer */
  kind: number;
  attributes: Record<string, string | number | boolean>;
  links: { traceId: string; spanId: string }[];
  /** 2: it went wrong */
  statusCode: number;
}

/** Stands in for a collector of traces. */
export interface Collector {
  url: string;
  spans(): CollectedSpan[];
  /** all of a trace */
  trace(traceId: string): CollectedSpan[];
  /** everything it was sent, as text */
  text(): string;
  close: Listener['close'];
}

export async function startCollector(): Promise<Collector> {
  const listener = await listen();
  listener.respond(() => ({ status: 200, headers: { 'content-type': 'application/json' }, body: '{}' }));
  const spans = () =>
    listener.requests
      .filter(({ path }) => path === '/v1/traces')
      .flatMap((request) => read(request.json() as Export));
  return {
    url: listener.url,
    spans,
    trace: (traceId) => spans().filter((span) => span.traceId === traceId),
    text: () => listener.requests.map(({ body }) => body.toString()).join('\n'),
    close: listener.close,
  };
}

interface Attribute {
  key: string;
  value: { stringValue?: string; boolValue?: boolean; intValue?: number | string; doubleValue?: number };
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: { spans: RawSpan[] }[];
  }[];
}

interface RawSpan extends Pick<CollectedSpan, 'traceId' | 'spanId' | 'name' | 'kind'> {
  parentSpanId?: string;
  attributes: Attribute[];
  links?: CollectedSpan['links'];
  status: { code?: number };
}

function read({ resourceSpans }: Export): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(valuesOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, service)));
  });
}

function toSpan({ traceId, spanId, name, kind, ...raw }: RawSpan, service: string): CollectedSpan {
  const { parentSpanId = '', links = [], status } = raw;
  const attributes = valuesOf(raw.attributes);
  return {
    service,
    traceId,
    spanId,
    parentSpanId,
    name,
    kind,
    attributes,
    links,
    statusCode: status.code ?? 0,
  };
}

function valuesOf(attributes: Attribute[]): CollectedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}
