import axios, { type AxiosResponse, isAxiosError } from 'axios';
import { type Completion, readCompletion } from './completion.js';
import type { Usage } from './cost.js';
import { promptFor } from './prompt.js';
import type { Model } from './settings.js';
import type { Verdict } from './stub.js';

/** Why a model's word is not used. */
export type Failure = 'timeout' | 'unreachable' | 'refused' | 'unavailable' | 'malformed';

/** What a call is billed: by tokens, not at all, or nobody on this side can tell. */
export type Charge = Usage | 'nothing' | 'unknown';

export type Asked = { verdict: Verdict; charge: Charge } | { failure: Failure; charge: Charge };

/** Far more than the answer needs; it is paid for by the token. */
export const maxTokens = 300;

/** An answer is well below 4 KiB; beyond this the connection is cut. Unit: bytes. */
const maxAnswer = 64 * 1024;

/** The body of a call. Source: OpenAI API reference, "Create chat completion". */
export function requestBody(text: string, model: Model): string {
  return JSON.stringify({
    model: model.name,
    messages: promptFor(text),
    temperature: 0,
    max_tokens: maxTokens,
    response_format: { type: 'json_object' },
  });
}

/**
 * Asks a model once; no retries, the stub is good enough to wait for nothing.
 * @param body of `requestBody`, so with a redacted text in it
 * @param callId goes out as `x-request-id`, and finds the audit row again
 */
export async function ask(body: string, callId: string, model: Model): Promise<Asked> {
  try {
    return read(await post(body, callId, model));
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    return unanswered(error.code, error.message);
  }
}

function post(body: string, callId: string, model: Model): Promise<AxiosResponse<string>> {
  return axios.post<string>(model.url, body, {
    headers: {
      authorization: `Bearer ${model.key}`,
      'content-type': 'application/json',
      'x-request-id': callId,
      'user-agent': 'signalbox',
    },
    // Its own `timeout` starts again with every phase of the exchange.
    signal: AbortSignal.timeout(model.timeoutMs),
    // A redirect would carry the key to somebody else.
    maxRedirects: 0,
    proxy: false,
    maxContentLength: maxAnswer,
    responseType: 'text',
    transformResponse: (text: string) => text,
    validateStatus: () => true,
  });
}

function read({ status, data }: AxiosResponse<string>): Asked {
  if (status === 429 || status >= 500) return { failure: 'unavailable', charge: 'nothing' };
  if (status < 200 || status > 299) return { failure: 'refused', charge: 'nothing' };
  const { verdict, usage }: Completion = readCompletion(data);
  const charge = usage ?? 'unknown';
  return verdict ? { verdict, charge } : { failure: 'malformed', charge };
}

/** Codes of a connection that never came about, so that nothing was asked. */
const notSent =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EPROTO|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/;

function unanswered(code = '', message = ''): Asked {
  if (/^(?:ERR_CANCELED|ECONNABORTED|ETIMEDOUT)$/.test(code))
    return { failure: 'timeout', charge: 'unknown' };
  if (message.startsWith('maxContentLength')) return { failure: 'malformed', charge: 'unknown' };
  return { failure: 'unreachable', charge: notSent.test(code) ? 'nothing' : 'unknown' };
}
