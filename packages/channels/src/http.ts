import type { LookupFunction } from 'node:net';
import { type Reason, readTarget, type TargetPolicy, type TargetReason } from '@signalbox/domain';
import { Agent } from 'undici';
import { checkedLookup } from './checked-lookup.js';
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
  /** Over plain http too, where the policy would have https. */
  allowHttp?: boolean;
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
  /** Which targets it sends to; all that whoever runs us may name, unless told. */
  targets?: TargetPolicy;
  /** How names become addresses; where targets must not be private, it also has to refuse those that are. */
  lookup?: LookupFunction;
  /** The `traceparent` header that a request goes out with, to whomever, asked for each of them; null: none. */
  traceParent?: () => string | null;
}

/** For what the environment names. */
const operators: TargetPolicy = { allowPrivate: true, requireHttps: false };

/**
 * Some servers close an idle connection after 5 s without having said so. A request that crosses this close fails,
 * so we close first. A server that does announce its limit is taken at its word, less a margin. Unit: ms.
 */
const keepAliveTimeout = 4_000;

export function createHttp(options: HttpOptions): Http {
  const { timeoutMs, connections = 128, targets = operators } = options;
  const lookup = options.lookup ?? (targets.allowPrivate ? undefined : checkedLookup());
  const agent = new Agent({
    connections,
    pipelining: 1,
    keepAliveTimeout,
    // The deadline of the exchange covers these; undici's own are per phase, and accurate to a second only.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Trying one address after the other, it asks `lookup` for all of them.
    connect: { timeout: timeoutMs, ...(lookup && { lookup, autoSelectFamily: true }) },
  });
  return {
    post: (request) => send(agent, options, 'POST', request, request.body),
    get: (question) => send(agent, options, 'GET', question, null),
    close: () => agent.close(),
  };
}

function send(
  agent: Agent,
  { timeoutMs: usualTimeoutMs, targets = operators, traceParent = untraced }: HttpOptions,
  method: 'GET' | 'POST',
  { url, headers, timeoutMs = usualTimeoutMs, keepBytes = 1024, allowHttp = false }: HttpQuestion,
  body: HttpRequest['body'] | null,
): Promise<HttpResult> {
  const target = readTarget(url, allowHttp ? { ...targets, requireHttps: false } : targets);
  if (!(target instanceof URL)) return Promise.resolve({ ok: false, reason: reasonFor[target.reason] });
  const { origin, pathname, search } = target;
  const traceparent = traceParent();
  const sent = traceparent === null ? headers : { ...headers, traceparent };
  // `dispatch` rather than `request`: that one builds a stream for each answer and cannot give up before it is connected.
  return new Promise((resolve, reject) => {
    const handler = exchange(timeoutMs, keepBytes, (result) =>
      result instanceof Error ? reject(result) : resolve(result),
    );
    agent.dispatch({ origin, path: pathname + search, method, headers: sent, body }, handler);
  });
}

const untraced = () => null;

const reasonFor: Record<TargetReason, Reason> = {
  not_http: 'invalid_target',
  credentials: 'invalid_target',
  https_required: 'https_required',
  port_not_allowed: 'forbidden_target',
  private_name: 'forbidden_target',
  private_address: 'forbidden_target',
};
