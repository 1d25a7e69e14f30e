import { given } from './environment.js';

/** What was asked of an API, and what it said. */
export interface Exchange {
  /** as in `POST http://127.0.0.1:3000/events` */
  asked: string;
  status: number;
  text: string;
}

/**
 * Makes one request to a running API, with the first key of API_KEYS where one is set.
 * @throws an Error in plain words when nothing answers
 */
export async function callApi(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: string; headers?: Record<string, string> } = {},
): Promise<Exchange> {
  const asked = `${method} ${url}${path}`;
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...ownKey(), ...headers },
    ...(body !== undefined && { body }),
  }).catch(() => {
    throw new Error(`Nothing answers at ${url}: start it with npm start, or say where it is with --url.`);
  });
  return { asked, status: response.status, text: await response.text() };
}

/** `scope:key,scope:key`: this is the operator's own command, so whichever key comes first is theirs. */
function ownKey(): Record<string, string> {
  const [first = ''] = (given(process.env.API_KEYS) ?? '').split(',');
  const key = first.slice(first.indexOf(':') + 1).trim();
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}
