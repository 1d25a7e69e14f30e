import { storable } from '@signalbox/domain';
import axios, { type AxiosResponse, isAxiosError } from 'axios';

export interface FetchLimits {
  /** For the whole call, redirects and the last byte included. Unit: ms. Default: 10 s. */
  timeoutMs?: number;
  /** The largest body that is taken, after decompression. Unit: bytes. Default: 5 MB. */
  maxBytes?: number;
}

export interface SummaryRequest extends FetchLimits {
  /** The ETag of the body we have; null without one. */
  etag: string | null;
}

/** What came of asking a page. `detail` is for a log. */
export type Fetched =
  | { type: 'fetched'; bytes: Buffer; etag: string | null }
  | { type: 'unchanged' }
  | FetchFailure;

export interface FetchFailure {
  type: 'failed';
  reason: 'timeout' | 'unreachable' | 'too_large' | 'bad_status';
  detail: string;
}

/** Pages are served by a CDN; more hops than these are a loop or a mistake. */
const mostRedirects = 3;

/** Gets a `summary.json`. What goes wrong is a value; an exception is a bug of ours. */
export async function fetchSummary(url: string, request: SummaryRequest): Promise<Fetched> {
  const answer = await get(url, request, request.etag === null ? {} : { 'if-none-match': request.etag });
  if ('type' in answer) return answer;
  if (answer.status === 304 && request.etag !== null) return { type: 'unchanged' };
  if (answer.status !== 200) return badStatus(answer.status);
  const etag: unknown = answer.headers.etag;
  return { type: 'fetched', bytes: answer.data, etag: typeof etag === 'string' ? etag : null };
}

/**
 * Gets the `incidents.json` beside a `summary.json`, where a page tells when an incident ended. It is only worth
 * having: null where the URL ends in no `/summary.json`, or anything goes wrong.
 */
export async function fetchIncidents(summaryUrl: string, limits: FetchLimits = {}): Promise<Buffer | null> {
  const url = siblingOf(summaryUrl);
  if (url === null) return null;
  const answer = await get(url, limits, {});
  return 'type' in answer || answer.status !== 200 ? null : answer.data;
}

function siblingOf(summaryUrl: string): string | null {
  if (!URL.canParse(summaryUrl)) return null;
  const url = new URL(summaryUrl);
  if (!url.pathname.endsWith('/summary.json')) return null;
  url.pathname = url.pathname.replace(/summary\.json$/, 'incidents.json');
  return url.href;
}

async function get(
  url: string,
  { timeoutMs = 10_000, maxBytes = 5_000_000 }: FetchLimits,
  headers: Record<string, string>,
): Promise<AxiosResponse<Buffer> | FetchFailure> {
  if (!URL.canParse(url)) return { type: 'failed', reason: 'unreachable', detail: 'is no URL' };
  try {
    return await axios.get<Buffer>(url, {
      headers: { accept: 'application/json', 'user-agent': 'Signalbox', ...headers },
      responseType: 'arraybuffer',
      maxRedirects: mostRedirects,
      maxContentLength: maxBytes,
      // Its own `timeout` starts anew with every byte, so that a body that trickles would never end.
      signal: AbortSignal.timeout(timeoutMs),
      validateStatus: () => true,
    });
  } catch (error) {
    if (!isAxiosError(error)) throw error;
    return failure(error.code ?? '', error.message);
  }
}

function failure(code: string, message: string): FetchFailure {
  const detail = storable(message, 200);
  if (timeouts.has(code)) return { type: 'failed', reason: 'timeout', detail: 'no full answer in time' };
  if (code === 'ERR_FR_TOO_MANY_REDIRECTS') return { type: 'failed', reason: 'bad_status', detail };
  // A broken body has the same code, so only the message tells them apart.
  const isTooLarge = message.startsWith('maxContentLength');
  return { type: 'failed', reason: isTooLarge ? 'too_large' : 'unreachable', detail };
}

const timeouts = new Set(['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT']);

function badStatus(status: number): FetchFailure {
  return { type: 'failed', reason: 'bad_status', detail: `answered ${status}` };
}
