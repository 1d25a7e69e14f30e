import type { Reason } from '@signalbox/domain';
import { Agent } from 'undici';
import { exchange } from './exchange.js';

/** What to POST, and where. */
export interface HttpRequest extends HttpQuestion {
  body: string | Buffer;
}

/** What to GET. */
export interface HttpQuestion {
  url: string;
  headers: Record<string, string>;
  /** For this exchange alone, where it is one of several of an attempt. Unit: ms. */
  timeoutMs?: number;
  /** How much of the body of the answer is wanted; a KiB unless told. Unit: bytes. */
  keepBytes?: number;
}

/**
 * What came of a request. An answer counts as soon as its head was there in time: a body that is endless, slow or
 * broken off changes nothing but the excerpt.
 */
export type HttpResult =
  | {
      ok: true;
      /** 200 to 999; anything but 2xx is an answer too. */
      statusCode: number;
      /** The Retry-After header as it came; null when there was none. */
      retryAfter: string | null;
      /** The beginning of the body, a KiB unless more was wanted, as text that can be stored. */
      excerpt: string;
    }
  | { ok: false; reason: Reason };

/** Sends requests to receivers. One per process: it keeps the connections. */
export interface Http {
  /** Makes one attempt, follows no redirect, repeats nothing. Rejects only for a bug of ours. */
  post(request: HttpRequest): Promise<HttpResult>;
  /** Asks once, in the same manner. */
  get(question: HttpQuestion): Promise<HttpResult>;
  /** Waits for what is in flight, then closes every connection. */
  close(): Promise<void>;
}

export interface HttpOptions {
  /** For a whole exchange, from `post` to the last byte read. Unit: ms. */
  timeoutMs: number;
  /** To one origin at a time; what exceeds them waits, and its time runs. */
  connections?: number;
}

/**
 * Some servers close an idle connection after 5 s without having said so. A request that crosses this close fails,
 * so we close first. A server that does announce its limit is taken at its word, less a margin. Unit: ms.
 */
const keepAliveTimeout = 4_000;

export function createHttp({ timeoutMs, connections = 128 }: HttpOptions): Http {
  const agent = new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout,
    // The deadline of the exchange covers these; undici's own are per phase, and accurate to a second only.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
  });
  return {
    post: (request) => send(agent, timeoutMs, 'POST', request, request.body),
    get: (question) => send(agent, timeoutMs, 'GET', question, null),
    close: () => agent.close(),
  };
}

function send(
  agent: Agent,
  usualTimeoutMs: number,
  method: 'GET' | 'POST',
  { url, headers, timeoutMs = usualTimeoutMs, keepBytes = 1024 }: HttpQuestion,
  body: HttpRequest['body'] | null,
): Promise<HttpResult> {
  const target = httpUrl(url);
  if (!target) return Promise.resolve({ ok: false, reason: 'invalid_target' });
  const { origin, pathname, search } = target;
  // `dispatch` rather than `request`: that one builds a stream for each answer and cannot give up before it is connected.
  return new Promise((resolve, reject) => {
    const handler = exchange(timeoutMs, keepBytes, (result) =>
      result instanceof Error ? reject(result) : resolve(result),
    );
    agent.dispatch({ origin, path: pathname + search, method, headers, body }, handler);
  });
}

function httpUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
}
