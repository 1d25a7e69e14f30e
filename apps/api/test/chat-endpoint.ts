import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request for a chat completion. */
export interface Asked {
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: { messages: { role: string; content: string }[] } & Record<string, unknown>;
}

export type Behaviour = (response: ServerResponse) => void;

/** Stands in for an OpenAI-compatible API, and behaves as told. */
export interface ChatEndpoint {
  baseUrl: string;
  asked: Asked[];
  behave: Behaviour;
  close(): void;
}

export async function chatEndpoint(): Promise<ChatEndpoint> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      endpoint.asked.push({ path: request.url, headers: request.headers, body: JSON.parse(body) });
      endpoint.behave(response);
    });
  });
  const endpoint: ChatEndpoint = {
    baseUrl: '',
    asked: [],
    behave: (response) => response.end(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  endpoint.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return endpoint;
}

/** What it counted for `completion`. */
const usage = { prompt_tokens: 400, completion_tokens: 30, total_tokens: 430 };

/** The body of an answer. Source: OpenAI API reference, "The chat completion object". */
export function completion(content: unknown, more: object = { usage }): string {
  return JSON.stringify({
    id: 'c',
    choices: [{ index: 0, message: { role: 'assistant', content } }],
    ...more,
  });
}

export function says(body: string, status = 200, headers = {}): Behaviour {
  return (response) => void response.writeHead(status, headers).end(body);
}
