import type { IncomingHttpHeaders } from 'node:http';
import { newId } from '@signalbox/domain';

const plain = /^[\x21-\x7e]{1,128}$/;
const traceparent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** The id that ties a request to its jobs, log lines and outgoing requests: the sender's own, or a new one. */
export function correlationId(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && plain.test(given)) return given;
  const trace = headers.traceparent;
  return (typeof trace === 'string' && traceparent.exec(trace)?.[1]) || newId();
}
