import { StringDecoder } from 'node:string_decoder';
import { storable } from '@signalbox/domain';
import type { Dispatcher } from 'undici';
import type { HttpResult } from './http.js';

/** An answer whose head is there. */
export interface Answer {
  statusCode: number;
  retryAfter: string | null;
  /** How much of the body is kept. Unit: bytes. */
  keepBytes: number;
  /** The first chunks of the body. */
  kept: Buffer[];
  /** How much of the body came so far. Unit: bytes. */
  received: number;
}

type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export function startAnswer(statusCode: number, headers: Headers, keepBytes: number): Answer {
  const [retryAfter = null] = [headers['retry-after']].flat();
  return { statusCode, retryAfter, keepBytes, kept: [], received: 0 };
}

export function addChunk(answer: Answer, chunk: Buffer): void {
  if (answer.received < answer.keepBytes) answer.kept.push(chunk);
  answer.received += chunk.length;
}

export function toResult(answer: Answer): HttpResult {
  const { statusCode, retryAfter } = answer;
  return { ok: true, statusCode, retryAfter, excerpt: excerpt(answer) };
}

function excerpt({ kept, keepBytes, received }: Answer): string {
  const [first] = kept;
  if (!first) return '';
  const bytes = kept.length === 1 ? first : Buffer.concat(kept);
  if (received <= keepBytes) return storable(bytes.toString('utf8'), keepBytes);
  // Unlike toString, the decoder leaves out a last character that was cut in two. It costs a microsecond.
  return storable(new StringDecoder('utf8').write(bytes.subarray(0, keepBytes)), keepBytes);
}
