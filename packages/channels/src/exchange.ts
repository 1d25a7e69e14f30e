import type { Dispatcher } from 'undici';
import { type Answer, addChunk, startAnswer, toResult } from './answer.js';
import type { HttpResult } from './http.js';
import { networkReason } from './network-reason.js';

/** How much of a body is read, kept or not, before its connection is cut. Unit: bytes. */
const readLimit = 64 * 1024;

const cutOff = new Error('cut off by us');

/**
 * Follows one request from the queue to the end of its answer.
 * @param timeoutMs one deadline for all of it, the wait for a connection included
 * @param keepBytes how much of the body is kept
 * @param settle takes the result, or the error where it is a bug of ours; what it is given after the first is void
 */
export function exchange(
  timeoutMs: number,
  keepBytes: number,
  settle: (result: HttpResult | Error) => void,
): Dispatcher.DispatchHandler {
  let controller: Dispatcher.DispatchController | null = null;
  let answer: Answer | null = null;
  let over = false;
  const deadline = setTimeout(cut, timeoutMs);

  function cut(): void {
    finish(answer ? toResult(answer) : { ok: false, reason: 'timeout' });
    controller?.abort(cutOff);
  }

  function finish(result: HttpResult | Error): void {
    over = true;
    clearTimeout(deadline);
    settle(result);
  }

  return {
    onRequestStart(started) {
      controller = started;
      // Its time was up while it waited for a connection: it must not be sent any more.
      if (over) started.abort(cutOff);
    },
    onResponseStart(_, statusCode, headers) {
      if (statusCode >= 200) answer = startAnswer(statusCode, headers, keepBytes);
    },
    onResponseData(_, chunk) {
      if (!answer) return;
      addChunk(answer, chunk);
      if (answer.received > Math.max(readLimit, keepBytes)) cut();
    },
    onResponseEnd() {
      if (answer) finish(toResult(answer));
    },
    onResponseError(_, error) {
      finish(answer ? toResult(answer) : failure(error));
    },
  };
}

function failure(error: Error): HttpResult | Error {
  const reason = networkReason(error);
  return reason ? { ok: false, reason } : error;
}
