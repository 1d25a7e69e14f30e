import type { Http } from '../src/http.js';
import type { Tools } from '../src/index.js';

/** What a worker gives to its channels; what they open is closed with `close`. */
export function toolsWith(http: Http, timeoutMs = 20_000): Tools & { close(): Promise<void> } {
  const closers: (() => void | Promise<void>)[] = [];
  return {
    http,
    operatorHttp: http,
    timeoutMs,
    onClose: (closer) => void closers.push(closer),
    close: async () => {
      for (const closer of closers) await closer();
    },
  };
}
