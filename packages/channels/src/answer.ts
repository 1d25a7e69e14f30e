import { StringDecoder } from 'node:string_decoder';
import { storable } from '@signalbox/domain';
import type { Dispatcher } from 'undici';
import type { HttpResult } from './http.js';

/** How much of a body is kept. Unit: bytes. */
const excerptLimit = 1024;

/** An answer whose head is there. */
export interface Answer {
  statusCode: number;
  retryAfter: string | null;
  /** The first chunks of the body. */
  kept: Buffer[];
  /** How much of the body came so far. Unit: bytes. */
  received: number;
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export function startAnswer(statusCode: number, headers: Headers): Answer {
  const [retryAfter = null] = [headers['retry-after']].flat();
  return { statusCode, retryAfter, kept: [], received: 0 };
}

export function addChunk(answer: Answer, chunk: Buffer): void {
  if (answer.received < excerptLimit) answer.kept.push(chunk);
  answer.received += chunk.length;
}

export function toResult({ statusCode, retryAfter, kept }: Answer): HttpResult {
  return { ok: true, statusCode, retryAfter, excerpt: excerpt(kept) };
}

function excerpt(kept: Buffer[]): string {
  const [first] = kept;
  if (!first) return '';
  const bytes = kept.length === 1 ? first : Buffer.concat(kept);
  if (bytes.length <= excerptLimit) return storable(bytes.toString('utf8'));
  // Unlike toString, the decoder leaves out a last character that was cut in two. It costs a microsecond.
  return storable(new StringDecoder('utf8').write(bytes.subarray(0, excerptLimit)));
}
