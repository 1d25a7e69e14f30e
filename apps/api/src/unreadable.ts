import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

interface Reason {
  status: number;
  reason: string;
  detail: string;
}

const notHttp: Reason = { status: 400, reason: 'bad_request', detail: 'This is no HTTP request.' };

const reasons: Record<string, Reason> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    reason: 'headers_too_large',
    detail: 'The request line and the headers are larger than 16 KiB.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    reason: 'too_large',
    detail: 'The chunk extensions are larger than 16 KiB.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    reason: 'too_slow',
    detail: 'The request was not complete in time.',
  },
};

/** Ends a connection whose request never reached the app, with an answer if nothing was answered on it yet. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writable && !isAnswering(socket)) socket.write(rawAnswer(reasons[error.code ?? ''] ?? notHttp));
  socket.destroy();
}

/** Node keeps the answer under way there, and looks at it too before it answers such errors itself. */
function isAnswering({ _httpMessage: answer }: Duplex & { _httpMessage?: ServerResponse | null }): boolean {
  return answer?.headersSent ?? false;
}

function rawAnswer({ status, reason, detail }: Reason): string {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: 'about:blank', title, status, reason, detail });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
