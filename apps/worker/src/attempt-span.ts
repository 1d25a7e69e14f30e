import { attemptOutcome, type Delivery, type NextState, type Sent } from '@signalbox/domain';
import type { Span, SpanSpec } from '@signalbox/runtime';

/** The span of an attempt: below the request that brought its signal, however many others share its job. */
export function attemptSpan(delivery: Delivery): SpanSpec {
  return {
    name: `deliver ${delivery.channel}`,
    kind: 'client',
    parent: delivery.traceParent,
    attributes: {
      'signalbox.channel': delivery.channel,
      'signalbox.delivery_id': delivery.id,
      'signalbox.signal_id': delivery.signalId,
      'signalbox.attempt': delivery.attempt,
      'signalbox.correlation_id': delivery.correlationId,
    },
  };
}

/** Says in its span what came of an attempt. */
export function tellAttempt(span: Span, sent: Sent, next: NextState): void {
  const reason = next.status === 'delivered' ? null : next.reason;
  span.tell({
    'signalbox.outcome': attemptOutcome(next),
    'signalbox.reason': reason,
    'http.response.status_code': sent.statusCode,
    'url.full': withoutQuery(sent.targetUrl),
  });
  if (reason !== null) span.fail(reason);
}

/** A query may hold a key. */
function withoutQuery(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
