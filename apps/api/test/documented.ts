import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createDocument } from '../src/openapi/document.js';
import { answersAre, type Check } from '../src/openapi/testing.js';

let check: Check | undefined;

/** Looks at every answer of a server from now on; gives what was not as documented. */
export function watchAnswers(server: Server): Set<string> {
  const mistakes = new Set<string>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '' } = request;
    const chunks = chunksOf(response);
    response.once('finish', () => {
      if (method === 'HEAD' || method === 'OPTIONS') return;
      check ??= answersAre(createDocument());
      const [type = ''] = String(response.getHeader('content-type') ?? '').split(';');
      const text = Buffer.concat(chunks).toString();
      const found = check({ method, path, status: response.statusCode, type, text });
      for (const mistake of found) mistakes.add(mistake);
    });
  });
  return mistakes;
}

/** Everything that is written, as it comes. */
function chunksOf(response: ServerResponse): Buffer[] {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  for (const method of ['write', 'end'] as const) {
    const original = response[method] as (...args: unknown[]) => unknown;
    response[method] = ((...args: unknown[]) => {
      keep(args[0]);
      return original.apply(response, args);
    }) as never;
  }
  return chunks;
}
