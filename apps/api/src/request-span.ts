import { openSpan, type Span } from '@signalbox/runtime';
import type { Request, RequestHandler, Response } from 'express';

/** Asked for every few seconds, or part of a page: of no interest one by one. */
export function isRoutine(url: string | undefined): boolean {
  return url === '/healthz' || url === '/readyz' || url === '/metrics' || url?.startsWith('/admin/') === true;
}

/** Puts every request into a span, below that of its sender where it names one. */
export const requestSpan: RequestHandler = (request, response, next) => {
  const span = isRoutine(request.url) ? null : openSpan(specOf(request));
  if (!span) return next();
  response.on('close', () => close(span, request, response));
  span.within(next);
};

function specOf({ method, headers }: Request) {
  const { traceparent } = headers;
  const parent = typeof traceparent === 'string' ? traceparent : null;
  return { name: method, kind: 'server', parent, attributes: { 'http.request.method': method } } as const;
}

/** Which route it took is known at its end. */
function close(span: Span, { method, baseUrl, route }: Request, { statusCode }: Response): void {
  const path = typeof route?.path === 'string' ? baseUrl + route.path : null;
  if (path !== null) span.rename(`${method} ${path}`);
  span.tell({ 'http.route': path, 'http.response.status_code': statusCode });
  if (statusCode >= 500) span.fail(String(statusCode));
  span.end();
}
